"""How allauth is adapted: sign-up by invitation only, mails sent by a worker."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from members import account_mails
from members.invitations import accepted_before_sign_in, remembered


class AccountAdapter(DefaultAccountAdapter):
    """Only holders of an invitation can sign up, and mails are queued."""

    def is_open_for_signup(self, request) -> bool:
        return remembered(request) is not None

    def is_email_verified(self, request, email: str) -> bool:
        invitation = remembered(request)
        is_invited = invitation is not None and invitation.email.lower() == email.lower()
        return is_invited or super().is_email_verified(request, email)

    def post_login(self, request, user, **details):
        response = super().post_login(request, user, **details)
        if city := accepted_before_sign_in(request, user):
            messages.success(request, _("You now act for %(city)s.") % {"city": city})
            return redirect("my_city_of", slug=city.slug)
        return response

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        account_mails.enqueue(template_prefix, email, context, language=self.request.LANGUAGE_CODE)

    def send_notification_mail(self, template_prefix: str, user, context=None, email=None) -> None:
        # With the user, because `email` may be a former address of theirs, by which nobody is found.
        super().send_notification_mail(template_prefix, user, {"user": user} | (context or {}), email)


class MFAAdapter(DefaultMFAAdapter):
    """Keys and passkeys are shown with the name of the portal, not of its host."""

    def _get_site_name(self) -> str:
        return "Strong Cities Network"

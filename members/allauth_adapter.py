"""How allauth is adapted: sign-up by invitation only, where staff arrive, mails sent by a worker."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.urls import reverse

from members import account_mails, staff_hint
from members.invitations import ACTS_FOR_A_CITY, accepted_before_sign_in, remembered, welcome
from scn_portal.base.one_line import one_line


class AccountAdapter(DefaultAccountAdapter):
    """Only holders of an invitation can sign up, and mails are queued."""

    def is_open_for_signup(self, request) -> bool:
        return remembered(request) is not None

    def clean_email(self, email: str) -> str:
        one_line(email)
        return super().clean_email(email)

    def is_email_verified(self, request, email: str) -> bool:
        invitation = remembered(request)
        is_invited = invitation is not None and invitation.email.lower() == email.lower()
        return is_invited or super().is_email_verified(request, email)

    def get_login_redirect_url(self, request) -> str:
        """The desk for the staff, the workspace of their city for everybody else."""
        return reverse("desk") if request.user.is_of_the_staff else super().get_login_redirect_url(request)

    def post_login(self, request, user, **details):
        response = super().post_login(request, user, **details)
        if accepted := accepted_before_sign_in(request, user):
            response = welcome(request, accepted)
        request.session[ACTS_FOR_A_CITY] = user.memberships.exists()
        if user.is_of_the_staff:
            staff_hint.leave(response)
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

"""Adapters for allauth: sign-up by invitation only, the page after signing in, mails sent by a worker."""

import logging

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from members import account_mails, staff_hint
from members.invitations import ACTS_FOR_A_CITY, accepted_before_sign_in, remembered, welcome
from members.sign_in import guesses, known_browser, second_factor, seeds
from members.sign_in.asked_again import was_asked_lately
from scn_portal.base.limits import TooMany
from scn_portal.base.one_line import one_line

logger = logging.getLogger(__name__)
TOO_MANY = _(
    "There were too many wrong tries. Wait a while; or have a code sent to you by email, use a passkey, or sign in on a"
    " computer or phone on which you have signed in before."
)


class AccountAdapter(DefaultAccountAdapter):
    """Only holders of an invitation can sign up, mails are queued, and guesses are counted by `members.sign_in`."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": TOO_MANY,
        "rate_limited": _("There were too many wrong tries. Wait a quarter of an hour, then try again."),
    }

    def get_client_ip(self, request) -> str:
        """The address before our own proxies; 0.0.0.0 if they do not tell it, so that nobody is refused for that."""
        try:
            return super().get_client_ip(request)
        except (PermissionDenied, ImproperlyConfigured):
            return "0.0.0.0"

    def authenticate(self, request, **credentials):
        """The user with these credentials, or None. Raises ValidationError after too many wrong passwords."""
        if request.user.is_authenticated:
            checked = guesses.password_again(request.user)
        else:
            checked = guesses.password_of(request, credentials.get("email", ""))
        try:
            with checked as right:
                if user := super().authenticate(request, **credentials):
                    right.append(user)
                return user
        except TooMany as refused:
            request.too_many = refused
            raise self.validation_error("too_many_login_attempts") from refused

    def is_reauthentication_required(self, *, app: str, **kwargs) -> bool:
        """Whether to ask for the password again. Not if the user signed in or was asked lately: one quarter of an hour
        counts for every action."""
        return super().is_reauthentication_required(app=app, **kwargs) and not was_asked_lately(self.request)

    def set_password(self, user, password: str) -> None:
        super().set_password(user, password)
        guesses.forget(user)

    def should_send_confirmation_mail(self, request, email_address, signup: bool) -> bool:
        return guesses.may_confirm(email_address.email)

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
        ways = [record["method"] for record in get_authentication_records(request, user)]
        logger.info("Account %s: signed in (%s)", user.pk, ", ".join(ways))
        if accepted := accepted_before_sign_in(request, user):
            response = welcome(request, accepted)
        request.session[ACTS_FOR_A_CITY] = user.memberships.exists()
        if user.is_of_the_staff:
            staff_hint.leave(response)
        known_browser.leave(request, response, user)
        return response

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        account_mails.enqueue(template_prefix, email, context, language=self.request.LANGUAGE_CODE)

    def send_notification_mail(self, template_prefix: str, user, context=None, email=None) -> None:
        # With the user, because `email` may be their former address, which finds nobody.
        super().send_notification_mail(template_prefix, user, {"user": user} | (context or {}), email)


class MFAAdapter(DefaultMFAAdapter):
    """Keys and passkeys are shown with the name of the portal, not of its host; secrets are encrypted."""

    def encrypt(self, text: str) -> str:
        return seeds.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return seeds.decrypt(encrypted_text)

    def can_delete_authenticator(self, authenticator) -> bool:
        return second_factor.may_go_without(authenticator)

    def _get_site_name(self) -> str:
        return "Strong Cities Network"

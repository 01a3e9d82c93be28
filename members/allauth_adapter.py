"""How allauth is adapted: sign-up by invitation only, mails sent by a worker."""

from allauth.account.adapter import DefaultAccountAdapter

from members import account_mails
from members.invitations import remembered


class AccountAdapter(DefaultAccountAdapter):
    """Only holders of an invitation can sign up, and mails are queued."""

    def is_open_for_signup(self, request) -> bool:
        return remembered(request) is not None

    def is_email_verified(self, request, email: str) -> bool:
        invitation = remembered(request)
        is_invited = invitation is not None and invitation.email.lower() == email.lower()
        return is_invited or super().is_email_verified(request, email)

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        account_mails.enqueue(template_prefix, email, context, language=self.request.LANGUAGE_CODE)

    def send_notification_mail(self, template_prefix: str, user, context=None, email=None) -> None:
        # With the user, because `email` may be a former address of theirs, by which nobody is found.
        super().send_notification_mail(template_prefix, user, {"user": user} | (context or {}), email)

"""The forms of allauth, with errors that say what to do."""

import logging

from allauth.account import forms as account
from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from members.sign_in import guesses
from members.sign_in.seeds import UnknownKey
from scn_portal.base.limits import TooMany
from scn_portal.base.one_line import one_line

logger = logging.getLogger(__name__)
REQUIRED = {
    "login": _("Enter your email address."),
    "email": _("Enter your email address."),
    "password": _("Enter your password."),
    "oldpassword": _("Enter your current password."),
    "password1": _("Enter the password that you want to use."),
    "password2": _("Enter the new password a second time."),
    "code": _("Enter the code."),
    "name": _("Enter a name for this key."),
    "credential": _("Connect your key or open your passkey, then try again."),
}


class SaysWhatToDo:
    """Mixed into a form of allauth: a field left empty says what to enter."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if name in REQUIRED:
                field.error_messages["required"] = REQUIRED[name]
            if name in ("name", "email"):
                field.validators.append(one_line)
        if "remember" in self.fields:
            self.fields["remember"].label = _("Keep me signed in")


class CountsGuesses:
    """Mixed into a form of allauth that checks a code of the second step."""

    def clean_code(self) -> str:
        try:
            with guesses.code_of(context.request, self.user) as right:
                code = super().clean_code()  # type: ignore[misc]  # of the form
                right.append(self.user)
                return code
        except TooMany as refused:
            context.request.too_many = refused
            raise get_adapter().validation_error("rate_limited") from refused
        except UnknownKey as error:
            logger.exception("The second step of somebody cannot be read.")
            raise ValidationError(_("Your code cannot be checked just now. Ask the staff of the network.")) from error


class LogsWrongTries:
    """Mixed into a form of allauth that checks a mailed code or a passkey: a line in the log for each wrong one."""

    def add_error(self, field, error) -> None:
        logger.warning("Account -: wrong (%s)", type(self).__name__)
        super().add_error(field, error)  # type: ignore[misc]  # of the form


class LoginForm(SaysWhatToDo, account.LoginForm):
    pass


class AddEmailForm(SaysWhatToDo, account.AddEmailForm):
    pass


class ChangePasswordForm(SaysWhatToDo, account.ChangePasswordForm):
    pass


class SetPasswordForm(SaysWhatToDo, account.SetPasswordForm):
    pass


class RequestLoginCodeForm(SaysWhatToDo, account.RequestLoginCodeForm):
    pass


class ConfirmLoginCodeForm(LogsWrongTries, SaysWhatToDo, account.ConfirmLoginCodeForm):
    pass


class ResetPasswordForm(SaysWhatToDo, account.ResetPasswordForm):
    pass


class ResetPasswordKeyForm(SaysWhatToDo, account.ResetPasswordKeyForm):
    pass


class ReauthenticateForm(SaysWhatToDo, account.ReauthenticateForm):
    pass


class AuthenticateForm(CountsGuesses, SaysWhatToDo, mfa.AuthenticateForm):
    pass


class ReauthenticateWithCodeForm(CountsGuesses, SaysWhatToDo, mfa.ReauthenticateForm):
    pass


class ActivateTOTPForm(SaysWhatToDo, totp.ActivateTOTPForm):
    pass


class AddWebAuthnForm(SaysWhatToDo, webauthn.AddWebAuthnForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        alone = self.fields["passwordless"]
        alone.initial = True
        alone.label = _("Sign in with it alone, without my password")
        alone.help_text = _(
            "It asks for your fingerprint, your face or its PIN each time. Not for a key that has no PIN."
        )


class AuthenticateWebAuthnForm(LogsWrongTries, SaysWhatToDo, webauthn.AuthenticateWebAuthnForm):
    pass


class ReauthenticateWebAuthnForm(SaysWhatToDo, webauthn.ReauthenticateWebAuthnForm):
    pass


class EditWebAuthnForm(SaysWhatToDo, webauthn.EditWebAuthnForm):
    pass

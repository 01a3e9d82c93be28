"""The forms of allauth, with errors that say what to do."""

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django.utils.translation import gettext_lazy as _

from scn_portal.base.one_line import one_line

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


class LoginForm(SaysWhatToDo, account.LoginForm):
    pass


class AddEmailForm(SaysWhatToDo, account.AddEmailForm):
    pass


class ChangePasswordForm(SaysWhatToDo, account.ChangePasswordForm):
    pass


class SetPasswordForm(SaysWhatToDo, account.SetPasswordForm):
    pass


class ResetPasswordForm(SaysWhatToDo, account.ResetPasswordForm):
    pass


class ResetPasswordKeyForm(SaysWhatToDo, account.ResetPasswordKeyForm):
    pass


class ReauthenticateForm(SaysWhatToDo, account.ReauthenticateForm):
    pass


class AuthenticateForm(SaysWhatToDo, mfa.AuthenticateForm):
    pass


class ReauthenticateWithCodeForm(SaysWhatToDo, mfa.ReauthenticateForm):
    pass


class ActivateTOTPForm(SaysWhatToDo, totp.ActivateTOTPForm):
    pass


class AddWebAuthnForm(SaysWhatToDo, webauthn.AddWebAuthnForm):
    pass


class AuthenticateWebAuthnForm(SaysWhatToDo, webauthn.AuthenticateWebAuthnForm):
    pass


class ReauthenticateWebAuthnForm(SaysWhatToDo, webauthn.ReauthenticateWebAuthnForm):
    pass


class EditWebAuthnForm(SaysWhatToDo, webauthn.EditWebAuthnForm):
    pass

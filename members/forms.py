"""Forms of members: inviting people, making an account."""

from allauth.account.forms import SignupForm
from allauth.core import context
from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from members import invitations
from members.allauth_forms import SaysWhatToDo
from members.editing.given_back import gives_back
from members.models import Invitation, Role


@gives_back
class InvitationForm(forms.ModelForm):
    """Invite an address to a city."""

    class Meta:
        model = Invitation
        fields = ["email", "role", "language"]
        help_texts = {"role": _("A focal point can also invite people, an editor can write, a viewer can only read.")}
        error_messages = {
            "email": {"required": _("Enter the email address of the person you invite.")},
            "role": {"required": _("Choose a role.")},
            "language": {"required": _("Choose the language of the invitation.")},
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = Role.choices
        self.fields["language"].choices = settings.LANGUAGES
        self.fields["language"].initial = get_language()


class InvitedSignupForm(SaysWhatToDo, SignupForm):
    """An account for the address that was invited, and only for it."""

    name = forms.CharField(
        label=_("Your name"), max_length=150, help_text=_("Your colleagues see it; it is never public.")
    )
    field_order = ["email", "name", "password1"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.invitation = invitations.remembered(context.request)
        self.fields["email"].initial = self.invitation.email if self.invitation else ""
        self.fields["email"].disabled = True
        self.fields["name"].error_messages["required"] = _("Enter your name.")

    def clean(self) -> dict:
        if self.invitation is None:  # it expired, or was withdrawn, while the form was being filled in
            raise forms.ValidationError(_("This invitation can no longer be used."))
        return super().clean()

    def save(self, request):
        """The new user, as a member of the city of the invitation."""
        assert self.invitation is not None, "clean() refused a form without one"
        user = super().save(request)
        user.name = self.cleaned_data["name"]
        user.language = self.invitation.language
        user.time_zone = self.invitation.city.time_zone or "UTC"
        user.save(update_fields=["name", "language", "time_zone"])
        invitations.accept(self.invitation, by=user)
        return user

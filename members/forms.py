"""Forms for inviting people, for their roles, for an account and its profile."""

from allauth.account.forms import SignupForm
from allauth.core import context
from django import forms
from django.conf import settings
from django.db import transaction
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from members import invitations, people
from members.allauth_forms import SaysWhatToDo
from members.editing.given_back import gives_back
from members.models import Invitation, Membership, Role, User
from members.time_zones import time_zone_choices
from scn_portal.base.one_line import one_line


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
        self.fields["role"].required = True  # without one it would be an invitation of the staff
        self.fields["language"].choices = settings.LANGUAGES
        self.fields["language"].initial = get_language()


@gives_back
class StaffInvitationForm(forms.ModelForm):
    """Invite an address to the staff of the network."""

    class Meta:
        model = Invitation
        fields = ["email", "language"]
        error_messages = {
            "email": {"required": _("Enter the email address of the person you invite.")},
            "language": {"required": _("Choose the language of the invitation.")},
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = settings.LANGUAGES
        self.fields["language"].initial = get_language()


class VacancyForm(forms.Form):
    """Asks for a reason if a city would be left without a focal point. Otherwise, `reason` stays empty and hidden."""

    reason = forms.CharField(
        label=_("Why is the city left without a focal point?"),
        help_text=_("This is kept. The staff of the network see that nobody answers for the city."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        required=False,
    )

    def __init__(self, *args, membership: Membership, **kwargs):
        super().__init__(*args, **kwargs)
        self.must_say_why = people.is_last_focal_point(membership)
        if not self.must_say_why:
            self.fields["reason"].widget = forms.HiddenInput()

    def ask_why(self, error: forms.ValidationError) -> None:
        """Show the field, with `error` beside it."""
        self.fields["reason"].widget = forms.Textarea(attrs={"rows": 3})
        self.add_error("reason", error)


class RoleForm(VacancyForm):
    """The role of somebody in a city."""

    role = forms.ChoiceField(
        label=_("Role"),
        choices=Role.choices,
        widget=forms.RadioSelect,
        help_text=_("A focal point can also invite people, an editor can write, a viewer can only read."),
        error_messages={"required": _("Choose a role.")},
    )
    # The role that the page showed, so that nobody silently undoes a change that a colleague has made meanwhile.
    before = forms.CharField(required=False, widget=forms.HiddenInput, validators=[one_line])
    field_order = ["role", "reason"]

    def __init__(self, *args, membership: Membership, **kwargs):
        initial = {"role": membership.role, "before": membership.role}
        super().__init__(*args, membership=membership, initial=initial, **kwargs)


@gives_back
class ProfileForm(forms.ModelForm):
    """The name and function of a person, and the language and time zone in which the portal addresses them."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("Times on these pages and in your emails follow its clock."),
        error_messages={"required": _("Choose your time zone.")},
    )

    class Meta:
        model = User
        fields = ["name", "function", "language", "time_zone"]
        help_texts = {
            "name": _("Your colleagues see it; it is never public."),
            "function": _("What you do in your city, such as “Director of prevention”. Your colleagues see it."),
            "language": _("Your emails come in it."),
        }
        error_messages = {
            "name": {"required": _("Enter your name.")},
            "language": {"required": _("Choose a language.")},
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].choices = time_zone_choices(self.instance.time_zone)
        self.fields["language"].choices = settings.LANGUAGES


class InvitedSignupForm(SaysWhatToDo, SignupForm):
    """An account for the address that was invited, and only for it."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=150,
        help_text=_("Your colleagues see it; it is never public."),
        validators=[one_line],
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

    def try_save(self, request):
        """As in allauth, but only once: a form that is sent a second time at the same moment waits for the first, and
        signs in to the account that the first has created."""
        assert self.invitation is not None, "clean() refused a form without one"
        with transaction.atomic():
            invitations.hold(self.invitation)
            user = User.objects.filter(email__iexact=self.invitation.email).first()
            if user is None or self.account_already_exists:
                return super().try_save(request)
        if user.is_active and user.check_password(self.cleaned_data["password1"]):
            return user, None
        return None, redirect("account_login")

    def save(self, request):
        """The new user, as a member of the city of the invitation, or of the staff."""
        assert self.invitation is not None, "clean() refused a form without one"
        user = super().save(request)
        user.name = self.cleaned_data["name"]
        user.language = self.invitation.language
        city = self.invitation.city
        user.time_zone = (city.time_zone if city else self.invitation.invited_by.time_zone) or "UTC"
        user.save(update_fields=["name", "language", "time_zone"])
        invitations.accept(self.invitation, by=user)
        return user

"""Forms of members: finding cities, inviting people, making an account."""

from allauth.account.forms import SignupForm
from allauth.core import context
from django import forms
from django.conf import settings
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from members import invitations
from members.models import City, Invitation, Region, Role


def countries_of_the_network() -> list[tuple[str, str]]:
    """The countries that have a listed city, in the active language and its alphabetical order.

    “Égypte” stands between “Danemark” and “Finlande”, not after “Zambie”.
    """
    codes = City.objects.listed().order_by().values_list("country", flat=True).distinct()
    return sorted(((code, countries.name(code)) for code in codes), key=lambda pair: slugify(pair[1]))


class CityFilterForm(forms.Form):
    """What a reader asks of the list of cities. `narrow()` answers as far as the questions make sense."""

    q = forms.CharField(label=_("Name"), max_length=100, required=False)
    region = forms.ModelChoiceField(
        label=_("Region"), queryset=Region.objects, to_field_name="slug", required=False, empty_label=_("All regions")
    )
    country = forms.ChoiceField(label=_("Country"), required=False)
    commitment = forms.IntegerField(
        label=_("Has pledged under"), min_value=1, max_value=99, required=False, widget=forms.Select
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = [("", _("All countries")), *countries_of_the_network()]

    def narrow(self, cities):
        """`cities` narrowed by every answer that is valid; the others are told beside their field."""
        self.is_valid()
        asked = self.cleaned_data
        if asked.get("q"):
            cities = cities.named(asked["q"])
        if asked.get("region"):
            cities = cities.filter(region=asked["region"])
        if asked.get("country"):
            cities = cities.filter(country=asked["country"])
        if asked.get("commitment"):
            cities = cities.pledged_under(asked["commitment"])
        return cities


class InvitationForm(forms.ModelForm):
    """Invite an address to a city."""

    class Meta:
        model = Invitation
        fields = ["email", "role", "language"]
        help_texts = {"role": _("A focal point invites others; an editor writes; a viewer reads.")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = Role.choices
        self.fields["language"].choices = settings.LANGUAGES
        self.fields["language"].initial = get_language()


class InvitedSignupForm(SignupForm):
    """An account for the address that was invited, and only for it."""

    name = forms.CharField(label=_("Your name"), max_length=150, help_text=_("Shown to your colleagues, never public."))
    field_order = ["email", "name", "password1"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.invitation = invitations.remembered(context.request)
        self.fields["email"].initial = self.invitation.email if self.invitation else ""
        self.fields["email"].disabled = True

    def clean(self) -> dict:
        if self.invitation is None:  # it expired, or was withdrawn, while the form was being filled in
            raise forms.ValidationError(_("This invitation can no longer be used."))
        return super().clean()

    def save(self, request):
        """The new user, in the language of the invitation and the zone of the city, acting for that city."""
        assert self.invitation is not None, "clean() refused a form without one"
        user = super().save(request)
        user.name = self.cleaned_data["name"]
        user.language = self.invitation.language
        user.time_zone = self.invitation.city.time_zone or "UTC"
        user.save(update_fields=["name", "language", "time_zone"])
        invitations.accept(self.invitation, by=user)
        return user

"""Fields and widgets of forms that name practices or cities of which there are too many for a list."""

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.http.request import validate_host
from django.urls import Resolver404, resolve
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from practices.models import Practice
from scn_portal.base.forms import AddressesField
from scn_portal.base.languages import CODES
from scn_portal.base.links import absolute_url

MAX_DIGITS = 18  # of a key that the database takes


def keys_in(values: Iterable) -> list[int]:
    """The keys of rows among the `values` of a choice, which may be texts, keys or rows."""
    return [int(value) for value in map(str, values) if value.isdecimal() and len(value) <= MAX_DIGITS]


class ChosenBoxes(forms.CheckboxSelectMultiple):
    """A checkbox for each chosen row and for each row with a key in `offered`. Other rows are found by a search, and
    are not even read."""

    offered: Sequence[int] = ()

    def optgroups(self, name, value, attrs=None):
        rows = self.choices
        keys = {*self.offered, *keys_in(value)}
        self.choices = [rows.choice(row) for row in rows.queryset.filter(pk__in=keys)] if keys else []
        try:
            return super().optgroups(name, value, attrs)
        finally:
            self.choices = rows


class OriginalsField(AddressesField):
    """Addresses of published practices of this portal, one per line, as a list of practices.

    `practice` is the one being edited, which may not be named. Originals that it already names may have been archived.
    """

    max_addresses = 5
    practice: Practice | None = None
    default_error_messages = {
        "not_here": _("Line %(line)d is not the address of a published practice of this portal: “%(value)s”."),
        "own": _("Line %(line)d is this practice itself."),
    }

    def __init__(self, **options):
        super().__init__(
            required=False,
            label=_("Adapted from practices on this portal"),
            help_text=_(
                "Search below and choose, or copy the address of the other practice’s page here, one address per line."
            ),
            **options,
        )

    def prepare_value(self, value):
        return super().prepare_value(_as_addresses(value))

    def has_changed(self, initial, data) -> bool:
        return super().has_changed(_as_addresses(initial), data)

    def clean(self, value) -> list[Practice]:
        addresses = enumerate(super().clean(value), 1)
        practices = (self._practice_at(line, address) for line, address in addresses)
        return list({practice.pk: practice for practice in practices}.values())

    def _practice_at(self, line: int, address: str) -> Practice:
        practice = Practice.objects.filter(slug=_slug_in(address)).first()
        if practice is None or not (practice.live or self._already_names(practice)):
            raise self._error("not_here", line=line, value=address)
        if practice == self.practice:
            raise self._error("own", line=line)
        return practice

    def _already_names(self, practice: Practice) -> bool:
        return self.practice is not None and practice.adaptations.filter(practice=self.practice).exists()


def _as_addresses(value):
    """The addresses of a list of practices; anything else as it is."""
    if not isinstance(value, list):
        return value
    return [absolute_url(item.get_absolute_url()) if isinstance(item, Practice) else item for item in value]


def _slug_in(address: str) -> str:
    """The slug of the practice whose public page has this address, in either language; "" if there is none."""
    parts = urlsplit(address)
    hosts = [*settings.ALLOWED_HOSTS, urlsplit(settings.SITE_URL).hostname or ""]
    language = parts.path[1:3]
    if language not in CODES or not validate_host(parts.hostname or "", hosts):
        return ""
    with override(language):
        try:
            match = resolve(parts.path if parts.path.endswith("/") else f"{parts.path}/")
        except Resolver404:
            return ""
    return match.kwargs["slug"] if match.url_name == "practice_detail" else ""

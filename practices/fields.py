"""Naming the practices that one was adapted from: by the addresses of their pages, which anybody can copy."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host
from django.urls import Resolver404, resolve
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from practices.models import Practice
from scn_portal.base.forms import AddressesField
from scn_portal.base.languages import CODES
from scn_portal.base.links import absolute_url


class OriginalsField(AddressesField):
    """Addresses of published practices of this portal, one a line, as a list of practices.

    `practice` is the one that is written, which may not be named; it may go on naming what has been taken down since.
    """

    most = 5
    practice: Practice | None = None
    default_error_messages = {
        "not_here": _("Line %(line)d is not the address of a published practice of this portal: “%(value)s”."),
        "own": _("Line %(line)d is this practice itself."),
    }

    def __init__(self, **options):
        super().__init__(
            required=False,
            label=_("Adapted from practices on this portal"),
            help_text=_("Open the page of the other practice, and copy its address here; one address a line."),
            **options,
        )

    def prepare_value(self, value):
        if isinstance(value, list):
            value = [absolute_url(one.get_absolute_url()) if isinstance(one, Practice) else one for one in value]
        return super().prepare_value(value)

    def clean(self, value) -> list[Practice]:
        addresses = enumerate(super().clean(value), 1)
        named = {practice.pk: practice for practice in (self._practice_at(*each) for each in addresses)}
        return list(named.values())

    def _practice_at(self, line: int, address: str) -> Practice:
        practice = Practice.objects.filter(slug=_slug_in(address)).first()
        if practice is None or not (practice.live or self._named_before(practice)):
            raise self._refusal("not_here", line=line, value=address)
        if practice == self.practice:
            raise self._refusal("own", line=line)
        return practice

    def _named_before(self, practice: Practice) -> bool:
        return self.practice is not None and practice.adaptations.filter(practice=self.practice).exists()


def _slug_in(address: str) -> str:
    """The slug of the practice whose public page has this address, in either language; else nothing."""
    parts = urlsplit(address)
    known = [*settings.ALLOWED_HOSTS, urlsplit(settings.SITE_URL).hostname or ""]
    language = parts.path[1:3]
    if language not in CODES or not validate_host(parts.hostname or "", known):
        return ""
    with override(language):
        try:
            match = resolve(parts.path if parts.path.endswith("/") else f"{parts.path}/")
        except Resolver404:
            return ""
    return match.kwargs["slug"] if match.url_name == "practice_detail" else ""

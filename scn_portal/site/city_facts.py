"""The facts that a city confirms about itself, and whether its confirmation is still valid."""

import hashlib
from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from members.models import City, Fact, Role


@dataclass(frozen=True)
class FactRow:
    """A fact: its key (`Fact`), its label, and its value as shown; "" if it is not known."""

    key: str
    label: str
    value: str


def facts_of(city: City) -> list[FactRow]:
    """The facts of `city` in the active language, in the order of `Fact`; in one query, for the focal points."""
    values = {
        Fact.NAME_EN: city.name_en,
        Fact.NAME_FR: city.name_fr,
        Fact.COUNTRY: city.country.name,
        Fact.REGION: city.region.text("name", get_language()).value,
        Fact.UNIT_TYPE: city.get_unit_type_display(),
        Fact.STATUS: city.get_status_display(),
        Fact.JOINED_YEAR: str(city.joined_year or ""),
        Fact.POPULATION: number_format(city.population, force_grouping=True) if city.population else "",
        Fact.FOCAL_POINT: ", ".join(_focal_points(city)),
    }
    return [FactRow(fact.value, str(fact.label), str(values[fact])) for fact in Fact]


def _focal_points(city: City) -> list[str]:
    held = city.memberships.filter(role=Role.FOCAL_POINT, user__is_active=True).select_related("user")
    return [str(membership.user) for membership in held.order_by("user__name")]


def signature(facts: list[FactRow]) -> str:
    """A text that identifies what the page of facts showed, so that nobody confirms a fact that changed while they read
    the page."""
    return hashlib.sha256(repr([(fact.key, fact.value) for fact in facts]).encode()).hexdigest()[:16]


def confirmation_in_words(city: City) -> str:
    """A sentence in the active language: whether `city` has confirmed its facts, and whether that is still valid."""
    if not city.confirmed_at:
        return _("The city has not checked this page yet")
    words = {"date": date_format(timezone.localtime(city.confirmed_at))}
    if city.is_confirmed:
        return _("Checked by the city on %(date)s") % words
    return _("Changed since the city checked it on %(date)s; not confirmed again yet") % words

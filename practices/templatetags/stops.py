"""The seven stops of a city: under which commitments it has pledged, and which its practices serve."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django import template
from django.utils.translation import get_language

from commitments.models import Commitment, Pledge
from members.models import City
from practices.models import Revision
from scn_portal.languages import Text

register = template.Library()


@dataclass(frozen=True)
class Stop:
    """One line at one city."""

    number: int
    short: Text
    pledged: bool
    practised: bool


@register.simple_tag
def with_stops(cities: Iterable[City]) -> list[City]:
    """`cities`, each with its seven stops as `city.stops`: three queries however many they are."""
    cities = list(cities)
    pledged, practised = defaultdict(set), defaultdict(set)
    made = Pledge.objects.filter(city__in=cities)
    for city_id, number in made.values_list("city", "commitment__number").order_by():
        pledged[city_id].add(number)
    live = Revision.objects.live().filter(practice__city__in=cities, commitments__isnull=False)
    for city_id, number in live.values_list("practice__city", "commitments__number").order_by():
        practised[city_id].add(number)
    names = [(one.number, one.text("short", get_language())) for one in Commitment.objects.of_melbourne()]
    for city in cities:
        city.stops = [
            Stop(number, short, number in pledged[city.pk], number in practised[city.pk]) for number, short in names
        ]
    return cities


@register.simple_tag
def stops_of(city: City) -> list[Stop]:
    """The seven stops of one city."""
    return with_stops([city])[0].stops

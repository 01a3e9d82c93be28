"""The seven stops of a city: under which commitments it has pledged, and which its practices serve."""

from collections.abc import Iterable

from django import template
from django.utils.translation import get_language

from members.models import City
from practices.lines import Line, lines_at

register = template.Library()


@register.simple_tag
def with_stops(cities: Iterable[City]) -> list[City]:
    """`cities`, each with its seven lines as `city.stops`: three queries however many they are."""
    cities = list(cities)
    lines = lines_at(cities, get_language())
    for city in cities:
        city.stops = lines[city.pk]
    return cities


@register.simple_tag
def stops_of(city: City) -> list[Line]:
    """The seven lines at one city."""
    return lines_at([city], get_language())[city.pk]

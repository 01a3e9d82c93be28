"""Maps: one with markers where JavaScript runs, one drawn by the server, and the neighbours in words."""

from django import template

from members import map as atlas
from members.models import City

register = template.Library()


@register.inclusion_tag("components/map.html")
def city_map(query: str = "", focus: City | None = None) -> dict:
    """The interactive map, beside a list that is complete without it; nothing where there is nothing to show.

    `query` is what the reader asks of the list, as in its address; with `focus` the map shows that city and its
    neighbours instead. The page loads `css/map.css` and `js/map.js`.
    """
    return {"query": query, "focus": focus, "shown": focus is None or atlas.is_on_the_map(focus)}


@register.simple_tag
def neighbours_of(city: City) -> list[City]:
    """The nearest cities of the network, each with its `distance` in kilometres: one query."""
    return atlas.neighbours(city)


@register.inclusion_tag("components/world.html")
def world_map() -> dict:
    """The world with a dot for each listed city whose place is known: a picture, in one query."""
    cities = City.objects.listed().filter(latitude__isnull=False).order_by()
    rows = list(cities.values_list("longitude", "latitude", "country"))
    return {
        "dots": atlas.dots([(longitude, latitude) for longitude, latitude, _country in rows]),
        "cities": len(rows),
        "countries": len({country for _longitude, _latitude, country in rows}),
    }

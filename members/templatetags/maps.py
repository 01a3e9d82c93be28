"""Maps: one with markers where JavaScript runs, and one drawn by the server."""

from django import template

from members import geography as atlas
from members.models import City
from members.world import World

register = template.Library()


@register.inclusion_tag("components/map.html")
def city_map(query: str = "", focus: City | None = None) -> dict:
    """The interactive map, beside a list that is complete without it; nothing where there is nothing to show.

    `query` is what the reader asks of the list, as in its address; with `focus` the map shows that city and its
    neighbours instead. The page loads `css/map.css` and `js/map.js`.
    """
    return {"query": query, "focus": focus, "shown": focus is None or atlas.is_on_the_map(focus)}


@register.inclusion_tag("components/world.html")
def world_map(world: World) -> dict:
    """The world with a station for each of its cities as a link; it needs no JavaScript. `drawn_world` makes `world`.

    The page loads `css/map.css`.
    """
    return {"world": world}

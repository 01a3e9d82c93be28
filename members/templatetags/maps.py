"""Maps: one with markers, for browsers with JavaScript, and one drawn by the server."""

from django import template

from members import geography as atlas
from members.models import City
from members.world import World

register = template.Library()


@register.inclusion_tag("components/map.html")
def city_map(query: str = "", focus: City | None = None) -> dict:
    """The interactive map, beside a list that is complete without it; empty if there is nothing to show.

    `query` is the query string of the list; with `focus`, the map shows that city and its neighbours instead. The page
    loads `css/map.css` and `js/map.js`.
    """
    return {"query": query, "focus": focus, "shown": focus is None or atlas.is_on_the_map(focus)}


@register.inclusion_tag("components/world.html")
def world_map(world: World) -> dict:
    """The map of the world, with its stations as links; it needs no JavaScript. `world` comes from `drawn_world`.

    The page loads `css/map.css`.
    """
    return {"world": world}

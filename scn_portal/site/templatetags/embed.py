"""Tags that offer the code with which another site shows a part of the portal."""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from members.models import City
from scn_portal.base.links import absolute_url

register = template.Library()

HEIGHTS = {"map": 520, "chart": 720, "city": 260}


@register.inclusion_tag("components/embed_code.html")
def embed_map() -> dict:
    """The code for the map of the cities."""
    return _offered("map", reverse("embedded_map"), _("Map of the cities of the Strong Cities Network"))


@register.inclusion_tag("components/embed_code.html")
def embed_chart(key: str, finding: str) -> dict:
    """The code for the chart of that key."""
    return _offered("chart", reverse("embedded_chart", args=[key]), finding, key)


@register.inclusion_tag("components/embed_code.html")
def embed_city(city: City) -> dict:
    """The code for the card of `city`."""
    title = _("%(city)s in the Strong Cities Network") % {"city": city.text("name", get_language()).value}
    return _offered("city", reverse("embedded_city", args=[city.slug]), title)


def _offered(kind: str, path: str, title: str, key: str = "") -> dict:
    code = format_html(
        '<iframe src="{}" title="{}" width="100%" height="{}" loading="lazy" style="border: 0"></iframe>',
        absolute_url(path),
        title,
        HEIGHTS[kind],
    )
    return {"code": code, "path": path, "id": f"embed-{key or kind}"}

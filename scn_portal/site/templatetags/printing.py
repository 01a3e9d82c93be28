"""The tag of the printed list of cities."""

from collections.abc import Iterable

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from members.facets import country_names
from members.models import City
from scn_portal.base.templatetags.flat import stops

register = template.Library()

_ROW = '<tr>\n<th scope="row"><a href="{}">{}</a></th>\n<td>{}</td>\n<td>{}</td>\n<td>{}</td>\n</tr>'


@register.simple_tag
def printed_cities(cities: Iterable[City]) -> SafeString:
    """The rows of `cities`, which have their standings. Not a template, because that took 50 ms for hundreds of
    cities."""
    countries = country_names(get_language())
    statuses = {status.value: str(status.label) for status in City.Status}
    since = gettext("since %(year)s")
    return format_html_join("\n", _ROW, (_cells(city, countries, statuses, since) for city in cities))


def _cells(city: City, countries: dict[str, str], statuses: dict[str, str], since: str) -> tuple[str, ...]:
    joined = f", {since % {'year': city.joined_year}}" if city.joined_year else ""
    country = countries[city.country.code]
    return city.get_absolute_url(), str(city), country, f"{statuses[city.status]}{joined}", stops(city.standings)

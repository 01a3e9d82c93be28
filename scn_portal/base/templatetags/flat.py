"""What a list shows hundreds of times, drawn without a template for each: lines of commitments, stops of cities,
cells of the matrix, options of filters.

A line and a stop depend on nothing but what they show: each is drawn once, by its template, and kept. Cells and options
are put together here.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Protocol

from django import template
from django.db.models import Model
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.formats import localize
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from scn_portal.base.facet_options import FacetOptions, Option
from scn_portal.base.languages import Text, text_of

register = template.Library()


class Stop(Protocol):
    """The mark of a city under a commitment."""

    number: int
    short: Text
    pledged: bool
    practised: bool


@register.simple_tag
def line(commitment: Model) -> SafeString:
    """The line of `commitment`, with its number and short name: its number, glyph and name in its colour."""
    language = get_language()
    return _line(commitment.number, text_of(commitment, "short", language), language)


@register.simple_tag
def stops_drawn(stops: Iterable[Stop]) -> SafeString:
    """The seven stops of a city, without their words, which screen readers are told apart."""
    language = get_language()
    return mark_safe("".join(_stop(stop.number, stop.short, stop.pledged, stop.practised, language) for stop in stops))


@register.simple_tag
def facet_options(facet: FacetOptions) -> SafeString:
    """The boxes to tick for the options of `facet`. Not a template: of some hundred cities it took 50 ms."""
    return mark_safe("\n".join(_option(facet, place, each) for place, each in enumerate(facet.options)))


@register.simple_tag
def matrix_cells(cells: Iterable[Any]) -> SafeString:
    """The cells of a city in the matrix: each a link with a mark for each pledge, or a line that runs through."""
    nothing = escape(gettext("nothing yet"))
    return mark_safe("".join(_cell(cell, nothing) for cell in cells))


# --- Internals -------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _line(number: int, short: Text, language: str) -> SafeString:
    return render_to_string("components/line.html", {"number": number, "short": short})


@lru_cache(maxsize=256)
def _stop(number: int, short: Text, pledged: bool, practised: bool, language: str) -> SafeString:
    shown = {"number": number, "short": short, "pledged": pledged, "practised": practised}
    return render_to_string("components/stop.html", shown)


def _option(facet: FacetOptions, place: int, option: Option) -> str:
    value, more = escape(option.value), ' class="more"' if place >= facet.shown_first else ""
    checked = " checked" if option.chosen else ""
    count = "" if option.count is None else f' <span class="facet-count">({option.count})</span>'
    return (
        f'<label{more}><input type="checkbox" id="facet-{facet.name}-{value}" name="{facet.name}" value="{value}"'
        f"{checked}><span>{escape(option.label)}{count}</span></label>"
    )


def _cell(cell: Any, nothing: str) -> str:
    standing = cell.standing
    if not cell.link:
        return f'\n<td data-line="{standing.number}">\n<span class="visually-hidden">{nothing}</span>\n</td>'
    words, practised = escape(cell.words), " practised" if standing.practised else ""
    marks = "".join(map(_mark, cell.marks)) or _mark("")
    more = f'<span class="more" aria-hidden="true">+{localize(cell.more)}</span>\n' if cell.more else ""
    return (
        f'\n<td data-line="{standing.number}">\n'
        f'<a class="cell{practised}" href="{escape(cell.link)}" title="{words}">\n{marks}{more}'
        f'<span class="visually-hidden">{words}</span></a>\n</td>'
    )


@lru_cache(maxsize=32)
def _mark(status: str) -> str:
    """The mark of a pledge with this status; with "", of none."""
    if not status:
        return '<svg class="mark none" aria-hidden="true">\n</svg>\n'
    image = escape(f"{static('img/statuses.svg')}#{status}")
    return f'<svg class="mark" data-status="{status}" aria-hidden="true">\n<use href="{image}"></use>\n</svg>\n'

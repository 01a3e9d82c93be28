"""HTML that a list contains hundreds of times, without rendering a template each time: lines of commitments, stops of
cities, marks of statuses, cells of the matrix, options of filters.

A line, or the stops of a city, depend only on what they show: each is rendered once, by its template, and kept. The
others are written here.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from django import template
from django.db.models import Model
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.formats import localize
from django.utils.html import escape, format_html
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
    """The line of `commitment`: its number, glyph and short name in its colour."""
    language = get_language()
    return _line(commitment.number, text_of(commitment, "short", language), language)


@register.simple_tag
def stops(of: Iterable[Stop]) -> SafeString:
    """The seven stops of a city, also in words for screen readers. They are rendered once for all cities with the same
    marks."""
    marks = tuple(_Mark(stop.number, stop.short, stop.pledged, stop.practised) for stop in of)
    return _stops(marks, get_language())


@register.simple_tag
def status(key: str, label: str) -> SafeString:
    """The mark of a status: `key` sets its colour, `label` is its text."""
    return format_html('\n<span class="status" data-status="{}">{}</span>\n', key, label)


@register.simple_tag
def facet_options(facet: FacetOptions) -> SafeString:
    """The checkboxes for the options of `facet`. Not a template, because that took 50 ms for hundreds of cities."""
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


class _Mark(NamedTuple):
    """A Stop, to be compared."""

    number: int
    short: Text
    pledged: bool
    practised: bool


@lru_cache(maxsize=256)
def _stops(marks: tuple[_Mark, ...], language: str) -> SafeString:
    drawn = mark_safe("".join(render_to_string("components/stop.html", mark._asdict()) for mark in marks))
    return render_to_string("components/stops.html", {"drawn": drawn, "stops": marks})


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
    """The mark of a pledge with this status; of no pledge if it is ""."""
    if not status:
        return '<svg class="mark none" aria-hidden="true">\n</svg>\n'
    image = escape(f"{static('img/statuses.svg')}#{status}")
    return f'<svg class="mark" data-status="{status}" aria-hidden="true">\n<use href="{image}"></use>\n</svg>\n'

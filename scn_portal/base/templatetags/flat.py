"""What a list shows hundreds of times, drawn without a template for each: lines of commitments, stops of cities, marks
of statuses, cells of the matrix, options of filters.

A line and the stops of a city depend on nothing but what they show: each is drawn once, by its template, and kept.
The others are put together here.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from django import template
from django.db.models import Model
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.formats import localize
from django.utils.html import escape, format_html, format_html_join
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
def stops(of: Iterable[Stop]) -> SafeString:
    """The seven stops of a city, and what they say in words for screen readers. Cities with the same marks have the
    same: they are drawn once."""
    marks = tuple(_Mark(stop.number, stop.short, stop.pledged, stop.practised) for stop in of)
    return _stops(marks, get_language())


@register.simple_tag
def status(key: str, label: str) -> SafeString:
    """The mark of a status: its colour by its `key`, its words."""
    return format_html('\n<span class="status" data-status="{}">{}</span>\n', key, label)


@register.simple_tag
def facet_options(facet: FacetOptions) -> SafeString:
    """The boxes to tick for the options of `facet`. Not a template: of some hundred cities it took 50 ms."""
    return format_html_join("\n", _OPTION, (_option(facet, place, each) for place, each in enumerate(facet.options)))


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


_OPTION = (
    '<label{more}><input type="checkbox" id="facet-{name}-{value}" name="{name}" value="{value}"{checked}>'
    "<span>{label}{count}</span></label>"
)


def _option(facet: FacetOptions, place: int, option: Option) -> dict[str, str]:
    counted = option.count is not None
    return {
        "more": mark_safe(' class="more"') if place >= facet.shown_first else "",
        "name": facet.name,
        "value": option.value,
        "checked": mark_safe(" checked") if option.chosen else "",
        "label": option.label,
        "count": mark_safe(f' <span class="facet-count">({localize(option.count)})</span>') if counted else "",
    }


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

"""A badge for a city's own site: an SVG without scripts or external references."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language

from members.models import City
from practices.standings import CommitmentStanding
from scn_portal.base.http.public import public_page
from scn_portal.site.city_records import standings_of
from scn_portal.site.sharing.drawing import BORDER, INK_SOFT, LINES, PAPER, WORDMARK
from scn_portal.site.sharing.feeds import NOT_IN_XML
from scn_portal.site.sharing.pictures import commitments_in_words
from scn_portal.site.sharing.widths import width

MARGIN, MIN_WIDTH, MAX_NAME_WIDTH = 16, 272, 340
# Fonts on readers' machines are mostly a little wider than the font used for measuring. Every text is fitted into the
# width given here, so that no name is cut if a font is wider still.
ROOMIER = 1.1


@dataclass(frozen=True)
class Line:
    """A line of text on a badge: the position of its baseline, the size of its font and its width, in pixels."""

    text: str
    y: int
    size: int
    width: int


def name_lines(name: str) -> list[Line]:
    """A name on one line of the badge, or on two smaller ones if it is long."""
    if width(name, 20) <= MAX_NAME_WIDTH:
        return [_line(name, 31, 20)]
    words = name.split()
    halves = [(" ".join(words[:count]), " ".join(words[count:])) for count in range(1, len(words))]
    if not halves:
        return [_line(name, 31, 15)]
    first, second = min(halves, key=lambda half: max(width(half[0], 15), width(half[1], 15)))
    return [_line(first, 20, 15), _line(second, 36, 15)]


def badge_width(lines: Iterable[Line]) -> int:
    return max(MIN_WIDTH, *(2 * MARGIN + line.width for line in lines))


def _line(text: str, y: int, size: int) -> Line:
    return Line(text, y, size, ceil(ROOMIER * width(text, size)))


@public_page(own_policy=True)
def badge(request, slug: str) -> HttpResponse:
    """“Strong Cities Network · Koboko · 3 of 7 commitments”, drawn. Only for members."""
    members = City.objects.shown().filter(status=City.Status.MEMBER).select_related("record")
    city = get_object_or_404(members, slug=slug)
    name = NOT_IN_XML.sub("", city.text("name", get_language()).value)
    standings = standings_of(city, get_language())
    under = commitments_in_words(sum(standing.pledged for standing in standings))
    names, below = name_lines(name), _line(f"{WORDMARK} · {under}", 52, 13)
    whole = badge_width([*names, below])
    context = {
        "name": name,
        "names": names,
        "under": under,
        "below": below,
        "wordmark": WORDMARK,
        "language": get_language(),
        "width": whole,
        "inner": whole - 1,
        "end": MARGIN + 38 * (len(standings) - 1) + 10,
        "lines": _lines(whole),
        "stops": [_stop(index, standing) for index, standing in enumerate(standings)],
    }
    response = render(request, "site/sharing/badge.svg", context, content_type="image/svg+xml; charset=utf-8")
    # Other sites show it. It has no script, and this policy makes sure of that.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    return response


def _lines(whole: int) -> list[dict]:
    part = whole / len(LINES)
    return [
        {"x": round(part * index, 2), "width": round(part, 2), "colour": colour} for index, colour in enumerate(LINES)
    ]


def _stop(index: int, standing: CommitmentStanding) -> dict:
    colour = LINES[index % len(LINES)]
    return {
        "number": standing.number,
        "x": MARGIN + 10 + 38 * index,
        "fill": colour if standing.pledged else PAPER,
        "edge": colour if standing.pledged or standing.practised else BORDER,
        "ink": PAPER if standing.pledged else colour if standing.practised else INK_SOFT,
        "ring": colour if standing.practised else "",
    }

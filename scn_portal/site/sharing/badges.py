"""A badge for a city's own site: an SVG without scripts or external references."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language

from members.models import City
from practices.standings import CommitmentStanding, standings_of
from scn_portal.base.http.caching import public_file
from scn_portal.site.sharing.drawing import BORDER, INK_SOFT, LINES, PAPER, WORDMARK, width
from scn_portal.site.sharing.feeds import NOT_IN_XML
from scn_portal.site.sharing.pictures import commitments_in_words

HEIGHT, MARGIN, MIN_WIDTH = 96, 16, 272
# The reader's own fonts may be wider than those that the text is measured in.
SPARE = 1.25


@public_file()
def badge(request, slug: str) -> HttpResponse:
    """“Strong Cities Network · Koboko · 3 of 7 commitments”, drawn. Only for members."""
    city = get_object_or_404(City, slug=slug, status=City.Status.MEMBER)
    name = NOT_IN_XML.sub("", city.text("name", get_language()).value)
    standings = standings_of([city], get_language())[city.pk]
    under = commitments_in_words(sum(standing.pledged for standing in standings))
    badge_width = max(MIN_WIDTH, round(2 * MARGIN + SPARE * max(width(name, 20), width(f"{WORDMARK} · {under}", 13))))
    context = {
        "name": name,
        "under": under,
        "wordmark": WORDMARK,
        "language": get_language(),
        "width": badge_width,
        "inner": badge_width - 1,
        "end": MARGIN + 38 * (len(standings) - 1) + 10,
        "lines": _lines(badge_width),
        "stops": [_stop(index, standing) for index, standing in enumerate(standings)],
    }
    response = render(request, "site/sharing/badge.svg", context, content_type="image/svg+xml")
    # Other sites show it. It holds no script; this policy makes sure of it.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    return response


def _lines(badge_width: int) -> list[dict]:
    part = badge_width / len(LINES)
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

"""A badge for a city's own site: an SVG without script or outside reference, with the city's seven stops."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from members.models import City
from practices.standings import standings_of
from scn_portal.site.sharing.drawing import BORDER, INK_SOFT, LINES, PAPER, WORDMARK, width
from scn_portal.site.sharing.feeds import NOT_IN_XML
from scn_portal.site.sharing.pictures import commitments_in_words

HEIGHT, MARGIN, NARROWEST = 96, 16, 272
# The reader's own fonts may be wider than those that the text is measured in.
SPARE = 1.25


@require_safe
@login_not_required
@cache_control(public=True, max_age=3600)
@conditional_page
def badge(request, slug: str) -> HttpResponse:
    """“Strong Cities Network · Koboko · 3 of 7 commitments”, drawn."""
    city = get_object_or_404(City, slug=slug)
    name = NOT_IN_XML.sub("", city.text("name", get_language()).value)
    stops = standings_of([city], get_language())[city.pk]
    under = commitments_in_words(sum(stop.pledged for stop in stops))
    wide = max(NARROWEST, round(2 * MARGIN + SPARE * max(width(name, 20), width(f"{WORDMARK} · {under}", 13))))
    context = {
        "name": name,
        "under": under,
        "wordmark": WORDMARK,
        "language": get_language(),
        "width": wide,
        "inner": wide - 1,
        "end": MARGIN + 38 * (len(stops) - 1) + 10,
        "lines": _lines(wide),
        "stops": [_stop(index, stop) for index, stop in enumerate(stops)],
    }
    response = render(request, "site/sharing/badge.svg", context, content_type="image/svg+xml")
    # Other sites show it; nothing in it could run, and this says so.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    return response


def _lines(wide: int) -> list[dict]:
    part = wide / len(LINES)
    return [{"x": round(part * index, 2), "width": round(part, 2), "colour": each} for index, each in enumerate(LINES)]


def _stop(index: int, stop) -> dict:
    colour = LINES[index % len(LINES)]
    return {
        "number": stop.number,
        "x": MARGIN + 10 + 38 * index,
        "fill": colour if stop.pledged else PAPER,
        "edge": colour if stop.pledged or stop.practised else BORDER,
        "ink": PAPER if stop.pledged else colour if stop.practised else INK_SOFT,
        "ring": colour if stop.practised else "",
    }

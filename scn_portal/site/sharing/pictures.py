"""Pictures for link previews: of a city, a practice, a commitment, and one for all other pages."""

import hashlib

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from commitments.models import Commitment
from members.models import City
from practices.models import Practice
from scn_portal.base.http.public import public_page
from scn_portal.base.made_files.keeping import kept
from scn_portal.base.made_files.wanted import Wanted
from scn_portal.base.strangers import PICTURES, count
from scn_portal.base.typography import typographic
from scn_portal.site.city_records import standings_of
from scn_portal.site.sharing.drawing import LINES, Picture, png
from scn_portal.site.sharing.shared_pages import live_of

# Increase this when the drawing changes: pictures are kept by their contents.
DRAWING = 2
ALL_SEVEN = frozenset(range(1, 8))


@public_page()
def site_picture(request) -> HttpResponse:
    """The picture of pages without one of their own."""
    title = _("How cities are keeping their promises to prevent hate and extremism")
    return _picture_response(request, Picture(title, under=_("The seven commitments of Melbourne"), filled=ALL_SEVEN))


@public_page()
def city_picture(request, slug: str) -> HttpResponse:
    """A city: its name, its country, its seven commitments."""
    city = get_object_or_404(City.objects.shown().select_related("record"), slug=slug)
    stops = standings_of(city, get_language())
    filled = frozenset(stop.number for stop in stops if stop.pledged)
    picture = Picture(
        city.text("name", get_language()).value,
        under=f"{city.country.name} · {commitments_in_words(len(filled))}",
        filled=filled,
        ringed=frozenset(stop.number for stop in stops if stop.practised),
    )
    return _picture_response(request, picture)


@public_page()
def practice_picture(request, slug: str) -> HttpResponse:
    """A practice: its title, its city, the commitments it serves."""
    practice = get_object_or_404(Practice.objects.published(), slug=slug)
    live = live_of(practice)
    title = live.text("title", get_language())
    city = practice.city
    picture = Picture(
        typographic(title.value, title.language),
        over=_("Practice"),
        under=f"{city.text('name', get_language())}, {city.country.name}",
        ringed=frozenset(commitment.number for commitment in live.served),
    )
    return _picture_response(request, picture)


@public_page()
def commitment_picture(request, number: int) -> HttpResponse:
    """A commitment: its title, in its colour."""
    commitment = get_object_or_404(Commitment.objects.of_melbourne(), number=number)
    title, short = (commitment.text(field, get_language()) for field in ("title", "short"))
    picture = Picture(
        typographic(title.value, title.language),
        over=f"{number} · {typographic(short.value, short.language)}",
        filled=frozenset({number}),
        colour=LINES[(number - 1) % len(LINES)],
    )
    return _picture_response(request, picture)


def commitments_in_words(count: int) -> str:
    """“3 of 7 commitments”: under how many of the seven a city has pledged."""
    if not count:
        return _("No pledges yet")
    return ngettext("%(count)s of 7 commitments", "%(count)s of 7 commitments", count) % {"count": count}


def _picture_response(request: HttpRequest, picture: Picture) -> HttpResponse:
    contents = f"{DRAWING} {picture.title} {picture.over} {picture.under} {picture.colour}"
    contents += f" {sorted(picture.filled)} {sorted(picture.ringed)}"
    version = hashlib.sha256(contents.encode("utf-8", "replace")).hexdigest()

    def draw() -> bytes:
        count(PICTURES, request)
        return png(picture)

    content = kept(Wanted("picture", "png", {"version": version}), draw)
    response = HttpResponse(content, content_type="image/png")
    # Other sites show it beside a link to the portal.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response

"""The image that goes with a shared link: of a city, a practice, a commitment, and one for every other page."""

import hashlib
from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe
from redis.exceptions import RedisError

from commitments.models import Commitment
from members.models import City
from practices.models import Practice
from practices.standings import standings_of
from practices.views.attachments import CACHE_SECONDS
from scn_portal.base.typography import typographic
from scn_portal.site.sharing.drawing import LINES, Picture, png
from scn_portal.site.sharing.structured_data import live_of

# Raised when what is drawn changes while what it says does not.
DRAWING = 1
A_WEEK = 7 * 24 * 60 * 60
ALL_SEVEN = frozenset(range(1, 8))


@require_safe
@login_not_required
@cache_control(public=True, max_age=86400)
@conditional_page
def site_picture(request) -> HttpResponse:
    """The image of every page that has none of its own."""
    title = _("What cities promise, what they do, and how it stands")
    return _answer(Picture(title, under=_("The seven commitments of Melbourne"), filled=ALL_SEVEN))


@require_safe
@login_not_required
@cache_control(public=True, max_age=3600)
@conditional_page
def city_picture(request, slug: str) -> HttpResponse:
    """A city's name and country, and its seven stops."""
    city = get_object_or_404(City, slug=slug)
    stops = standings_of([city], get_language())[city.pk]
    filled = frozenset(stop.number for stop in stops if stop.pledged)
    picture = Picture(
        city.text("name", get_language()).value,
        under=f"{city.country.name} · {commitments_in_words(len(filled))}",
        filled=filled,
        ringed=frozenset(stop.number for stop in stops if stop.practised),
    )
    return _answer(picture)


@require_safe
@login_not_required
@cache_control(public=True, max_age=CACHE_SECONDS)
@conditional_page
def practice_picture(request, slug: str) -> HttpResponse:
    """A practice's title and city, and the commitments that it serves."""
    practice = get_object_or_404(Practice.objects.published(), slug=slug)
    live = live_of(practice)
    title = live.text("title", get_language())
    city = practice.city
    picture = Picture(
        typographic(title.value, title.language),
        over=_("Practice"),
        under=f"{city.text('name', get_language())}, {city.country.name}",
        ringed=frozenset(each.number for each in live.commitments.all()),
    )
    return _answer(picture)


@require_safe
@login_not_required
@cache_control(public=True, max_age=3600)
@conditional_page
def commitment_picture(request, number: int) -> HttpResponse:
    """A commitment's words, in its colour."""
    commitment = get_object_or_404(Commitment.objects.of_melbourne(), number=number)
    title, short = (commitment.text(field, get_language()) for field in ("title", "short"))
    picture = Picture(
        typographic(title.value, title.language),
        over=f"{number} · {typographic(short.value, short.language)}",
        filled=frozenset({number}),
        colour=LINES[(number - 1) % len(LINES)],
    )
    return _answer(picture)


def commitments_in_words(count: int) -> str:
    """“3 of 7 commitments”: under how many of the seven a city has pledged."""
    return ngettext("%(count)s of 7 commitments", "%(count)s of 7 commitments", count) % {"count": count}


def _answer(picture: Picture) -> HttpResponse:
    said = f"{DRAWING} {picture.title} {picture.over} {picture.under} {picture.colour}"
    said += f" {sorted(picture.filled)} {sorted(picture.ringed)}"
    key = "picture:" + hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()
    response = HttpResponse(_remembered(key, lambda: png(picture)), content_type="image/png")
    # Other sites show it beside a link to us.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _remembered(key: str, draw: Callable[[], bytes]) -> bytes:
    """What is in the cache under `key`; drawn where it is not, or where the cache is away."""
    try:
        if known := cache.get(key):
            return known
        drawn = draw()
        cache.set(key, drawn, A_WEEK)
    except (RedisError, OSError):
        return draw()
    return drawn

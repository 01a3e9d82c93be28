"""What search engines are told: every public page in both languages, and what to leave alone."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import EmptyPage, Paginator
from django.db.models import Max, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Greatest
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import override
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from commitments.models import Commitment, Pledge, ProgressUpdate
from members.models import City, Region
from practices.models import Practice, Revision
from scn_portal.base.languages import CODES
from scn_portal.base.links import absolute_url

# Each row is two addresses of four links, some 800 bytes: a file stays far below the 50 MB that it may weigh.
ROWS_A_FILE = 5000

PAGES = (
    "home", "city_list", "commitment_list", "pledge_list", "matrix", "practice_list", "changes", "compare",
    "declaration", "newsletter", "about", "privacy", "accessibility", "legal", "open_data", "api_docs",
)  # fmt: skip
# The beginnings of addresses that are nobody's find: workspaces, the desk, accounts, the admin.
CLOSED = ("my_city", "desk", "account_login", "admin:index")


@dataclass(frozen=True)
class Place:
    """A public page: its address in each language, and when what it shows last changed, where that is known."""

    addresses: dict[str, str]
    changed_at: dt.datetime | None = None

    @property
    def default(self) -> str:
        return self.addresses[settings.LANGUAGE_CODE]


def cities() -> QuerySet[City]:
    """The listed cities, each with when something of its page last changed."""
    city_events = apps.get_model("members.CityEvent").objects
    published = Revision.objects.live().order_by()
    return (
        City.objects.listed()
        .order_by("pk")
        .annotate(
            changed_at=Greatest(
                _latest(city_events.order_by(), "pgh_obj", "pgh_created_at"),
                _latest(Pledge.objects.order_by(), "city", "updated_at"),
                _latest(ProgressUpdate.objects.order_by(), "pledge__city", "created_at"),
                _latest(ProgressUpdate.objects.order_by(), "pledge__city", "taken_down_at"),
                _latest(published, "practice__city", "published_at"),
            )
        )
    )


def commitments() -> QuerySet[Commitment]:
    """The commitments, each with when a pledge or a practice under it last changed."""
    published = Revision.objects.live().order_by()
    return Commitment.objects.of_melbourne().annotate(
        changed_at=Greatest(
            _latest(Pledge.objects.order_by(), "commitment", "updated_at"),
            _latest(published, "commitments", "published_at"),
        )
    )


def practices() -> QuerySet[Practice]:
    """The published practices, each with when its live revision appeared."""
    live = Revision.objects.live().order_by()
    public = Practice.objects.filter(revisions__in=live).order_by("pk")
    return public.annotate(changed_at=_latest(live, "practice", "published_at"))


def pledges() -> QuerySet[Pledge]:
    """The pledges of the listed cities, each with when it, or what is reported on it, last changed."""
    return (
        Pledge.objects.of_listed_cities()
        .order_by("pk")
        .annotate(
            changed_at=Greatest(
                "updated_at",
                _latest(ProgressUpdate.objects.order_by(), "pledge", "created_at"),
                _latest(ProgressUpdate.objects.order_by(), "pledge", "taken_down_at"),
            )
        )
    )


def countries() -> list[str]:
    """The codes of the countries of listed cities, as their addresses have them."""
    codes = City.objects.listed().order_by("country").values_list("country", flat=True).distinct()
    return [str(code).lower() for code in codes]


def regions() -> list[str]:
    """The slugs of the regions of listed cities."""
    cities = City.objects.listed()
    return list(Region.objects.filter(cities__in=cities).order_by("slug").values_list("slug", flat=True).distinct())


def _latest(rows: QuerySet, owner: str, moment: str) -> Subquery:
    one = rows.filter(**{owner: OuterRef("pk")}).values(owner).annotate(latest=Max(moment)).values("latest")
    return Subquery(one)


def _place_of_row(row: Model) -> Place:
    return Place({code: _address(row, code) for code in CODES}, row.changed_at)


def _address(row: Model, language: str) -> str:
    with override(language):
        return absolute_url(row.get_absolute_url())


def _place_of_page(name: str) -> Place:
    return Place({code: absolute_url(_path(name, code)) for code in CODES})


def _place_of_country(code: str) -> Place:
    return Place({language: absolute_url(_path("country", language, code)) for language in CODES})


def _place_of_region(slug: str) -> Place:
    return Place({language: absolute_url(_path("region", language, slug)) for language in CODES})


def _path(name: str, language: str, *args: str) -> str:
    with override(language):
        return reverse(name, args=args)


SECTIONS: dict[str, tuple[Callable, Callable[..., Place]]] = {
    "pages": (lambda: PAGES, _place_of_page),
    "commitments": (commitments, _place_of_row),
    "cities": (cities, _place_of_row),
    "practices": (practices, _place_of_row),
    "pledges": (pledges, _place_of_row),
    "countries": (countries, _place_of_country),
    "regions": (regions, _place_of_region),
}


@require_safe
@login_not_required
@cache_control(public=True, max_age=3600)
@conditional_page
def index(request) -> HttpResponse:
    """The files of the site map: one a section, and more where a section is long."""
    files = [
        absolute_url(reverse("sitemap", args=[name, number]))
        for name, (rows, _place) in SECTIONS.items()
        for number in Paginator(rows(), ROWS_A_FILE).page_range
    ]
    return render(request, "site/sitemaps/index.xml", {"files": files}, content_type="application/xml")


@require_safe
@login_not_required
@cache_control(public=True, max_age=3600)
@conditional_page
def section(request, name: str, number: int) -> HttpResponse:
    """The pages of one file, in both languages, each with its twins."""
    if name not in SECTIONS:
        raise Http404
    rows, place = SECTIONS[name]
    try:
        page = Paginator(rows(), ROWS_A_FILE).page(number)
    except EmptyPage:
        raise Http404 from None
    places = [place(row) for row in page.object_list]
    return render(request, "site/sitemaps/section.xml", {"places": places}, content_type="application/xml")


@require_safe
@login_not_required
@cache_control(public=True, max_age=3600)
@conditional_page
def robots(request) -> HttpResponse:
    """robots.txt: searches and workspaces are left alone; a demo, which repeats real pages, wholly."""
    closed = ["/"] if settings.DEMO else [_path(name, code) for code in CODES for name in CLOSED]
    searches = [] if settings.DEMO else ["/*?q=", "/*&q="]
    # All that stands under accounts/, not the login page alone.
    closed = [path.removesuffix("login/") for path in closed]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed + searches)]
    lines += ["", f"Sitemap: {absolute_url(reverse('sitemap_index'))}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")

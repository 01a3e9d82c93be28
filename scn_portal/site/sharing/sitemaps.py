"""The site map and robots.txt: every public page in both languages, and what search engines should leave out."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from django.apps import apps
from django.conf import settings
from django.contrib.sitemaps.views import SitemapIndexItem
from django.db.models import Exists, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import escape
from django.utils.timezone import localtime
from django.utils.translation import override

from commitments.models import Commitment, Pledge, ProgressUpdate, is_public
from members.models import City, Region
from practices.models import Practice, Revision
from scn_portal.base.http.public import public_page
from scn_portal.base.languages import CODES
from scn_portal.base.links import absolute_url
from scn_portal.base.models import PublicKind, PublicRecord

ROWS_PER_FILE = 500  # each has two addresses, with four links each
XML = "application/xml; charset=utf-8"
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">
"""
PAGES = (
    "home", "city_list", "commitment_list", "pledge_list", "matrix", "charts", "practice_list", "changes", "compare",
    "declaration", "newsletter", "about", "contact", "join", "operator", "method", "worried", "guide", "privacy",
    "accessibility", "legal", "open_data", "data_dictionary", "api_docs",
)  # fmt: skip
# Where workspaces, the moderation desk, accounts and the admin begin: nobody should find these by searching.
CLOSED = ("my_city", "desk", "account_login", "admin:index")


@dataclass(frozen=True)
class Entry:
    """A page: its path in each language, and when it last changed, if that is known."""

    paths: dict[str, str]
    changed_at: dt.datetime | None = None


class Section(Protocol):
    """A part of the site map. `files` returns how many files it has; `entries` returns the entries of one, or None if
    there is no such file."""

    def files(self) -> int: ...

    def entries(self, number: int) -> list[Entry] | None: ...


@dataclass(frozen=True)
class Listed:
    """A few pages, all in one file. `read` returns the URL name and the arguments of each."""

    read: Callable[[], Iterable[tuple[str, ...]]]

    def files(self) -> int:
        return 1

    def entries(self, number: int) -> list[Entry] | None:
        if number != 1:
            return None
        return [Entry({code: _path(name, code, *inside) for code in CODES}) for name, *inside in self.read()]


@dataclass(frozen=True)
class Rows:
    """Rows with a page of their own, at the URL `name` with their field `key`. `read` returns them, each with a
    `changed_at`, which may be None.

    Each file has the rows of a range of ROWS_PER_FILE keys, so that no row before it is read, however many there are.
    If some rows are not public, a file has fewer, or none.
    """

    name: str
    key: str
    read: Callable[[], QuerySet]

    def files(self) -> int:
        first, last = self._ends()
        return (last - first) // ROWS_PER_FILE + 1

    def entries(self, number: int) -> list[Entry] | None:
        first, last = self._ends()
        first += (number - 1) * ROWS_PER_FILE
        if number < 1 or first > last:
            return None
        rows = self.read().filter(pk__gte=first, pk__lt=first + ROWS_PER_FILE).order_by("pk")
        # Reversing the address of each row would take most of the time.
        shapes = {code: _path(self.name, code, "0") for code in CODES}
        return [
            Entry({code: shape.replace("/0/", f"/{key}/") for code, shape in shapes.items()}, changed_at)
            for key, changed_at in rows.values_list(self.key, "changed_at")
        ]

    def _ends(self) -> tuple[int, int]:
        """The first and the last key."""
        keys = self.read().values_list("pk", flat=True)
        ends = list(keys.order_by("pk")[:1].union(keys.order_by("-pk")[:1], all=True))
        return (min(ends), max(ends)) if ends else (0, 0)


def _cities() -> QuerySet:
    """The listed cities, each with the time when something on its page last changed."""
    city_events = apps.get_model("members.CityEvent").objects
    published = Revision.objects.live().order_by()
    updates = ProgressUpdate.objects.filter(is_public("pledge__")).order_by()
    # The records of a city have the last change of everything public about it; if it has none, its rows are read.
    changed_at = Coalesce(
        _newest(PublicRecord.objects.filter(city_key=OuterRef("pk"))),
        Greatest(
            _latest(city_events.order_by(), "pgh_obj", "pgh_created_at"),
            _latest(Pledge.objects.public().order_by(), "city", "updated_at"),
            _latest(updates, "pledge__city", "created_at"),
            _latest(updates, "pledge__city", "taken_down_at"),
            _latest(published, "practice__city", "published_at"),
        ),
    )
    return City.objects.listed().annotate(changed_at=changed_at)


def _commitments() -> QuerySet:
    """The commitments, each with the time when a pledge or a practice under it last changed."""
    pledges, published = Pledge.objects.public().order_by(), Revision.objects.live().order_by()
    # From their newest records; if they have none, from the rows.
    changed_at = Coalesce(
        Greatest(
            _newest(_records(PublicKind.PLEDGE, pledges.filter(commitment=OuterRef(OuterRef("pk"))), "pk")),
            _newest(_records(PublicKind.PRACTICE, published.filter(commitments=OuterRef(OuterRef("pk"))), "practice")),
        ),
        Greatest(_latest(pledges, "commitment", "updated_at"), _latest(published, "commitments", "published_at")),
    )
    return Commitment.objects.of_melbourne().annotate(changed_at=changed_at)


def _records(kind: PublicKind, rows: QuerySet, key: str) -> QuerySet:
    """The public records of `rows`, whose field `key` is the key in a record."""
    return PublicRecord.objects.filter(Exists(rows.filter(**{key: OuterRef("key")})), kind=kind)


def _newest(records: QuerySet) -> Subquery:
    """When the newest of these records, of a row of the outer query, changed: that is the last change of all."""
    return Subquery(records.order_by("-pk").values("changed_at")[:1])


def _practices() -> QuerySet:
    """The published practices, each with the time when its live revision appeared."""
    live = Revision.objects.live().order_by()
    public = Practice.objects.filter(revisions__in=live)
    return public.annotate(changed_at=_latest(live, "practice", "published_at"))


def _pledges() -> QuerySet:
    """The pledges of the listed cities, each with the time when it, or a report on it, last changed."""
    updates = ProgressUpdate.objects.filter(is_public("pledge__")).order_by()
    changed_at = Greatest(
        "updated_at", _latest(updates, "pledge", "created_at"), _latest(updates, "pledge", "taken_down_at")
    )
    return Pledge.objects.of_listed_cities().annotate(changed_at=changed_at)


def _countries() -> list[tuple[str, ...]]:
    """The countries of listed cities."""
    codes = City.objects.listed().order_by("country").values_list("country", flat=True).distinct()
    return [("country", str(code).lower()) for code in codes]


def _regions() -> list[tuple[str, ...]]:
    """The regions of listed cities."""
    regions = Region.objects.filter(cities__in=City.objects.listed())
    return [("region", slug) for slug in regions.order_by("slug").values_list("slug", flat=True).distinct()]


def _latest(rows: QuerySet, owner: str, moment: str) -> Subquery:
    """The greatest `moment` among the `rows` that belong, by `owner`, to a row of the outer query."""
    latest = rows.filter(**{owner: OuterRef("pk")}).values(owner).annotate(latest=Max(moment))
    return Subquery(latest.values("latest"))


SECTIONS: dict[str, Section] = {
    "pages": Listed(lambda: ((name,) for name in PAGES)),
    "commitments": Rows("commitment_detail", "number", _commitments),
    "cities": Rows("city_detail", "slug", _cities),
    "practices": Rows("practice_detail", "slug", _practices),
    "pledges": Rows("pledge_detail", "pk", _pledges),
    "countries": Listed(_countries),
    "regions": Listed(_regions),
}

# Django's own views take the host from the request, and set a Last-Modified with which a client could keep pages that
# were taken down.


@public_page()
def index(request) -> HttpResponse:
    """The files of the site map: one per section, and more if a section is long."""
    files = [
        SitemapIndexItem(absolute_url(reverse("sitemap", args=[name, number])))
        for name, section in SECTIONS.items()
        for number in range(1, section.files() + 1)
    ]
    return render(request, "sitemap_index.xml", {"sitemaps": files}, content_type=XML)


@public_page()
def section(request, name: str, number: int) -> HttpResponse:
    """One file of the site map. 404 for a section or a number that does not exist."""
    entries = SECTIONS[name].entries(number) if name in SECTIONS else None
    if entries is None:
        raise Http404
    urls = "".join(map(written, entries))
    return HttpResponse(f"{HEAD}{urls}</urlset>\n", content_type=XML)


def written(entry: Entry) -> str:
    """A page in each language, with its alternates. Not by a template, which would take ten times as long."""
    addresses = {code: escape(absolute_url(path)) for code, path in entry.paths.items()}
    alternates = addresses | {"x-default": addresses[settings.LANGUAGE_CODE]}
    changed = f"<lastmod>{localtime(entry.changed_at).isoformat()}</lastmod>" if entry.changed_at else ""
    links = "".join(
        f'<xhtml:link rel="alternate" hreflang="{code}" href="{address}"/>\n' for code, address in alternates.items()
    )
    return "".join(f"<url><loc>{address}</loc>{changed}\n{links}</url>\n" for address in addresses.values())


@public_page()
def robots(request) -> HttpResponse:
    """robots.txt: it excludes searches and workspaces, and all of a demo, which repeats real pages."""
    closed = ["/"] if settings.DEMO else [_path(name, code) for code in CODES for name in CLOSED]
    searches = [] if settings.DEMO else ["/*?q=", "/*&q="]
    # All of accounts/, not only the login page.
    closed = [path.removesuffix("login/") for path in closed]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed + searches)]
    lines += ["", f"Sitemap: {absolute_url(reverse('sitemap_index'))}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


def _path(name: str, language: str, *inside: str) -> str:
    with override(language):
        return reverse(name, args=inside)

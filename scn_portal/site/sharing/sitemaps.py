"""The site map and robots.txt: every public page in both languages, and what search engines leave alone."""

from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import SitemapIndexItem
from django.core.paginator import EmptyPage, Page, Paginator
from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import override

from commitments.models import Commitment, Pledge, ProgressUpdate, is_public
from members.models import City, Region
from practices.models import Practice, Revision
from scn_portal.base.http.public import public_page
from scn_portal.base.languages import CODES
from scn_portal.base.links import absolute_url
from scn_portal.base.models import PublicRecord

# Each row is two addresses of four links: more rows would take seconds to build.
ROWS_PER_FILE = 500
PAGES = (
    "home", "city_list", "commitment_list", "pledge_list", "matrix", "charts", "practice_list", "changes", "compare",
    "declaration", "newsletter", "about", "contact", "join", "operator", "method", "worried", "guide", "privacy",
    "accessibility", "legal", "open_data", "data_dictionary", "api_docs",
)  # fmt: skip
# Where workspaces, the moderation desk, accounts and the admin begin: nobody should find these by searching.
CLOSED = ("my_city", "desk", "account_login", "admin:index")


class BilingualPaginator(Paginator):
    """Pages of (row, language). Reads only the rows of a page, where Django's sitemap reads all rows for every file."""

    def page(self, number):
        page = super().page(number)
        page.object_list = [(row, code) for row in page.object_list for code in CODES]
        return page


class KeyRangePaginator(BilingualPaginator):
    """Each page has the rows of a range of ROWS_PER_FILE keys: however many there are, no row before it is read.

    Where rows are not public, a page has fewer, or none.
    """

    object_list: QuerySet

    def page(self, number):
        number = self.validate_number(number)
        first = self._ends[0] + (number - 1) * self.per_page
        rows = self.object_list.filter(pk__gte=first, pk__lt=first + self.per_page)
        return Page([(row, code) for row in rows for code in CODES], number, self)

    @cached_property
    def num_pages(self) -> int:
        first, last = self._ends
        return (last - first) // self.per_page + 1

    @cached_property
    def _ends(self) -> tuple[int, int]:
        """The first and the last key."""
        keys = self.object_list.values_list("pk", flat=True)
        ends = list(keys.order_by("pk")[:1].union(keys.order_by("-pk")[:1], all=True))
        return (min(ends), max(ends)) if ends else (0, 0)


class PublicSitemap(Sitemap):
    """A section of the site map. Addresses are on SITE_URL, whatever the Host header is."""

    i18n = alternates = True

    @property
    def paginator(self) -> Paginator:
        return BilingualPaginator(self.items(), ROWS_PER_FILE)  # type: ignore[arg-type]  # a tuple or a queryset

    def get_protocol(self, protocol: str | None = None) -> str:
        return urlsplit(settings.SITE_URL).scheme

    def get_domain(self, site: object = None) -> str:
        return urlsplit(settings.SITE_URL).netloc

    def get_urls(self, page=1, site=None, protocol=None) -> list[dict]:
        """As Django's, with `x-default` added: its own takes the default language to have no prefix."""
        urls = super().get_urls(page, site, protocol)
        for url in urls:
            default = next(link for link in url["alternates"] if link["lang_code"] == settings.LANGUAGE_CODE)
            url["alternates"].append({"location": default["location"], "lang_code": "x-default"})
        return urls


class PageSitemap(PublicSitemap):
    """The pages that are not made of one row."""

    def items(self) -> tuple[str, ...]:
        return PAGES

    def location(self, item: str) -> str:
        return reverse(item)


class RowSitemap(PublicSitemap):
    """Rows with a page of their own and a `changed_at`, which may be None."""

    @property
    def paginator(self) -> Paginator:
        return KeyRangePaginator(self.items(), ROWS_PER_FILE)  # type: ignore[arg-type]  # a queryset

    def lastmod(self, item):
        return item.changed_at


class CitySitemap(RowSitemap):
    """The listed cities, each with when something on its page last changed."""

    def items(self) -> QuerySet[City]:
        city_events = apps.get_model("members.CityEvent").objects
        published = Revision.objects.live().order_by()
        updates = ProgressUpdate.objects.filter(is_public("pledge__")).order_by()
        return (
            City.objects.listed()
            .order_by("pk")
            .annotate(
                # Its records hold the last change of all that is public of it; where it has none, its rows do.
                changed_at=Coalesce(
                    _latest(PublicRecord.objects.order_by(), "city_key", "changed_at"),
                    Greatest(
                        _latest(city_events.order_by(), "pgh_obj", "pgh_created_at"),
                        _latest(Pledge.objects.public().order_by(), "city", "updated_at"),
                        _latest(updates, "pledge__city", "created_at"),
                        _latest(updates, "pledge__city", "taken_down_at"),
                        _latest(published, "practice__city", "published_at"),
                    ),
                )
            )
        )


class CommitmentSitemap(RowSitemap):
    """The commitments, each with when a pledge or a practice under it last changed."""

    def items(self) -> QuerySet[Commitment]:
        published = Revision.objects.live().order_by()
        return Commitment.objects.of_melbourne().annotate(
            changed_at=Greatest(
                _latest(Pledge.objects.public().order_by(), "commitment", "updated_at"),
                _latest(published, "commitments", "published_at"),
            )
        )


class PracticeSitemap(RowSitemap):
    """The published practices, each with when its live revision appeared."""

    def items(self) -> QuerySet[Practice]:
        live = Revision.objects.live().order_by()
        public = Practice.objects.filter(revisions__in=live).order_by("pk")
        return public.annotate(changed_at=_latest(live, "practice", "published_at"))


class PledgeSitemap(RowSitemap):
    """The pledges of the listed cities, each with when it, or a report on it, last changed."""

    def items(self) -> QuerySet[Pledge]:
        updates = ProgressUpdate.objects.filter(is_public("pledge__")).order_by()
        return (
            Pledge.objects.of_listed_cities()
            .order_by("pk")
            .annotate(
                changed_at=Greatest(
                    "updated_at",
                    _latest(updates, "pledge", "created_at"),
                    _latest(updates, "pledge", "taken_down_at"),
                )
            )
        )


class CountrySitemap(PublicSitemap):
    """The countries of listed cities."""

    def items(self) -> list[str]:
        codes = City.objects.listed().order_by("country").values_list("country", flat=True).distinct()
        return [str(code).lower() for code in codes]

    def location(self, item: str) -> str:
        return reverse("country", args=[item])


class RegionSitemap(PublicSitemap):
    """The regions of listed cities."""

    def items(self) -> list[str]:
        regions = Region.objects.filter(cities__in=City.objects.listed())
        return list(regions.order_by("slug").values_list("slug", flat=True).distinct())

    def location(self, item: str) -> str:
        return reverse("region", args=[item])


def _latest(rows: QuerySet, owner: str, moment: str) -> Subquery:
    """The greatest `moment` among the `rows` that belong, by `owner`, to a row of the outer query."""
    latest = rows.filter(**{owner: OuterRef("pk")}).values(owner).annotate(latest=Max(moment))
    return Subquery(latest.values("latest"))


SECTIONS = {
    "pages": PageSitemap,
    "commitments": CommitmentSitemap,
    "cities": CitySitemap,
    "practices": PracticeSitemap,
    "pledges": PledgeSitemap,
    "countries": CountrySitemap,
    "regions": RegionSitemap,
}

# Django's own views of these take the host from the request, and set a Last-Modified that would let a client keep
# what was taken down.


@public_page()
def index(request) -> HttpResponse:
    """The files of the site map: one a section, and more where a section is long."""
    files = [
        SitemapIndexItem(absolute_url(reverse("sitemap", args=[name, number])))
        for name, section in SECTIONS.items()
        for number in section().paginator.page_range
    ]
    return render(request, "sitemap_index.xml", {"sitemaps": files}, content_type="application/xml; charset=utf-8")


@public_page()
def section(request, name: str, number: int) -> HttpResponse:
    """One file of the site map. 404 for a section or a number that does not exist."""
    try:
        urls = SECTIONS[name]().get_urls(page=number)
    except (KeyError, EmptyPage):
        raise Http404 from None
    return render(request, "site/sitemaps/section.xml", {"urlset": urls}, content_type="application/xml; charset=utf-8")


@public_page()
def robots(request) -> HttpResponse:
    """robots.txt: searches and workspaces are left alone; a demo, which repeats real pages, wholly."""
    closed = ["/"] if settings.DEMO else [_path(name, code) for code in CODES for name in CLOSED]
    searches = [] if settings.DEMO else ["/*?q=", "/*&q="]
    # All of accounts/, not only the login page.
    closed = [path.removesuffix("login/") for path in closed]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed + searches)]
    lines += ["", f"Sitemap: {absolute_url(reverse('sitemap_index'))}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


def _path(name: str, language: str) -> str:
    with override(language):
        return reverse(name)

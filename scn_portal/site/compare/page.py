"""Two to four cities side by side."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.text import slugify
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from commitments.models import Commitment, Pledge
from members.models import City
from practices.models import Revision
from scn_portal.base.http.public import public_page
from scn_portal.site.cities.activity import by_activity

MIN_CITIES, MAX_CITIES = 2, 4
# The most for all compared cities together: more than there are, so that the page has a limit.
MAX_PLEDGES, MAX_PRACTICES = 200, 100
MAX_CHOICES = 300
# The columns that are read to show only the title of a row.
TITLE = ("title_fr", "title_en", "source_language", "source_changed_at", "translation_changed_at")


@dataclass
class ComparedCity:
    """A city as a column of the table. `city.active_at` is the time of its last public change."""

    city: City
    pledges: dict[int, list[Pledge]] = field(default_factory=lambda: defaultdict(list))  # by commitment
    practices: list[Revision] = field(default_factory=list)


@public_page("city")
def compare(request):
    """A form to choose cities, and the table of the chosen ones. Slugs that belong to no listed city are left out, with
    a notice.

    If there are more than MAX_CHOICES cities, there is no list to choose from: their names are typed.
    """
    language = get_language()
    slugs = _requested(request.GET.getlist("city"))
    choices = _choices(language)
    meant = {slug: slug for slug in slugs if slug in {city.slug for city in choices}} if choices else _meant(slugs)
    known = list(dict.fromkeys(meant.values()))
    columns = _columns(known[:MAX_CITIES], language) if len(known) >= MIN_CITIES else []
    context = {
        "choices": choices,
        "fields": [(number, _chosen(known, number)) for number in range(1, MAX_CITIES + 1)],
        "unknown": [slug for slug in slugs if slug not in meant],
        "is_too_many": len(known) > MAX_CITIES,
        "is_too_few": len(known) == 1,
        "columns": columns,
        "facts": _facts(columns),
        "rows": _rows(columns) if columns else [],
    }
    return render(request, "site/compare/compare.html", context)


def _choices(language: str) -> list[City]:
    """The listed cities by name; none if there are too many to choose from a list."""
    cities = City.objects.listed().by_name(language).only("slug", "name_en", "name_fr", "country")
    few = list(cities[: MAX_CHOICES + 1])
    return few if len(few) <= MAX_CHOICES else []


def _meant(asked: list[str]) -> dict[str, str]:
    """The slugs of listed cities by the text in `asked` that names each of them: its slug, or its name as it was
    typed."""
    listed = City.objects.listed()
    slugs = set(listed.filter(slug__in=asked).values_list("slug", flat=True)) if asked else set()
    meant = {words: words if words in slugs else listed.slug_meant_by(slugify(words)) for words in asked}
    return {words: slug for words, slug in meant.items() if slug}


def _requested(slugs: Iterable[str]) -> list[str]:
    """The slugs in the query, without duplicates, in a form that can be shown."""
    shown = (slug.replace("\0", "\ufffd").strip()[:120] for slug in slugs)
    return list(dict.fromkeys(slug for slug in shown if slug))[: 2 * MAX_CITIES]


def _chosen(slugs: list[str], number: int) -> str:
    """The value that is chosen in the field `number` of the form."""
    return slugs[number - 1] if number <= len(slugs) else ""


def _columns(slugs: list[str], language: str) -> list[ComparedCity]:
    """The cities, in the order of `slugs`, with their pledges and practices, in three queries."""
    found = by_activity(City.objects.listed().filter(slug__in=slugs).select_related("region"), language)
    columns = {city.pk: ComparedCity(city) for city in found}
    for pledge in _pledges(columns)[:MAX_PLEDGES]:
        columns[pledge.city_id].pledges[pledge.commitment_id].append(pledge)
    for revision in _revisions(columns)[:MAX_PRACTICES]:
        columns[revision.practice.city_id].practices.append(revision)
    return sorted(columns.values(), key=lambda column: slugs.index(column.city.slug))


def _pledges(cities: Iterable[int]) -> QuerySet[Pledge]:
    pledges = Pledge.objects.public().since_declaration().filter(city__in=list(cities))
    return pledges.only("city", "commitment", "status", *TITLE).order_by("created_at", "pk")


def _revisions(cities: Iterable[int]) -> QuerySet[Revision]:
    live = Revision.objects.live().filter(practice__city__in=list(cities)).select_related("practice")
    return live.only("practice__slug", "practice__city", "outdated", *TITLE).order_by("-published_at", "-pk")


def _facts(columns: list[ComparedCity]) -> list[tuple[str, list[str]]]:
    """The facts about each city in words: a label, and a value for each column."""
    cities = [column.city for column in columns]
    unknown, never = gettext("not known"), gettext("Nothing recorded")
    populations = [city.population and number_format(city.population, force_grouping=True) for city in cities]
    changes = [city.active_at and date_format(timezone.localtime(city.active_at)) for city in cities]
    return [
        (gettext("Country"), [city.country.name for city in cities]),
        (gettext("In the network"), [str(city.get_status_display()) for city in cities]),
        (gettext("Year joined"), [str(city.joined_year or unknown) for city in cities]),
        (gettext("Population"), [population or unknown for population in populations]),
        (gettext("Last change"), [change or never for change in changes]),
    ]


def _rows(columns: list[ComparedCity]) -> list[tuple[Commitment, list[list[Pledge]]]]:
    """Each of the seven commitments with the pledges of each city under it, in one query."""
    return [
        (commitment, [column.pledges.get(commitment.pk, []) for column in columns])
        for commitment in Commitment.objects.of_melbourne()
    ]


urlpatterns = [path(_("compare/"), compare, name="compare")]

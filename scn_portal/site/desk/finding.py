"""Finding anything: one search over practices, pledges, progress updates, cities and people, and the way from a public
page to its page on the desk."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial, reduce
from operator import and_, or_
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db.models import Case, IntegerField, Prefetch, Q, QuerySet, Value, When
from django.urls import Resolver404, resolve, reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, get_language_from_path, override
from django.utils.translation import gettext_lazy as _

from commitments.models import Pledge, ProgressUpdate
from commitments.models.pledges import NOT_IN_BRIEF
from commitments.models.progress import said_in
from members.models import City, Membership, User
from practices.choices import HIDDEN_FROM_MODERATORS, Status
from practices.models import Practice, Revision
from practices.models.practice import TITLES
from scn_portal.base.languages import CODES
from scn_portal.base.search.full_text import CONFIGURATIONS, TermQuery
from scn_portal.base.search.plain import PlainlyContains
from scn_portal.base.search.query import Term
from scn_portal.base.statements import BY_WORDS, IN_ORDER, fetch
from scn_portal.site.desk.filters import MAX_WORDS, words_of

SHOWN_OF_EACH = 20
# The most revisions that are read, the newest of those that match. A practice may have many; one of each is shown.
LOOKED_AT = 5 * SHOWN_OF_EACH
# A word in the names of more than MAX_NAMED cities or people is not treated as a name. MAX_OF_THEM is the most rows
# that are found by names, or by an index of words.
MAX_NAMED, MAX_OF_THEM = 50, 2_000
# The most titles that are found for a word, those submitted last.
MAX_TITLES = 200


@dataclass(frozen=True)
class Section:
    """What was found of one kind: at most SHOWN_OF_EACH rows, and whether there are more."""

    key: str
    label: str | Promise
    rows: list
    has_more: bool


def find(typed: str, user: User) -> list[Section]:
    """The sections with rows that have all the words of `typed`; at most eight words count. A few queries per word."""
    words = words_of(typed).split()[:MAX_WORDS]
    if not words:
        return []
    named = cache(cities_named)  # two kinds ask for them
    found = [_section(key, label, rows(user, words, named)) for key, label, rows in KINDS]
    return [section for section in found if section.rows]


def _section(key: str, label: str | Promise, rows: QuerySet) -> Section:
    first = list(rows[: SHOWN_OF_EACH + 1])
    return Section(key, label, first[:SHOWN_OF_EACH], len(first) > SHOWN_OF_EACH)


def has_all(words: Iterable[str], has: Callable[[str], Q]) -> Q:
    """The condition that a row has each of `words`; `has(word)` is the condition for one."""
    return reduce(and_, (has(word) for word in words), Q())


def contains(word: str, *paths: str) -> Q:
    """The condition that one of the fields at `paths` contains `word`, ignoring accents and case."""
    return reduce(or_, (Q(**{f"{path}__plainly": word}) for path in paths))


def in_both(*names: str) -> list[str]:
    """The columns of translated fields."""
    return [f"{name}_{code}" for name in names for code in CODES]


def _in_full_text(word: str) -> Q:
    term = Term(word, 0)
    return reduce(or_, (Q(**{f"search_{code}": TermQuery(term, CONFIGURATIONS[code])}) for code in CODES))


def _in_titles(word: str) -> Q:
    """The condition that a revision has `word` in a title, or in the original name of the practice."""
    return Q(PlainlyContains(TITLES, word))


Named = Callable[[str], list[int]]

# The conditions below use one table only, and the keys of others are read first. So an index serves each alternative; a
# subquery among them would make the database read every row.


def cities_named(word: str) -> list[int]:
    """The keys of the cities with `word` in their names; none if there are many."""
    return _few(City.objects.named(word))


def people_named(word: str, *fields: str) -> list[int]:
    """The keys of the people with `word` in one of `fields`; none if there are many."""
    return _few(User.objects.filter(contains(word, *fields)))


def _few(rows: QuerySet) -> list[int]:
    keys = list(rows.order_by().values_list("pk", flat=True)[: MAX_NAMED + 1])
    return keys if len(keys) <= MAX_NAMED else []


def practices_of(cities: list[int]) -> list[int]:
    """The keys of the practices of `cities`; only the latest if there are many."""
    rows = Practice.objects.filter(city__in=cities).order_by("-pk").values_list("pk", flat=True)
    return list(rows[:MAX_OF_THEM]) if cities else []


def practice_has(word: str, named: Named = cities_named) -> Q:
    """The condition that a revision has `word` in its text, its author or the name of its city."""
    theirs = Q(practice__in=practices_of(named(word))) | Q(author__in=people_named(word, "name", "email"))
    return _in_full_text(word) | _in_titles(word) | theirs


def pledge_has(word: str, named: Named = cities_named) -> Q:
    """The condition that a pledge has `word` in its text or the name of its city."""
    return _in_full_text(word) | contains(word, *in_both("title")) | Q(city__in=named(word))


def decision_has(word: str) -> tuple[Q, bool]:
    """The condition that a decision has `word` in its reason, in the title of its text, or in the name of the city or
    of the person who decided; and whether more titles have it than the MAX_TITLES submitted last, which are the only
    ones found."""
    texts = _in_titles(word) | Q(practice__in=practices_of(cities_named(word)))
    revisions = Revision.objects.filter(texts, submitted_at__isnull=False).order_by("-submitted_at", "-pk")
    some = revisions.values_list("pk", flat=True)[: MAX_TITLES + 1]
    keys = [key for (key,) in fetch(some.db, *some.query.sql_with_params(), off=IN_ORDER)]
    found = contains(word, "reason") | Q(revision__in=keys[:MAX_TITLES]) | Q(by__in=people_named(word, "name"))
    return found, len(keys) > MAX_TITLES


def update_has(word: str) -> Q:
    """The condition that a progress update, with `said_fr` and `said_en`, has `word` in its text."""
    term = Term(word, 0)
    return reduce(or_, (Q(**{f"said_{code}": TermQuery(term, CONFIGURATIONS[code])}) for code in CODES))


def _practices(user: User, words: list[str], named: Named) -> QuerySet:
    """One revision that matches for each practice: preferably the public one, then one that waits."""
    rank = Case(
        When(status=Status.PUBLISHED, then=Value(0)),
        When(status__in=[Status.SUBMITTED, Status.SCHEDULED], then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    known = Revision.objects.of_other_cities(user).filter(submitted_at__isnull=False).exclude(status=Status.DRAFT)
    found = (
        known.filter(has_all(words, partial(practice_has, named=named)))
        .order_by("-submitted_at", "-pk")
        .values("pk")[:LOOKED_AT]
    )
    best = Revision.objects.filter(pk__in=found).order_by("practice", rank, "-number").distinct("practice")
    shown = Revision.objects.filter(pk__in=best.values("pk"))
    return shown.without_long_texts().select_related("practice__city").order_by("-submitted_at", "-pk")


def _pledges(user: User, words: list[str], named: Named) -> QuerySet:
    return published_pledges().filter(has_all(words, partial(pledge_has, named=named))).order_by("-published_at", "-pk")


def published_pledges() -> QuerySet[Pledge]:
    """The pledges that are, or were, public, with their cities."""
    published = Pledge.objects.filter(published_at__isnull=False).in_brief()
    return published.select_related("city__region")


def _updates(user: User, words: list[str], named: Named) -> QuerySet:
    said = ProgressUpdate.objects.alias(**{f"said_{code}": said_in(code) for code in CODES})
    found = said.filter(has_all(words, update_has))
    keys = _found_by_words(found)
    # So many rows have a common word that reading the newest ones soon finds enough.
    rows = found if keys is None else ProgressUpdate.objects.filter(pk__in=keys)
    shown = rows.filter(pledge__published_at__isnull=False).select_related("pledge__city")
    return shown.defer(*(f"pledge__{name}" for name in NOT_IN_BRIEF)).order_by("-reported_on", "-pk")


def _found_by_words(rows: QuerySet) -> list[int] | None:
    """The keys of `rows`, found by the index of their words; None if there are more than MAX_OF_THEM."""
    some = rows.order_by().values_list("pk")[: MAX_OF_THEM + 1]
    keys = [key for (key,) in fetch(rows.db, *some.query.sql_with_params(), off=BY_WORDS)]
    return keys if len(keys) <= MAX_OF_THEM else None


def _cities(user: User, words: list[str], named: Named) -> QuerySet:
    rows = City.objects.select_related("region").by_name(get_language())
    return rows.filter(has_all(words, lambda word: contains(word, *in_both("name"), "slug")))


def _people(user: User, words: list[str], named: Named) -> QuerySet:
    roles = Prefetch("memberships", Membership.objects.select_related("city"), to_attr="roles")
    has_them = has_all(words, lambda word: contains(word, "name", "email", "function"))
    return User.objects.filter(has_them).order_by("name", "pk").prefetch_related(roles)


KINDS: tuple[tuple[str, str | Promise, Callable[[User, list[str], Named], QuerySet]], ...] = (
    ("practices", _("Practices"), _practices),
    ("pledges", _("Pledges"), _pledges),
    ("updates", _("Progress updates"), _updates),
    ("cities", _("Cities"), _cities),
    ("people", _("People"), _people),
)


# --- From a public page to the desk ----------------------------------------------------------------------------------


def path_in(typed: str) -> str:
    """The path in `typed`, if it is the address of a page of this portal, or a path; else ""."""
    typed = typed.strip()
    if typed.startswith("/"):
        return unquote(urlsplit(typed).path)
    try:
        parts = urlsplit(typed)
    except ValueError:  # such as a [ without its ]
        return ""
    ours = urlsplit(settings.SITE_URL).netloc
    return unquote(parts.path) if parts.scheme in ("http", "https") and parts.netloc == ours else ""


def desk_page_of(path: str, user: User) -> str:
    """The path of the desk's page about the public page at `path`; "" if there is none for `user`."""
    try:
        with override(get_language_from_path(path) or get_language()):
            match = resolve(path)
    except Resolver404:
        return ""
    find_page = PAGES.get(match.url_name or "")
    return find_page(user, **match.kwargs) if find_page else ""


def desk_path_of(revision: Revision) -> str:
    """The path of the page of `revision` on the desk; "" if only its city may read it."""
    return "" if revision.status in HIDDEN_FROM_MODERATORS else reverse("desk_revision", args=[revision.pk])


def _practice_page(user: User, *, slug: str, **rest) -> str:
    theirs = (
        Revision.objects.of_other_cities(user).filter(practice__slug=slug).exclude(status__in=HIDDEN_FROM_MODERATORS)
    )
    # The public text, which is on that page; the newest one if it was taken down.
    live_first = Case(When(status=Status.PUBLISHED, then=Value(0)), default=Value(1), output_field=IntegerField())
    revision = theirs.order_by(live_first, "-number").first()
    return desk_path_of(revision) if revision else ""


def _city_page(user: User, *, slug: str, **rest) -> str:
    return reverse("desk_city", args=[slug]) if City.objects.filter(slug=slug).exists() else ""


def _pledge_page(user: User, *, pk: int) -> str:
    return reverse("desk_pledge", args=[pk]) if published_pledges().filter(pk=pk).exists() else ""


PAGES: dict[str, Callable[..., str]] = {
    "practice_detail": _practice_page,
    "document": _practice_page,
    "city_detail": _city_page,
    "pledge_detail": _pledge_page,
}

"""What an issue contains for readers of one language who follow one set of topics. Only reads."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext, ngettext, override

from commitments.models import Pledge, is_public
from digests import topics
from digests.issues.choosing import items_of, newest_of
from digests.issues.entries import NewsEntry, Read, entries_of, read, read_shown
from digests.models import Issue, Item, ItemKind
from digests.topics import Topic
from members.models import City, is_shown
from practices.models import Revision
from scn_portal.base.languages import Text
from scn_portal.base.links import absolute_url
from scn_portal.base.totals import Total

# How many entries of a kind a mail shows under one heading, and how many in all: mail programs cut off a longer mail.
# The rest is counted and linked.
MAX_ENTRIES = {
    ItemKind.PRACTICE: 12,
    ItemKind.PLEDGE: 8,
    ItemKind.DONE: 8,
    ItemKind.MEMBER: 12,
    ItemKind.DEADLINE: 8,
}
MAX_ENTRIES_IN_ALL = 30
MAX_CITIES_IN_SUBJECT = 3
# A page counts and chooses among so many of a kind: an issue may have thousands.
MAX_ON_PAGES = 100
MAX_CITIES_READ = 20  # so many at most are read for their names: some have the same
LIST_PAGES = {ItemKind.PRACTICE: "practice_list", ItemKind.MEMBER: "city_list"}


@dataclass(frozen=True)
class NewsSection:
    """The newest entries of one kind, how many there are in all, and the link to the rest."""

    kind: ItemKind
    entries: list[NewsEntry]
    total: Total
    link: str

    @property
    def more(self) -> Total:
        return Total(max(0, self.total.number - len(self.entries)), self.total.is_exact)


@dataclass(frozen=True)
class TopicGroup:
    """What concerns one topic that the reader follows; everything, without a topic."""

    topic: Topic | None
    sections: list[NewsSection]


@dataclass(frozen=True)
class Contents:
    """What an issue contains for one kind of reader. False where nothing of it is public any more, or for them.

    `numbers` counts all, `entries` are those that it shows, `cities` the names in a subject: some of the first kind.
    """

    introduction: Text
    groups: list[TopicGroup]
    numbers: Mapping[ItemKind, Total]
    cities: list[str]

    def __bool__(self) -> bool:
        return bool(self.numbers)

    @property
    def entries(self) -> list[NewsEntry]:
        return [entry for group in self.groups for section in group.sections for entry in section.entries]

    @property
    def subject(self) -> str:
        """A summary, in the active language: “2 practices newly recorded, 1 pledge newly recorded: Oslo, Montréal…”."""
        first, *others = _in_order(self.numbers)
        parts = [_counted(kind, self.numbers[kind]) for kind in (first, *others[:1])]
        more = "…" if len(self.cities) > MAX_CITIES_IN_SUBJECT or len(others) > 1 else ""
        context = {"news": ", ".join(parts), "cities": ", ".join(self.cities[:MAX_CITIES_IN_SUBJECT])}
        return gettext("%(news)s: %(cities)s") % context + more


def _in_order(numbers: Mapping[ItemKind, Total]) -> list[ItemKind]:
    return [kind for kind in ItemKind if kind in numbers]


def _counted(kind: ItemKind, total: Total) -> str:
    count = total.number
    words = {
        ItemKind.PRACTICE: ngettext("%(count)s practice newly recorded", "%(count)s practices newly recorded", count),
        ItemKind.PLEDGE: ngettext("%(count)s pledge newly recorded", "%(count)s pledges newly recorded", count),
        ItemKind.DONE: ngettext("%(count)s pledge completed", "%(count)s pledges completed", count),
        ItemKind.MEMBER: ngettext("%(count)s new member", "%(count)s new members", count),
        ItemKind.DEADLINE: ngettext("%(count)s upcoming deadline", "%(count)s upcoming deadlines", count),
    }
    return words[kind] % {"count": count if total.is_exact else total.in_words()}


class _Row(Protocol):
    """What entries and keys have in common: enough to choose what is shown."""

    @property
    def item(self) -> int: ...

    @property
    def kind(self) -> ItemKind: ...


@dataclass(frozen=True)
class Key:
    """An item before it is read: enough to count it and to choose it."""

    item: int
    kind: ItemKind
    city: int


def get_contents(
    issue: Issue,
    language: str,
    *,
    last_item_id: int | None = None,
    follows: tuple[str, ...] = (),
    entries: Sequence[NewsEntry] | None = None,
) -> Contents:
    """The contents of `issue`, the newest first, for readers of `language` who follow the topics `follows`.

    Without topics they get everything. `last_item_id` is the last item they have been sent; None stands for the last
    one before this issue. `entries` are what `read_entries` has read, if it has: the same for all topics.
    """
    if not follows:
        return contents_of(issue, keys_of(_public_items(issue, last_item_id)), language)
    if entries is None:
        entries = read_entries(issue, language, last_item_id)
    by_topic = _by_topic(entries, list(follows), language)
    told = [row for rows in by_topic.values() for row in rows]
    groups = _group(_share_out(by_topic), {entry.item: entry for entry in told}, language)
    numbers = _count(told)
    cities = dict.fromkeys(entry.city.value for entry in told if entry.kind == _in_order(numbers)[0])
    return Contents(issue.text("introduction", language), groups, numbers, list(cities))


def contents_of(
    issue: Issue,
    keys: Sequence[Key],
    language: str,
    cut: Collection[ItemKind] = (),
    reading: Callable[[tuple[int, ...]], Read] | None = None,
) -> Contents:
    """The same for those who get everything, of its `keys`: reads only what is shown. Of the kinds in `cut` there are
    more than the keys say. `reading` may know already what is shown, from another language."""
    introduction = issue.text("introduction", language)
    shares = _share_out({None: keys}, cut)
    shown = tuple(item for shared in shares.values() for share in shared for item in share.shown)
    entries = entries_of(*(reading or read_shown)(shown), language)
    numbers = _count(keys, cut)
    groups = _group(shares, {entry.item: entry for entry in entries}, language)
    first = {key.item: key.city for key in keys if key.kind == _in_order(numbers)[0]}
    names = dict.fromkeys(entry.city.value for entry in entries if entry.item in first)
    if len(names) <= MAX_CITIES_IN_SUBJECT and not first.keys() <= set(shown):
        return Contents(introduction, groups, numbers, _names(list(first.values()), language))
    return Contents(introduction, groups, numbers, list(names))


def _count(rows: Iterable[_Row], cut: Collection[ItemKind] = ()) -> dict[ItemKind, Total]:
    return {kind: _total(kind, number, cut) for kind, number in Counter(row.kind for row in rows).items()}


def _total(kind: ItemKind, number: int, cut: Collection[ItemKind]) -> Total:
    """`number`, or more than all but one of them: the last was only read to know that there is one."""
    return Total(number - 1, is_exact=False) if kind in cut and number > 1 else Total(number)


def _names(cities: Sequence[int], language: str) -> list[str]:
    """The names of `cities`, each once, in their order: as many as a subject may need."""
    few = list(dict.fromkeys(cities))[:MAX_CITIES_READ]
    found = City.objects.in_bulk(few)
    return list(dict.fromkeys(found[pk].text("name", language).value for pk in few))


def _by_topic(entries: Sequence[NewsEntry], follows: list[str], language: str) -> dict[Topic | None, list[NewsEntry]]:
    """The entries that concern `follows`, each under the first topic that it belongs to."""
    names = {topic.key: topic for topic in topics.name_topics(follows, language)}
    found = {key: _found_by(key, entries) for key in follows if key.startswith("search:")}
    under: dict[str, list[NewsEntry]] = {key: [] for key in follows if key in names}
    for entry in entries:
        matches = (key for key in under if key in entry.topics or entry.item in found.get(key, ()))
        if (key := next(matches, None)) is not None:
            under[key].append(entry)
    return {names[key]: rows for key, rows in under.items() if rows}


@dataclass(frozen=True)
class _Share:
    """What a mail shows of one kind, by the numbers of the items, and how many there are in all."""

    kind: ItemKind
    shown: list[int]
    total: Total


def _share_out(
    by_topic: Mapping[Topic | None, Sequence[_Row]], cut: Collection[ItemKind] = ()
) -> dict[Topic | None, list[_Share]]:
    """The newest of each topic and kind, at most MAX_ENTRIES_IN_ALL of them."""
    room, shares = MAX_ENTRIES_IN_ALL, dict[Topic | None, list[_Share]]()
    for topic, rows in by_topic.items():
        shares[topic] = []
        for kind in ItemKind:
            if of_kind := [row.item for row in rows if row.kind == kind]:
                shown = of_kind[: min(MAX_ENTRIES[kind], room)]
                room -= len(shown)
                shares[topic].append(_Share(kind, shown, _total(kind, len(of_kind), cut)))
    return shares


def _group(
    shares: Mapping[Topic | None, list[_Share]], entries: Mapping[int, NewsEntry], language: str
) -> list[TopicGroup]:
    """What is shown, by topic and kind. One that was taken down since it was counted is left out."""
    groups = []
    with override(language):
        for topic, shared in shares.items():
            sections = []
            for share in shared:
                link = topic.link if topic else reverse(LIST_PAGES.get(share.kind, "commitment_list"))
                shown = [entries[item] for item in share.shown if item in entries]
                sections.append(NewsSection(share.kind, shown, share.total, absolute_url(link)))
            groups.append(TopicGroup(topic, sections))
    return groups


def _found_by(key: str, entries: Sequence[NewsEntry]) -> set[int]:
    """The ids of those items that are practices found by the search of the topic `key`."""
    items = [entry.item for entry in entries if entry.kind == ItemKind.PRACTICE]
    if not items:
        return set()
    found = topics.practice_search(key.partition(":")[2]).complete.order_by().values("practice")
    return set(Item.objects.filter(pk__in=items, practice__in=found).values_list("pk", flat=True))


# --- From the database -----------------------------------------------------------------------------------------------


def _public_items(issue: Issue, after: int | None) -> QuerySet[Item]:
    """Items of `issue` whose subject is public now, for a reader who has got those up to `after`."""
    return public_among(items_of(issue, after))


def read_state(issue: Issue, after: int | None = None) -> list:
    """Equal to an earlier state as long as the items of `issue` after `after` have the same text and are public.

    A revision never changes; pledges and milestones are compared by their stamps and words.
    """
    live = Revision.objects.live().filter(practice=OuterRef("practice")).order_by()
    rows = _public_items(issue, after).order_by("pk").annotate(live=Subquery(live.values("pk")[:1]))
    stamps = (
        "pledge__updated_at",
        "milestone__due_on",
        "milestone__due_precision",
        "milestone__title_fr",
        "milestone__title_en",
    )
    return list(rows.values_list("pk", "live", *stamps, "milestone__pledge__updated_at"))


def keys_for_page(issue: Issue) -> tuple[list[Key], set[ItemKind]]:
    """What `issue` is about, whatever staff took out of it, the newest first; and the kinds that have more.

    A page costs the same however much is new: of a kind, it counts up to MAX_ON_PAGES.
    """
    newest, cut = newest_of(issue, MAX_ON_PAGES)
    return keys_of(public_among(newest)), cut


def contents_for_page(
    issue: Issue, languages: Sequence[str], keys: Sequence[Key], cut: Collection[ItemKind]
) -> dict[str, Contents]:
    """The contents of `issue` for those who get everything, in each of `languages`, of the keys that `keys_for_page`
    found."""
    told = _told(issue, keys)
    reading = cache(read_shown)  # for this page alone
    return {language: contents_of(issue, told, language, cut, reading) for language in languages}


def subject_for_page(issue: Issue, language: str) -> str:
    """The subject of their email, in the active language; "" where nothing is new. Nothing but names is read."""
    keys, cut = keys_for_page(issue)
    if not (told := _told(issue, keys)):
        return ""
    numbers = _count(told, cut)
    cities = [key.city for key in told if key.kind == _in_order(numbers)[0]]
    return Contents(Text("", language), [], numbers, _names(cities, language)).subject


def _told(issue: Issue, keys: Sequence[Key]) -> list[Key]:
    """Those of `keys` that staff did not take out of `issue`."""
    chosen = items_of(issue).filter(pk__in=[key.item for key in keys])
    kept = set(chosen.values_list("pk", flat=True))
    return [key for key in keys if key.item in kept]


def keys_of(items: QuerySet[Item]) -> list[Key]:
    """`items` without practices that are not public, the newest first."""
    # Looked up for each: of an Exists, the database would make a table of all practices first.
    live = Subquery(Revision.objects.live().filter(practice=OuterRef("practice")).order_by().values("pk")[:1])
    rows = items.alias(live=live).filter(Q(practice=None) | Q(live__isnull=False)).order_by("-happened_at", "-pk")
    of = Coalesce("practice__city", "pledge__city", "milestone__pledge__city", "city")
    return [Key(item, ItemKind(kind), city) for item, kind, city in rows.values_list("pk", "kind", of)]


def read_entries(issue: Issue, language: str, after: int | None = None) -> list[NewsEntry]:
    """All that `issue` may tell a reader of `language` who has got the items up to `after`."""
    return entries_of(*read(_public_items(issue, after)), language)


def public_among(items: QuerySet[Item]) -> QuerySet[Item]:
    """Those of `items` whose subject is public now."""
    left = Q(city__status=City.Status.FORMER) | Q(pledge__city__status=City.Status.FORMER)
    left |= Q(city__isnull=False) & ~is_shown("city__")
    left |= Q(milestone__pledge__city__status=City.Status.FORMER)
    left |= Q(pledge__isnull=False) & ~is_public("pledge__")
    left |= Q(milestone__isnull=False) & ~is_public("milestone__pledge__")
    left |= Q(milestone__taken_down_at__isnull=False)
    undone = Q(kind=ItemKind.DONE) & ~Q(pledge__status=Pledge.Status.DONE)
    undone |= Q(kind=ItemKind.DONE, before_declaration__isnull=False)
    before = Pledge.objects.before_declaration().filter(pk=OuterRef("pledge")).order_by().values("pk")
    items = items.alias(before_declaration=Subquery(before[:1]))
    return items.exclude(left).exclude(undone).exclude(kind=ItemKind.DEADLINE, milestone__done_on__isnull=False)

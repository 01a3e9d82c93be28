"""What an issue contains for readers of one language who follow one set of topics. Only reads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext, ngettext, override

from commitments.models import Commitment, Pledge, is_public
from digests import topics
from digests.issues.choosing import items_of
from digests.models import Issue, Item, ItemKind
from digests.topics import Topic
from members.models import City, is_shown
from practices.models import Revision
from scn_portal.base import markdown
from scn_portal.base.languages import Text
from scn_portal.base.links import absolute_url

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
MAX_SUMMARY_WORDS = 60
MAX_CITIES_IN_SUBJECT = 3
LIST_PAGES = {ItemKind.PRACTICE: "practice_list", ItemKind.MEMBER: "city_list"}


@dataclass(frozen=True)
class CommitmentName:
    """One of the seven commitments, as an entry shows it."""

    number: int
    short: Text


@dataclass(frozen=True)
class NewsEntry:
    """One piece of news for a reader: each text in their language, or labelled as being in the other.

    `dated` is the date of the thing itself, in words, beside that of the issue.
    """

    item: int
    kind: ItemKind
    city: Text
    title: Text
    summary: Text
    link: str
    lines: list[CommitmentName] = field(default_factory=list)
    dated: str = ""
    topics: frozenset[str] = frozenset()

    @cached_property
    def opening(self) -> Text:
        """The first words of the summary."""
        return replace(
            self.summary, value=Truncator(" ".join(self.summary.value.split())).words(MAX_SUMMARY_WORDS, truncate="…")
        )

    @cached_property
    def opening_html(self) -> SafeString:
        return markdown.to_html(self.opening.value, language=self.opening.language, in_mail=True)


@dataclass(frozen=True)
class NewsSection:
    """The newest entries of one kind, how many there are in all, and the link to the rest."""

    kind: ItemKind
    entries: list[NewsEntry]
    total: int
    link: str

    @property
    def more(self) -> int:
        return self.total - len(self.entries)


@dataclass(frozen=True)
class TopicGroup:
    """What concerns one topic that the reader follows; everything, without a topic."""

    topic: Topic | None
    sections: list[NewsSection]


@dataclass(frozen=True)
class Contents:
    """What an issue contains for one kind of reader. False where nothing of it is public any more, or for them."""

    introduction: Text
    groups: list[TopicGroup]
    entries: list[NewsEntry]

    def __bool__(self) -> bool:
        return bool(self.entries)

    @property
    def subject(self) -> str:
        """A summary, in the active language: “2 practices newly recorded, 1 pledge newly recorded: Oslo, Montréal…”."""
        counts = {kind: sum(entry.kind == kind for entry in self.entries) for kind in ItemKind}
        first, *others = [(kind, count) for kind, count in counts.items() if count]
        parts = [_counted(*first), *(_counted(*other) for other in others[:1])]
        names = list(dict.fromkeys(entry.city.value for entry in self.entries if entry.kind == first[0]))
        more = "…" if len(names) > MAX_CITIES_IN_SUBJECT or len(others) > 1 else ""
        context = {"news": ", ".join(parts), "cities": ", ".join(names[:MAX_CITIES_IN_SUBJECT])}
        return gettext("%(news)s: %(cities)s") % context + more


def _counted(kind: ItemKind, count: int) -> str:
    words = {
        ItemKind.PRACTICE: ngettext("%(count)s practice newly recorded", "%(count)s practices newly recorded", count),
        ItemKind.PLEDGE: ngettext("%(count)s pledge newly recorded", "%(count)s pledges newly recorded", count),
        ItemKind.DONE: ngettext("%(count)s pledge completed", "%(count)s pledges completed", count),
        ItemKind.MEMBER: ngettext("%(count)s new member", "%(count)s new members", count),
        ItemKind.DEADLINE: ngettext("%(count)s upcoming deadline", "%(count)s upcoming deadlines", count),
    }
    return words[kind] % {"count": count}


def get_contents(
    issue: Issue, language: str, *, last_item_id: int | None = None, follows: tuple[str, ...] = ()
) -> Contents:
    """The contents of `issue`, the newest first, for readers of `language` who follow the topics `follows`.

    Without topics they get everything. `last_item_id` is the last item they have been sent; None stands for the last
    one before this issue.
    """
    entries = _read_entries(issue, last_item_id, language)
    introduction = issue.text("introduction", language)
    if not follows:
        return Contents(introduction, _group({None: entries}, language), entries)
    by_topic = _by_topic(entries, list(follows), language)
    return Contents(introduction, _group(by_topic, language), [row for rows in by_topic.values() for row in rows])


def _by_topic(entries: list[NewsEntry], follows: list[str], language: str) -> dict[Topic | None, list[NewsEntry]]:
    """The entries that concern `follows`, each under the first topic that it belongs to."""
    names = {topic.key: topic for topic in topics.name_topics(follows, language)}
    found = {key: _found_by(key, entries) for key in follows if key.startswith("search:")}
    under: dict[str, list[NewsEntry]] = {key: [] for key in follows if key in names}
    for entry in entries:
        matches = (key for key in under if key in entry.topics or entry.item in found.get(key, ()))
        if (key := next(matches, None)) is not None:
            under[key].append(entry)
    return {names[key]: rows for key, rows in under.items() if rows}


def _group(by_topic: Mapping[Topic | None, list[NewsEntry]], language: str) -> list[TopicGroup]:
    """The entries by topic and kind, at most MAX_ENTRIES_IN_ALL of them."""
    room, groups = MAX_ENTRIES_IN_ALL, []
    with override(language):
        for topic, entries in by_topic.items():
            sections = []
            for kind in ItemKind:
                if of_kind := [entry for entry in entries if entry.kind == kind]:
                    shown = of_kind[: min(MAX_ENTRIES[kind], room)]
                    room -= len(shown)
                    link = topic.link if topic else reverse(LIST_PAGES.get(kind, "commitment_list"))
                    sections.append(NewsSection(kind, shown, total=len(of_kind), link=absolute_url(link)))
            groups.append(TopicGroup(topic, sections))
    return groups


def _found_by(key: str, entries: list[NewsEntry]) -> set[int]:
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


def _read_entries(issue: Issue, after: int | None, language: str) -> list[NewsEntry]:
    rows = with_subjects(_public_items(issue, after))
    return entries_of(rows.order_by("-happened_at", "-pk"), language)


def with_subjects(items: QuerySet[Item]) -> QuerySet[Item]:
    """`items` with what each is about, and its city."""
    return items.select_related(
        "practice__city__region", "pledge__city__region", "pledge__commitment__declaration", "city__region",
        "milestone__pledge__city__region", "milestone__pledge__commitment",
    )  # fmt: skip


def public_among(items: QuerySet[Item]) -> QuerySet[Item]:
    """Those of `items` whose subject is public now."""
    left = Q(city__status=City.Status.FORMER) | Q(pledge__city__status=City.Status.FORMER)
    left |= Q(city__isnull=False) & ~is_shown("city__")
    left |= Q(milestone__pledge__city__status=City.Status.FORMER)
    left |= Q(pledge__isnull=False) & ~is_public("pledge__")
    left |= Q(milestone__isnull=False) & ~is_public("milestone__pledge__")
    left |= Q(milestone__taken_down_at__isnull=False)
    undone = Q(kind=ItemKind.DONE) & ~Q(pledge__status=Pledge.Status.DONE)
    undone |= Q(kind=ItemKind.DONE, pledge__in=Pledge.objects.before_declaration())
    return items.exclude(left).exclude(undone).exclude(kind=ItemKind.DEADLINE, milestone__done_on__isnull=False)


def entries_of(items: Iterable[Item], language: str) -> list[NewsEntry]:
    """`items` as a reader of `language` reads them, without practices that are not public."""
    items = list(items)
    live = Revision.objects.live().filter(practice__in=[item.practice_id for item in items if item.practice_id])
    revisions = {revision.practice_id: revision for revision in live.prefetch_related("commitments")}
    with override(language):
        entries = [_entry(item, revisions.get(item.practice_id), language) for item in items]
    return [entry for entry in entries if entry]


def _entry(item: Item, revision: Revision | None, language: str) -> NewsEntry | None:
    if item.practice:
        if revision is None:
            return None
        title, summary = revision.text("title", language), revision.text("summary", language)
        subject = _Subject(
            item.practice.city, list(revision.commitments.all()), revision.themes, dated=revision.date_in_words
        )
        return _make_entry(item, subject, title, summary, item.practice.get_absolute_url(), language)
    if item.pledge:
        summary = item.pledge.text("description", language) if item.kind == ItemKind.PLEDGE else Text("", language)
        dated = item.pledge.date_in_words if item.kind == ItemKind.PLEDGE else ""
        subject = _Subject(item.pledge.city, [item.pledge.commitment], dated=dated)
        title, path = item.pledge.text("title", language), item.pledge.get_absolute_url()
        return _make_entry(item, subject, title, summary, path, language)
    if item.milestone:
        pledge, title = item.milestone.pledge, item.milestone.text("title", language)
        subject = _Subject(pledge.city, [pledge.commitment], dated=capfirst(item.milestone.due_in_words))
        return _make_entry(item, subject, title, pledge.text("title", language), pledge.get_absolute_url(), language)
    assert item.city
    name, path = item.city.text("name", language), item.city.get_absolute_url()
    return _make_entry(item, _Subject(item.city, []), name, Text("", language), path, language)


@dataclass(frozen=True)
class _Subject:
    """What a piece of news is about."""

    city: City
    commitments: list[Commitment]
    themes: list[str] = field(default_factory=list)
    dated: str = ""

    @property
    def topics(self) -> frozenset[str]:
        keys = [f"city:{self.city.slug}", f"region:{self.city.region.slug}"]
        keys += [f"commitment:{row.number}" for row in self.commitments]
        return frozenset([*keys, *(f"theme:{theme}" for theme in self.themes)])


def _make_entry(item: Item, subject: _Subject, title: Text, summary: Text, path: str, language: str) -> NewsEntry:
    return NewsEntry(
        item=item.pk,
        kind=ItemKind(item.kind),
        city=subject.city.text("name", language),
        title=title,
        summary=summary,
        link=absolute_url(path),
        lines=[CommitmentName(row.number, row.text("short", language)) for row in subject.commitments],
        dated=subject.dated,
        topics=subject.topics,
    )

"""What an issue tells, to readers of one language who follow one set of topics. Only reads."""

import datetime as dt
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext, override

from commitments.models import Commitment, Pledge
from digests import topics
from digests.models import Issue, Item, Kind
from digests.topics import Topic
from members.models import City
from practices.models import Revision
from scn_portal.base import markdown
from scn_portal.base.languages import Text
from scn_portal.base.links import absolute_url

# How many of a kind a mail tells under one heading, and how many it tells at all: a mail program cuts off what is
# longer. The rest is counted and linked.
MOST = {Kind.PRACTICE: 12, Kind.PLEDGE: 8, Kind.DONE: 8, Kind.MEMBER: 12, Kind.DEADLINE: 8}
MOST_IN_ALL = 30
WORDS = 60
CITIES_IN_SUBJECT = 3
# How long what was read may be told before it is read again: a text that is taken down is in no mail after that.
FRESH_SECONDS = 1.0
# Of how many sets of topics the contents are remembered. A mail is some tens of kilobytes.
MOST_REMEMBERED = 300


@dataclass(frozen=True)
class Line:
    """One of the seven commitments, as an entry names it."""

    number: int
    short: Text


@dataclass(frozen=True)
class Entry:
    """One piece of news, as a reader meets it: each text in their language, or labelled as not."""

    item: int
    kind: Kind
    city: Text
    title: Text
    summary: Text
    link: str
    lines: list[Line] = field(default_factory=list)
    due_on: dt.date | None = None
    topics: frozenset[str] = frozenset()

    @cached_property
    def opening(self) -> Text:
        """The first words of the summary."""
        return replace(self.summary, value=Truncator(" ".join(self.summary.value.split())).words(WORDS, truncate="…"))

    @cached_property
    def opening_html(self) -> SafeString:
        return markdown.to_html(self.opening.value, language=self.opening.language, in_mail=True)


@dataclass(frozen=True)
class Section:
    """The entries of one kind: the newest of them, how many there are in all, and where the rest can be read."""

    kind: Kind
    entries: list[Entry]
    total: int
    link: str

    @property
    def more(self) -> int:
        return self.total - len(self.entries)


@dataclass(frozen=True)
class Group:
    """What concerns one topic that the reader follows; without a topic, all that there is."""

    topic: Topic | None
    sections: list[Section]


@dataclass(frozen=True)
class Contents:
    """All that an issue tells one kind of reader. False where nothing of it is public any more, or for them."""

    introduction: Text
    groups: list[Group]
    entries: list[Entry]

    def __bool__(self) -> bool:
        return bool(self.entries)

    @property
    def subject(self) -> str:
        """What is inside, in the active language: “2 new practices, 1 new pledge: Oslo, Montréal…”."""
        counts = {kind: sum(entry.kind == kind for entry in self.entries) for kind in Kind}
        first, *others = [(kind, count) for kind, count in counts.items() if count]
        parts = [_counted(*first), *(_counted(*other) for other in others[:1])]
        names = list(dict.fromkeys(entry.city.value for entry in self.entries if entry.kind == first[0]))
        more = "…" if len(names) > CITIES_IN_SUBJECT or len(others) > 1 else ""
        context = {"news": ", ".join(parts), "cities": ", ".join(names[:CITIES_IN_SUBJECT])}
        return gettext("%(news)s: %(cities)s") % context + more


def _counted(kind: Kind, count: int) -> str:
    words = {
        Kind.PRACTICE: ngettext("%(count)s new practice", "%(count)s new practices", count),
        Kind.PLEDGE: ngettext("%(count)s new pledge", "%(count)s new pledges", count),
        Kind.DONE: ngettext("%(count)s pledge completed", "%(count)s pledges completed", count),
        Kind.MEMBER: ngettext("%(count)s new member", "%(count)s new members", count),
        Kind.DEADLINE: ngettext("%(count)s deadline ahead", "%(count)s deadlines ahead", count),
    }
    return words[kind] % {"count": count}


class Reading:
    """What issues tell, read once for all who share it: for one run of the sender, or one page.

    Every answer is at most FRESH_SECONDS old, so a text taken down while an issue goes out is in no mail after that.
    """

    def __init__(self) -> None:
        self._entries: dict[tuple[int, int, str], tuple[float, list, list[Entry]]] = {}
        self._contents: OrderedDict[tuple, tuple[list[Entry], Contents]] = OrderedDict()

    def contents(self, issue: Issue, language: str, *, since: int | None = None, follows: tuple = ()) -> Contents:
        """What `issue` tells readers of `language` who follow `follows` (all topics, where there are none) and were
        told all up to the item `since` (up to the issue before this one, where that is None). The newest first."""
        since = issue.items_from if since is None else since
        entries = self._all(since, issue.items_until, language)
        key = (issue.pk, since, language, tuple(follows))
        known = self._contents.pop(key, None)
        if known is None or known[0] is not entries:
            known = (entries, _chosen(entries, issue, language, list(follows)))
        self._contents[key] = known
        if len(self._contents) > MOST_REMEMBERED:
            self._contents.popitem(last=False)
        return known[1]

    def _all(self, since: int, until: int, language: str) -> list[Entry]:
        read_at, state, entries = self._entries.get((since, until, language), (float("-inf"), [], []))
        now = time.monotonic()
        if now - read_at > FRESH_SECONDS:
            current = _state(since, until)
            if current != state or read_at == float("-inf"):
                entries = _read(since, until, language)
            self._entries[since, until, language] = (now, current, entries)
        return entries


def contents(issue: Issue, language: str, *, since: int | None = None, follows: tuple = ()) -> Contents:
    """`Reading.contents`, read now."""
    return Reading().contents(issue, language, since=since, follows=follows)


def _chosen(entries: list[Entry], issue: Issue, language: str, follows: list[str]) -> Contents:
    """Of `entries` those that concern `follows`, each under the first topic that it belongs to."""
    introduction = issue.text("introduction", language)
    if not follows:
        return Contents(introduction, _groups({None: entries}, language), entries)
    names = {topic.key: topic for topic in topics.named(follows, language)}
    found = {key: _found_by(key, entries) for key in follows if key.startswith("search:")}
    under: dict[str, list[Entry]] = {key: [] for key in follows if key in names}
    for entry in entries:
        belongs = (key for key in under if key in entry.topics or entry.item in found.get(key, ()))
        if (key := next(belongs, None)) is not None:
            under[key].append(entry)
    groups = _groups({names[key]: mine for key, mine in under.items() if mine}, language)
    return Contents(introduction, groups, [entry for mine in under.values() for entry in mine])


def _groups(entries: Mapping[Topic | None, list[Entry]], language: str) -> list[Group]:
    """`entries` by topic and by kind, with room for MOST_IN_ALL."""
    pages, room, groups = {Kind.PRACTICE: "practice_list", Kind.MEMBER: "city_list"}, MOST_IN_ALL, []
    with override(language):
        for topic, of_topic in entries.items():
            sections = []
            for kind in Kind:
                if mine := [entry for entry in of_topic if entry.kind == kind]:
                    shown = mine[: min(MOST[kind], room)]
                    room -= len(shown)
                    link = topic.link if topic else reverse(pages.get(kind, "commitment_list"))
                    sections.append(Section(kind, shown, total=len(mine), link=absolute_url(link)))
            groups.append(Group(topic, sections))
    return groups


def _found_by(key: str, entries: list[Entry]) -> set[int]:
    """The items among `entries` that are practices which the search of `key` finds."""
    items = [entry.item for entry in entries if entry.kind == Kind.PRACTICE]
    if not items:
        return set()
    found = topics.practices_found(key.partition(":")[2]).faceted.rows.order_by().values("practice")
    return set(Item.objects.filter(pk__in=items, practice__in=found).values_list("pk", flat=True))


# --- From the database -----------------------------------------------------------------------------------------------


def _told(since: int, until: int):
    """The items that may be told: what they are about is public now."""
    items = Item.objects.filter(pk__gt=since, pk__lte=until)
    left = Q(city__status=City.Status.FORMER) | Q(pledge__city__status=City.Status.FORMER)
    left |= Q(milestone__pledge__city__status=City.Status.FORMER)
    undone = Q(kind=Kind.DONE) & ~Q(pledge__status=Pledge.Status.DONE)
    return items.exclude(left).exclude(undone).exclude(kind=Kind.DEADLINE, milestone__done_on__isnull=False)


def _live(field: str):
    live = Revision.objects.live().filter(practice=OuterRef("practice"))
    return Subquery(live.order_by().values(field)[:1])


def _state(since: int, until: int) -> list:
    """Equal while these items tell the same: the words of a revision never change, those of a pledge leave a stamp."""
    rows = _told(since, until).order_by("pk").annotate(live=_live("pk"))
    stamps = ("pledge__updated_at", "milestone__due_on", "milestone__title_fr", "milestone__title_en")
    return list(rows.values_list("pk", "live", *stamps, "milestone__pledge__updated_at"))


def _read(since: int, until: int, language: str) -> list[Entry]:
    items = _told(since, until).select_related(
        "practice__city__region", "pledge__city__region", "pledge__commitment", "city__region",
        "milestone__pledge__city__region", "milestone__pledge__commitment",
    )  # fmt: skip
    items = list(items.order_by("-happened_at", "-pk"))
    live = Revision.objects.live().filter(practice__in=[item.practice_id for item in items if item.practice_id])
    revisions = {each.practice_id: each for each in live.prefetch_related("commitments")}
    with override(language):
        entries = [_entry(item, revisions.get(item.practice_id), language) for item in items]
    return [entry for entry in entries if entry]


def _entry(item: Item, revision: Revision | None, language: str) -> Entry | None:
    nothing = Text("", language)
    if item.practice:
        if revision is None:
            return None
        title, summary = revision.text("title", language), revision.text("summary", language)
        about = _About(item.practice.city, list(revision.commitments.all()), revision.themes)
        return _of(item, about, title, summary, item.practice.get_absolute_url(), language)
    if item.pledge:
        summary = item.pledge.text("description", language) if item.kind == Kind.PLEDGE else nothing
        about = _About(item.pledge.city, [item.pledge.commitment])
        return _of(item, about, item.pledge.text("title", language), summary, item.pledge.get_absolute_url(), language)
    if item.milestone:
        pledge, title = item.milestone.pledge, item.milestone.text("title", language)
        about = _About(pledge.city, [pledge.commitment], due_on=item.milestone.due_on)
        return _of(item, about, title, pledge.text("title", language), pledge.get_absolute_url(), language)
    assert item.city
    name, path = item.city.text("name", language), item.city.get_absolute_url()
    return _of(item, _About(item.city, []), name, nothing, path, language)


@dataclass(frozen=True)
class _About:
    """What a piece of news concerns."""

    city: City
    served: list[Commitment]
    themes: list[str] = field(default_factory=list)
    due_on: dt.date | None = None

    @property
    def topics(self) -> frozenset[str]:
        keys = [f"city:{self.city.slug}", f"region:{self.city.region.slug}"]
        keys += [f"commitment:{each.number}" for each in self.served]
        return frozenset([*keys, *(f"theme:{theme}" for theme in self.themes)])


def _of(item: Item, about: _About, title: Text, summary: Text, path: str, language: str) -> Entry:
    return Entry(
        item=item.pk,
        kind=Kind(item.kind),
        city=about.city.text("name", language),
        title=title,
        summary=summary,
        link=absolute_url(path),
        lines=[Line(each.number, each.text("short", language)) for each in about.served],
        due_on=about.due_on,
        topics=about.topics,
    )

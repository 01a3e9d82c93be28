"""What a piece of news says to readers of one language: read for all languages at once, then put into words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from django.db.models import Prefetch, QuerySet
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.text import Truncator, capfirst
from django.utils.translation import override

from commitments.models import Commitment
from digests.models import Item, ItemKind
from members.models import City
from practices.models import Revision
from scn_portal.base import markdown
from scn_portal.base.languages import Text
from scn_portal.base.links import absolute_url

MAX_SUMMARY_WORDS = 60
# What a piece of news shows, of what it is about: most columns of a pledge or a revision are longer texts.
OF_CITY = ("slug", "name_fr", "name_en", "region__slug")
OF_BILINGUAL = ("title_fr", "title_en", "source_language", "source_changed_at", "translation_changed_at")
OF_COMMITMENT = ("number", "short_fr", "short_en")
OF_PLEDGE = (
    *OF_BILINGUAL, "description_fr", "description_en", "announced_on", "commitment__declaration__adopted_on",
    *(f"commitment__{name}" for name in OF_COMMITMENT), *(f"city__{name}" for name in OF_CITY),
)  # fmt: skip
OF_MILESTONE = ("title_fr", "title_en", "due_on", "due_precision", *(f"pledge__{name}" for name in OF_PLEDGE))
OF_REVISION = (*OF_BILINGUAL, "outdated", "practice", "summary_fr", "summary_en", "themes", "started_on")
SHOWN = (
    "kind", "happened_at", "left_out_at", "left_out_by__name", "left_out_by__email", "practice__slug",
    *(f"practice__city__{name}" for name in OF_CITY), *(f"pledge__{name}" for name in OF_PLEDGE),
    *(f"milestone__{name}" for name in OF_MILESTONE), *(f"city__{name}" for name in OF_CITY),
)  # fmt: skip
Read = tuple[list[Item], dict[int, Revision]]


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


def read_shown(keys: tuple[int, ...]) -> Read:
    """The items with those numbers."""
    return read(Item.objects.filter(pk__in=keys))


def read(items: QuerySet[Item]) -> Read:
    """`items` with what each is about, and its city, the newest first; and the live revisions of their practices."""
    rows = items.select_related(
        "practice__city__region", "pledge__city__region", "pledge__commitment__declaration", "city__region",
        "milestone__pledge__city__region", "milestone__pledge__commitment__declaration", "left_out_by",
    )  # fmt: skip
    found = list(rows.only(*SHOWN).order_by("-happened_at", "-pk"))
    live = Revision.objects.live().filter(practice__in=[item.practice_id for item in found if item.practice_id])
    commitments = Prefetch("commitments", Commitment.objects.only(*OF_COMMITMENT))
    revisions = live.only(*OF_REVISION).prefetch_related(commitments)
    return found, {revision.practice_id: revision for revision in revisions}


def entries_of(items: Iterable[Item], revisions: Mapping[int, Revision], language: str) -> list[NewsEntry]:
    """What `read` has read as a reader of `language` reads it, without practices that are not public."""
    with override(language):
        entries = [_entry(item, revisions.get(item.practice_id or 0), language) for item in items]
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

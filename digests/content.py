"""What an issue tells, to readers of one language. Only reads."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import override

from commitments.models import Commitment, Pledge
from digests.models import Issue
from members.models import City
from practices.models import Revision
from scn_portal import mail, prose
from scn_portal.languages import Bilingual, Text

MOST_PRACTICES = 12
MOST_PLEDGES = 8
CITIES_IN_SUBJECT = 3


@dataclass(frozen=True)
class Line:
    """One of the seven commitments, as an item names it."""

    number: int
    short: Text


@dataclass(frozen=True)
class Item:
    """One practice or pledge, as a reader meets it: each text in their language, or labelled as not."""

    city: Text
    title: Text
    summary: Text
    lines: list[Line]
    link: str

    @cached_property
    def summary_html(self) -> SafeString:
        return prose.to_html(self.summary.value, language=self.summary.language, in_mail=True)


@dataclass(frozen=True)
class Section:
    """The items of one kind: the newest of them, how many there are in all, and where the rest can be read."""

    items: list[Item]
    total: int
    link: str

    @property
    def more(self) -> int:
        return self.total - len(self.items)

    @property
    def city_names(self) -> list[str]:
        """The first few cities, each once."""
        return list(dict.fromkeys(item.city.value for item in self.items))[:CITIES_IN_SUBJECT]

    @property
    def has_more_cities(self) -> bool:
        return self.more > 0 or len({item.city.value for item in self.items}) > CITIES_IN_SUBJECT


@dataclass(frozen=True)
class Contents:
    """All that an issue tells in one language. False where nothing of it is public any more."""

    practices: Section
    pledges: Section

    def __bool__(self) -> bool:
        return bool(self.practices.total or self.pledges.total)


def new_pledges(start: dt.datetime, end: dt.datetime) -> QuerySet[Pledge]:
    """The pledges recorded in [start, end)."""
    return Pledge.objects.filter(created_at__gte=start, created_at__lt=end)


def contents(issue: Issue, language: str) -> Contents:
    """What `issue` tells readers of `language`, the newest first. What was taken down since is left out."""
    revisions = Revision.objects.live().filter(practice__issues=issue).select_related("practice__city")
    revisions = revisions.prefetch_related("commitments").order_by("-published_at", "-pk")
    pledges = issue.pledges.select_related("city", "commitment").order_by("-created_at", "-pk")
    with override(language):
        return Contents(
            practices=Section(
                [_practice(revision, language) for revision in revisions[:MOST_PRACTICES]],
                total=revisions.count(),
                link=mail.absolute(reverse("practice_list")),
            ),
            pledges=Section(
                [_pledge(pledge, language) for pledge in pledges[:MOST_PLEDGES]],
                total=pledges.count(),
                link=mail.absolute(reverse("commitment_list")),
            ),
        )


def remembered() -> Callable[[Issue, str], Contents]:
    """`contents` for a whole run: read again only once something was taken down or changed.

    It asks the database each time, so a text that is taken down while an issue goes out is in no mail after that.
    """
    kept: dict[tuple[int, str], tuple[list, Contents]] = {}

    def read(issue: Issue, language: str) -> Contents:
        state = _state(issue)
        known, told = kept.get((issue.pk, language), (None, None))
        if told is None or known != state:
            told = contents(issue, language)
            kept[issue.pk, language] = (state, told)
        return told

    return read


def _state(issue: Issue) -> list:
    """Equal while `issue` tells the same: the words of a revision never change, those of a pledge leave a stamp."""
    revisions = Revision.objects.live().filter(practice__issues=issue).order_by("pk").values_list("pk", flat=True)
    return [*revisions, *issue.pledges.order_by("pk").values_list("pk", "updated_at")]


def _practice(revision: Revision, language: str) -> Item:
    practice = revision.practice
    served = list(revision.commitments.all())
    return _item(revision, practice.city, "summary", served, practice.get_absolute_url(), language)


def _pledge(pledge: Pledge, language: str) -> Item:
    return _item(pledge, pledge.city, "description", [pledge.commitment], pledge.get_absolute_url(), language)


def _item(row: Bilingual, city: City, summary: str, commitments: list[Commitment], path: str, language: str) -> Item:
    return Item(
        city=city.text("name", language),
        title=row.text("title", language),
        summary=row.text(summary, language),
        lines=[Line(each.number, each.text("short", language)) for each in commitments],
        link=mail.absolute(path),
    )

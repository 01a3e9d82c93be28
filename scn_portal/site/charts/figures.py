"""The charts: what they count, by what, and the finding in the title. They count only what the public sees."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Count, Func
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commitments.kept_statistics import by_number_and_status
from commitments.models import Commitment, Pledge
from practices.choices import Evaluation, Theme
from practices.models import Revision
from scn_portal.base import kept_counts
from scn_portal.base.facet_options import sort_key
from scn_portal.site.charts.findings import evidence_finding, pledges_finding, themes_finding


@dataclass(frozen=True)
class Series:
    """One part of each bar: its key and its name."""

    key: str
    label: str


@dataclass(frozen=True)
class Row:
    """A bar: its name, a value for each series, and the number of the commitment whose colour it has, if any."""

    label: str
    values: tuple[int, ...]
    line: int = 0

    @property
    def total(self) -> int:
        return sum(self.values)


@dataclass(frozen=True)
class Chart:
    """Numbers with a finding as title. `what` says what is counted, `by` what the rows are."""

    key: str
    finding: str
    what: str
    by: str
    series: tuple[Series, ...]
    rows: tuple[Row, ...]

    @property
    def is_stacked(self) -> bool:
        return len(self.series) > 1

    @property
    def total(self) -> int:
        return sum(row.total for row in self.rows)


# The most advanced first, so that each bar starts with the pledges that are done.
STATUSES = (
    Pledge.Status.DONE, Pledge.Status.UNDER_WAY, Pledge.Status.ADOPTED, Pledge.Status.PLANNED, Pledge.Status.ANNOUNCED,
    Pledge.Status.PAUSED, Pledge.Status.DROPPED,
)  # fmt: skip


def pledges_chart() -> Chart:
    """Pledges by commitment and status: two queries, and one more if there are too few for kept numbers."""
    counted = by_number_and_status()
    names = {
        commitment.number: commitment.text("short", get_language()).value
        for commitment in Commitment.objects.of_melbourne()
    }
    found = {status for _number, status in counted}
    series = tuple(Series(status.value, str(status.label)) for status in STATUSES if status in found)
    rows = tuple(
        Row(f"{number}. {name}", tuple(counted.get((number, each.key), 0) for each in series), line=number)
        for number, name in names.items()
    )
    finding = pledges_finding({name: row.total for name, row in zip(names.values(), rows, strict=True)})
    return Chart("pledges", finding, _("Pledges by commitment and status"), _("Commitment"), series, rows)


def themes_chart() -> Chart:
    """Practices by theme, the most common first; a practice may have several themes. One query, and two more if nothing
    is kept."""
    kept = _kept_of("theme")
    counted, total = kept or _themes_counted()
    named = {str(theme.label): counted[theme.value] for theme in Theme}
    ordered = sorted(named.items(), key=lambda pair: (-pair[1], sort_key(pair[0])))
    rows = tuple(Row(name, (count,)) for name, count in ordered)
    finding = themes_finding(dict(ordered), total)
    return Chart("themes", finding, _("Practices by theme"), _("Theme"), (_practices(),), rows)


def evidence_chart() -> Chart:
    """Practices by who evaluated them: one query, and one more if nothing is kept."""
    kept = _kept_of("evaluation")
    counted, total = kept or _evaluations_counted()
    by_others, by_the_city = counted[Evaluation.EXTERNAL], counted[Evaluation.INTERNAL]
    rows = (
        Row(str(Evaluation.EXTERNAL.label), (by_others,)),
        Row(str(Evaluation.INTERNAL.label), (by_the_city,)),
        Row(_("No evaluation yet"), (total - by_others - by_the_city,)),
    )
    finding = evidence_finding(by_others, by_the_city, total)
    return Chart("evidence", finding, _("Practices by evaluation"), _("Evaluation"), (_practices(),), rows)


def _kept_of(facet: str) -> tuple[Counter, int] | None:
    """The kept numbers of practices: by value of a facet, and in total. None if nothing is kept."""
    kept = kept_counts.read("practices").get("practices")
    if kept is None:
        return None
    return Counter({value: number for (name, value), number in kept.counts.items() if name == facet}), kept.total


def _themes_counted() -> tuple[Counter, int]:
    live = Revision.objects.live().order_by()
    unnested = live.annotate(theme=Func("themes", function="unnest")).values_list("theme")
    return Counter(dict(unnested.annotate(count=Count("pk")))), live.count()


def _evaluations_counted() -> tuple[Counter, int]:
    live = Revision.objects.live().order_by()
    counted = Counter(dict(live.values_list("evaluation").annotate(count=Count("pk"))))
    return counted, sum(counted.values())


def _practices() -> Series:
    return Series("practices", _("Practices"))


# Functions by key, each of which returns a chart in the active language.
CHARTS: dict[str, Callable[[], Chart]] = {
    "pledges": pledges_chart,
    "themes": themes_chart,
    "evidence": evidence_chart,
}

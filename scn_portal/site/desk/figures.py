"""Figures of the desk: what waits, by age; what was decided, by month; both by region. No figure is about a person."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncMonth
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from members.models import City, Region
from practices import queue
from practices.choices import Status
from practices.models import Transition
from practices.views.desk.access import moderators_only
from scn_portal.base import kept_counts
from scn_portal.base.languages import text_of
from scn_portal.base.totals import MAX_COUNTED
from scn_portal.site.desk.decided import decisions_outside

# The name of the kept counts of decisions, and the path from a decision to its region.
DECIDED, REGION = "desk-decisions", "revision__practice__city__region"
# In days; each group ends before the next one.
AGES = (0, 4, 8, 15, 31)
MONTHS = 12
# Not “scheduled”: the same decision counts when it is published.
OUTCOMES = (Status.PUBLISHED, Status.SENT_BACK, Status.REJECTED, Status.ARCHIVED)


@dataclass(frozen=True)
class Month:
    """A month, by its first day, and how often each of OUTCOMES was decided in it."""

    day: dt.date
    counts: list[int]

    @property
    def total(self) -> int:
        return sum(self.counts)


@require_safe
@moderators_only
def figures(request):
    """A few queries, however much was submitted."""
    theirs = City.objects.keys_acted_for(request.user)
    waiting = queue.rows_for(request.user).order_by()
    context = {
        "ages": _by_age(waiting),
        "outcomes": [status.label for status in OUTCOMES],
        "months": _by_month(theirs),
        "regions": _by_region(waiting, theirs),
        "usual_wait": queue.usual_wait(),
    }
    return render(request, "desk/figures.html", context)


def _by_age(waiting: QuerySet) -> list[tuple[str, int]]:
    """How many submissions wait, by the number of days since they were first submitted."""
    now = timezone.now()
    bounds = list(zip(AGES, (*AGES[1:], None), strict=True))

    since = list(waiting.values_list("first_submitted_at", flat=True)[: MAX_COUNTED + 1])

    def between(moment: dt.datetime, least: int, below: int | None) -> bool:
        is_old = not least or moment <= now - dt.timedelta(days=least)
        return is_old and (below is None or moment > now - dt.timedelta(days=below))

    return [(_days(least, below), sum(between(at, least, below) for at in since)) for least, below in bounds]


def _days(least: int, below: int | None) -> str:
    if below is None:
        return _("more than %(days)d days") % {"days": least - 1}
    return _("%(from)d to %(to)d days") % {"from": least, "to": below - 1}


def _by_month(theirs: list[int]) -> list[Month]:
    """The last months, the newest first, including months without a decision."""
    first = _months_ago(MONTHS - 1)
    rows = decisions_outside(theirs).filter(at__gte=first).annotate(month=TruncMonth("at")).order_by()
    counted = {
        (row["month"].date(), row["to_status"]): row["number"]
        # Not a count of the keys, which the index does not have.
        for row in rows.values("month", "to_status").annotate(number=Count("*"))
    }
    days = [_months_ago(number).date() for number in range(MONTHS)]
    return [Month(day, [counted.get((day, status), 0) for status in OUTCOMES]) for day in days]


def _months_ago(number: int) -> dt.datetime:
    """The first moment of the month that is `number` months before this one, in the time zone of the reader."""
    today = timezone.localtime()
    year, month = divmod(today.year * 12 + today.month - 1 - number, 12)
    return today.replace(year=year, month=month + 1, day=1, hour=0, minute=0, second=0, microsecond=0)


def _by_region(waiting: QuerySet, theirs: list[int]) -> list[tuple[str, int, int]]:
    """Each region, with how much waits and how much was decided in the months shown."""
    language = get_language()
    kept = {} if theirs else kept_counts.read(DECIDED)
    waits = _counts(waiting, "city__region")
    answers = _of_regions(kept[DECIDED].counts) if kept else _counts(_recent(decisions_outside(theirs)), REGION)
    named = [(text_of(region, "name", language).value, region.pk) for region in Region.objects.all()]
    return [(name, waits.get(pk, 0), answers.get(pk, 0)) for name, pk in sorted(named)]


def _recent(decisions: QuerySet) -> QuerySet:
    """The `decisions` of the months shown."""
    return decisions.filter(to_status__in=OUTCOMES, at__gte=_months_ago(MONTHS - 1))


def count_decisions() -> kept_counts.Counts:
    """The number of recent decisions in each region, for all cities: a worker keeps it if there are many."""
    counted = _counts(_recent(Transition.objects.all()), REGION)
    return {("region", str(region)): number for region, number in counted.items()}


def _of_regions(counts: kept_counts.Counts) -> dict[int, int]:
    return {int(region): number for (_name, region), number in counts.items()}


def _counts(rows, path: str) -> dict[int, int]:
    counted = rows.order_by().values(path).annotate(number=Count("*"))
    return {row[path]: row["number"] for row in counted}

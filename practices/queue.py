"""The queue of the moderation desk: which submissions wait, for whom, since when, and who looks after each.

Every queryset here leaves out the cities that the reader acts for: moderators neither decide nor read nor count
anything there.
"""

import datetime as dt
from statistics import median

from django.db.models import (
    Case,
    DateTimeField,
    Exists,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from members.models import City, User
from practices.choices import Status
from practices.models import DeskSettings, Hold, Kind, Practice, Revision, Transition, WaitingRevision

# For the usual wait: enough of the last decisions for a steady number, and few enough to read at once.
DECISIONS_LOOKED_AT = 200
FEWEST_DECISIONS = 5
A_YEAR = dt.timedelta(days=365)
# After these a text no longer waits anywhere, and the next submission counts as new. The SQL of `scn_waiting_revisions`
# says the same.
CLOSING = (Status.PUBLISHED, Status.REJECTED, Status.WITHDRAWN, Status.ARCHIVED)
DECISIONS = (Status.PUBLISHED, Status.SCHEDULED, Status.SENT_BACK, Status.REJECTED)


def practices_for(user: User) -> QuerySet[Practice]:
    """The practices that the desk shows to `user`: submitted or public at some time, and not of a city that `user` acts
    for."""
    seen = Revision.objects.filter(practice=OuterRef("pk"), submitted_at__isnull=False)
    return Practice.objects.filter(Exists(seen)).exclude(city__in=City.objects.keys_acted_for(user))


def rows_for(user: User) -> QuerySet[WaitingRevision]:
    """The submissions that the moderator `user` may decide, the longest wait first; without the texts, for lists and
    figures."""
    rows = WaitingRevision.objects.of_other_cities(user).filter(status=Status.SUBMITTED)
    return rows.order_by("first_submitted_at", "pk")


def rows_with_their_cities(user: User) -> QuerySet[WaitingRevision]:
    """The revisions that were sent back and wait for their city, the longest wait first; without the texts."""
    rows = WaitingRevision.objects.of_other_cities(user).filter(status=Status.SENT_BACK)
    return rows.order_by("turn_since", "pk")


def waiting_for(user: User) -> QuerySet[Revision]:
    """The submissions of `rows_for`, as `described`."""
    rows = Revision.objects.of_other_cities(user).filter(status=Status.SUBMITTED)
    return described(rows).order_by("first_submitted_at", "pk")


def with_their_cities(user: User) -> QuerySet[Revision]:
    """The texts of `rows_with_their_cities`, as `described`."""
    rows = Revision.objects.of_other_cities(user).filter(status=Status.SENT_BACK)
    return described(rows).order_by("turn_since", "pk")


def described(revisions: QuerySet) -> QuerySet[Revision]:
    """`revisions` that wait, with city, region, author, `kind`, `first_submitted_at`, `turn_since` (when it came to
    where it waits now), `last_activity_at`, and `current_holds`, at most one Hold; in one more query.

    A revision that was decided meanwhile is shown as new, and as waiting since it was last submitted.
    """
    return (
        revisions.without_long_texts()
        .select_related("practice__city__region", "author")
        .prefetch_related(Prefetch("holds", Hold.objects.current().select_related("holder"), to_attr="current_holds"))
        .annotate(
            kind=Coalesce(F("waits__kind"), Value(Kind.NEW.value), output_field=TextField()),
            first_submitted_at=Coalesce(F("waits__first_submitted_at"), F("submitted_at")),
            turn_since=Coalesce(F("waits__turn_since"), F("submitted_at")),
            # Greatest ignores NULL.
            last_activity_at=Greatest(Coalesce(Subquery(_last_step()), F("submitted_at")), Subquery(_last_written())),
        )
    )


def _last_step() -> QuerySet:
    """The time of the last step of the practice; NULL if that step closed it."""
    steps = Transition.objects.filter(revision__practice=OuterRef("practice"))
    moment = Case(When(to_status__in=CLOSING, then=Value(None)), default=F("at"), output_field=DateTimeField())
    return steps.annotate(moment=moment).order_by("-pk").values("moment")[:1]


def _last_written() -> QuerySet:
    events = Revision.pgh_event_model.objects.filter(pgh_obj=OuterRef("pk"))
    return events.order_by("-pgh_id").values("pgh_created_at")[:1]


def held_by(user: User) -> Q:
    """The condition that `user` looks after a revision now."""
    return Q(Exists(Hold.objects.current().filter(revision=OuterRef("pk"), holder=user)))


def held() -> Q:
    """The condition that somebody looks after a revision now."""
    return Q(Exists(Hold.objects.current().filter(revision=OuterRef("pk"))))


def hold_on(revision: Revision) -> Hold | None:
    """The hold on `revision` that is in force, if any."""
    return Hold.objects.current().filter(revision=revision).select_related("holder", "given_by").first()


def next_after(revision: Revision, *, by: User) -> Revision | None:
    """The next submission for `by` after a decision about `revision`: first those that they hold, then those that
    nobody holds, the longest wait first. None if nothing is left for them."""
    rest = rows_for(by).exclude(pk=revision.pk).filter(held_by(by) | ~held())
    mine = Case(When(held_by(by), then=0), default=1)
    first = rest.order_by(mine, "first_submitted_at", "pk").values("pk")[:1]
    return Revision.objects.filter(pk__in=first).select_related("practice__city").first()


def is_overdue(since: dt.datetime, settings: DeskSettings) -> bool:
    """Whether a text that waits since then has waited longer than staff agreed on."""
    return timezone.now() - since > dt.timedelta(days=settings.answer_days)


def days_since(moment: dt.datetime) -> int:
    """Whole days from `moment` to now."""
    return max(0, (timezone.now() - moment).days)


def usual_wait() -> int | None:
    """The median number of days from a submission to its answer in the last year, at least 1. None if too few were
    answered."""
    submitted = Transition.objects.filter(revision=OuterRef("revision"), verb="submit", at__lte=OuterRef("at"))
    decided = Transition.objects.filter(
        to_status__in=DECISIONS, from_status=Status.SUBMITTED, at__gte=timezone.now() - A_YEAR
    ).annotate(asked_at=Subquery(submitted.order_by("-at").values("at")[:1]))
    recent = decided.order_by("-at", "-pk").values_list("at", "asked_at")[:DECISIONS_LOOKED_AT]
    waits = [(at - asked_at) / dt.timedelta(days=1) for at, asked_at in recent if asked_at]
    return max(1, round(median(waits))) if len(waits) >= FEWEST_DECISIONS else None


def wait_to_expect() -> int:
    """The number of days within which authors may expect an answer: the usual wait, or else what staff agreed on."""
    return usual_wait() or DeskSettings.load().answer_days

"""The kinds of public changes: which rows each has, when they were recorded, and what a reader sees of them.

Only what the public may see: listed cities, live revisions, updates that were not taken down.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.apps import apps
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commitments.models import Commitment, Endorsement, Milestone, Pledge, ProgressUpdate, is_public
from commitments.models.pledges import NOT_IN_BRIEF
from members.models import City, is_shown
from practices.choices import Status
from practices.models import Revision
from scn_portal.base.languages import Text

# The columns of its pledge that a change does not show.
OF_ITS_PLEDGE = tuple(f"pledge__{name}" for name in (*NOT_IN_BRIEF, "description"))
ALWAYS = dt.datetime.min.replace(tzinfo=dt.UTC)


@dataclass(frozen=True)
class Change:
    """One public change. `happened_on` is the date of the thing itself, a year, a month or a day, if it is known.

    `title` is empty if the change is about the city itself. `key` stays the same for the same change.
    """

    kind: str
    key: str
    recorded_at: dt.datetime
    city: City
    link: str
    title: Text
    happened_on: str = ""
    commitment: Commitment | None = None
    status: tuple[str, str] | None = None  # key and label

    @property
    def recorded_on(self) -> dt.date:
        return timezone.localdate(self.recorded_at)

    @property
    def row(self) -> int:
        """Its number, which is unique among changes of its kind."""
        return int(self.key.rpartition("/")[2])

    @property
    def label(self) -> str | Promise:
        """What happened: “Pledge recorded”."""
        return KINDS[self.kind].label

    @property
    def date_label(self) -> str | Promise:
        """What happened on `happened_on`: “announced”."""
        return KINDS[self.kind].date_label


@dataclass(frozen=True)
class Kind:
    """A kind of change.

    `rows` returns querysets that together have one row for each change. Each row has `recorded_at`; `row`, a number
    that is unique within the kind; and `shown`, the key to pass to `read`. An index has each queryset in the order of
    `recorded_at`, so that the newest rows are found without reading all of them. `read` returns the rows for such keys,
    in one query. `show` returns the other fields of a Change, from such a row and for a reader of a language.
    """

    label: str | Promise
    date_label: str | Promise
    rows: Callable[[], list[QuerySet]]
    read: Callable[[list[int]], QuerySet]
    show: Callable[..., dict]


# --- Cities and what they signed -------------------------------------------------------------------------------------


def _insert_events(model: str, city: str) -> list[QuerySet]:
    """The events of the history `model` in which rows of listed cities were first recorded."""
    listed = [status for status in City.Status if status != City.Status.FORMER]
    # Not by exclude(), which would let the events of deleted rows through.
    events = apps.get_model(model).objects.filter(
        is_shown(f"{city}__"), pgh_label="insert", **{f"{city}__status__in": listed}
    )
    return [events.annotate(recorded_at=F("pgh_created_at"), row=F("pk"), shown=F("pgh_obj"))]


def _cities() -> list[QuerySet]:
    return _insert_events("members.CityEvent", "pgh_obj")


def _read_cities(keys: list[int]) -> QuerySet:
    return City.objects.shown().filter(pk__in=keys)


def _show_city(city: City, language: str) -> dict:
    joined = str(city.joined_year) if city.joined_year else ""
    return {"city": city, "link": city.get_absolute_url(), "title": Text("", language), "happened_on": joined}


def _endorsements() -> list[QuerySet]:
    return _insert_events("commitments.EndorsementEvent", "pgh_obj__city")


def _read_endorsements(keys: list[int]) -> QuerySet:
    return Endorsement.objects.filter(pk__in=keys).select_related("city", "declaration")


def _show_endorsement(endorsement: Endorsement, language: str) -> dict:
    return {
        "city": endorsement.city,
        "link": endorsement.city.get_absolute_url(),
        "title": endorsement.declaration.text("title", language),
        "happened_on": endorsement.endorsed_on,
    }


# --- Pledges ---------------------------------------------------------------------------------------------------------


def _pledges() -> list[QuerySet]:
    pledges = Pledge.objects.of_listed_cities()
    return [pledges.annotate(recorded_at=F("published_at"), row=F("pk"), shown=F("pk"))]


def _read_pledges(keys: list[int]) -> QuerySet:
    return Pledge.objects.public().in_brief().filter(pk__in=keys).select_related("city", "commitment")


def _show_pledge(pledge: Pledge, language: str) -> dict:
    return _of_pledge(pledge) | {
        "title": pledge.text("title", language),
        "happened_on": pledge.announced_on,
        "status": (pledge.status, pledge.get_status_display()),
    }


def _of_pledge(pledge: Pledge) -> dict:
    return {"city": pledge.city, "link": pledge.get_absolute_url(), "commitment": pledge.commitment}


def _updates() -> list[QuerySet]:
    updates = ProgressUpdate.objects.of_listed_cities()
    return [updates.annotate(recorded_at=F("created_at"), row=F("pk"), shown=F("pk"))]


def _read_updates(keys: list[int]) -> QuerySet:
    updates = ProgressUpdate.objects.public().filter(pk__in=keys)
    return updates.select_related("pledge__city", "pledge__commitment").defer(*OF_ITS_PLEDGE)


def _show_update(update: ProgressUpdate, language: str) -> dict:
    return _of_pledge(update.pledge) | {
        "title": update.pledge.text("title", language),
        "happened_on": update.reported_on.isoformat(),
        "status": (update.status, update.get_status_display()),
    }


def _milestones() -> list[QuerySet]:
    """The milestones that were reached. Only the history knows when that was recorded.

    If the pledge was a draft at that time, the change counts from its publication.
    """
    events = apps.get_model("commitments.MilestoneEvent").objects.filter(done_on__isnull=False)
    earlier = events.filter(pgh_obj=OuterRef("pgh_obj"), done_on=OuterRef("done_on"), pgh_id__lt=OuterRef("pgh_id"))
    # The same day, as two inequalities: the planner would take equality for rare, and not begin with the newest rows.
    same_day = Q(pgh_obj__done_on__lte=F("done_on"), pgh_obj__done_on__gte=F("done_on"))
    standing = Q(pgh_obj__taken_down_at=None) & is_public("pgh_obj__pledge__")
    listed = [status for status in City.Status if status != City.Status.FORMER]
    recorded = events.filter(same_day, standing, ~Exists(earlier), pgh_obj__pledge__city__status__in=listed)
    recorded = recorded.annotate(row=F("pgh_obj"), shown=F("pgh_obj"))
    published = F("pgh_obj__pledge__published_at")
    return [
        recorded.annotate(recorded_at=F("pgh_created_at")).filter(recorded_at__gte=published),
        recorded.annotate(recorded_at=published).filter(recorded_at__gt=F("pgh_created_at")),
    ]


def _read_milestones(keys: list[int]) -> QuerySet:
    milestones = Milestone.objects.public().filter(pk__in=keys)
    return milestones.select_related("pledge__city", "pledge__commitment").defer(*OF_ITS_PLEDGE)


def _show_milestone(milestone: Milestone, language: str) -> dict:
    day = milestone.done_on.isoformat() if milestone.done_on else ""
    return _of_pledge(milestone.pledge) | {"title": milestone.text("title", language), "happened_on": day}


# --- Practices -------------------------------------------------------------------------------------------------------


def _revisions() -> QuerySet:
    """The published revisions of practices of listed cities."""
    of_the_practice = Revision.objects.filter(practice=OuterRef("practice"))
    taken_down = of_the_practice.filter(status=Status.ARCHIVED).order_by("-published_at").values("published_at")
    revisions = Revision.objects.filter(is_shown("practice__city__"), status__in=[Status.PUBLISHED, Status.SUPERSEDED])
    return revisions.exclude(practice__city__status=City.Status.FORMER).annotate(
        recorded_at=F("published_at"),
        row=F("pk"),
        shown=Subquery(of_the_practice.filter(status=Status.PUBLISHED).values("pk")[:1]),
        taken_down=Coalesce(Subquery(taken_down[:1]), Value(ALWAYS)),
    )


# Published since the practice last became public, and the practice is public now.
IS_OF_TODAY = Q(shown__isnull=False, published_at__gt=F("taken_down"))


def _is_later_version() -> Exists:
    earlier = Q(published_at__gt=OuterRef("taken_down")) & Q(published_at__lt=OuterRef("published_at"))
    superseded = Revision.objects.filter(practice=OuterRef("practice"), status=Status.SUPERSEDED)
    return Exists(superseded.filter(earlier))


def _practices() -> list[QuerySet]:
    return [_revisions().filter(IS_OF_TODAY, ~_is_later_version())]


def _versions() -> list[QuerySet]:
    # One in hundreds is a later version: with CASE, that is tested first, and the rest only for those.
    of_today = ExpressionWrapper(IS_OF_TODAY, BooleanField())
    return [_revisions().filter(Case(When(_is_later_version(), then=of_today), default=Value(False)))]


def _read_revisions(keys: list[int]) -> QuerySet:
    return Revision.objects.live().in_brief().filter(pk__in=keys).select_related("practice__city")


def _show_practice(revision: Revision, language: str) -> dict:
    practice = revision.practice
    return {
        "city": practice.city,
        "link": practice.get_absolute_url(),
        "title": revision.text("title", language),
        "happened_on": revision.started_on,
    }


def _show_version(revision: Revision, language: str) -> dict:
    return _show_practice(revision, language) | {"happened_on": ""}


KINDS = {
    "pledge": Kind(_("Pledge recorded"), _("announced"), _pledges, _read_pledges, _show_pledge),
    "update": Kind(_("Progress reported"), _("date of the report"), _updates, _read_updates, _show_update),
    "milestone": Kind(_("Milestone reached"), _("reached"), _milestones, _read_milestones, _show_milestone),
    "practice": Kind(_("Practice published"), _("started"), _practices, _read_revisions, _show_practice),
    "version": Kind(_("New version of a practice"), "", _versions, _read_revisions, _show_version),
    "declaration": Kind(_("Declaration signed"), _("signed"), _endorsements, _read_endorsements, _show_endorsement),
    "city": Kind(_("New city"), _("joined the network"), _cities, _read_cities, _show_city),
}


def rows_of(kind: str) -> list[QuerySet]:
    """The changes of `kind`, ready to be united with others: kind, row, key of the row shown, moment recorded."""
    plain = (QuerySet(rows.model, rows.query.chain()).order_by() for rows in KINDS[kind].rows())
    return [
        rows.annotate(kind=Value(kind, CharField())).values_list("kind", "row", "shown", "recorded_at")
        for rows in plain
    ]

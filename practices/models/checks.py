"""The constraints of a revision in the database."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from practices.choices import ONCE_PUBLIC, OPEN, UNTITLED_ALLOWED, Continuation, CostBand, Evaluation, Scope, Status
from scn_portal.base.languages import written_in_source
from scn_portal.base.partial_dates import is_partial_date, plausible_moments, plausible_partial_dates

# The years that a number of people reached may refer to.
FIRST_YEAR, LAST_YEAR = 1950, 2100


def revision_constraints() -> list[models.BaseConstraint]:
    """All constraints of a revision. Constraints that a form can violate have the sentence that the form shows."""
    return [*status_constraints(), *fact_constraints(), *picture_constraints(), *plausible_dates()]


def status_constraints() -> list[models.BaseConstraint]:
    """The constraints on which revisions a practice may have, and on the columns that each status requires."""
    return [
        models.UniqueConstraint(fields=["practice", "number"], name="revision_number_once"),
        models.UniqueConstraint(
            fields=["practice"],
            condition=Q(status=Status.PUBLISHED),
            name="revision_one_live_a_practice",
            violation_error_message=_("This practice already has a published revision."),
        ),
        models.UniqueConstraint(
            fields=["practice"],
            condition=Q(status__in=list(OPEN)),
            name="revision_one_open_a_practice",
            violation_error_message=_("Another revision of this practice is already open."),
        ),
        models.CheckConstraint(
            condition=Q(status__in=list(ONCE_PUBLIC), published_at__isnull=False)
            | ~Q(status__in=list(ONCE_PUBLIC)) & Q(published_at__isnull=True),
            name="revision_published_on_a_day",
            violation_error_message=_("What is or was public has a date of publication, and nothing else has."),
        ),
        models.CheckConstraint(
            condition=Q(status=Status.DRAFT, submitted_at__isnull=True)
            | Q(status=Status.WITHDRAWN)
            | ~Q(status__in=[Status.DRAFT, Status.WITHDRAWN]) & Q(submitted_at__isnull=False),
            name="revision_submitted_on_a_day",
            violation_error_message=_("A draft was never submitted; all else was, on a day."),
        ),
        models.CheckConstraint(
            condition=Q(status__in=[Status.SENT_BACK, Status.REJECTED]) & ~Q(reason="")
            | ~Q(status__in=[Status.SENT_BACK, Status.REJECTED]) & Q(reason=""),
            name="revision_sent_back_with_a_reason",
            violation_error_message=_("Sending back or rejecting takes a reason."),
        ),
        models.CheckConstraint(
            condition=Q(status=Status.SCHEDULED, publish_at__isnull=False)
            | ~Q(status=Status.SCHEDULED) & Q(publish_at__isnull=True),
            name="revision_scheduled_for_a_day",
            violation_error_message=_("What is scheduled has a date to appear on, and nothing else has."),
        ),
        models.CheckConstraint(condition=Q(status__in=Status.values), name="revision_status_known"),
    ]


def fact_constraints() -> list[models.CheckConstraint]:
    """The constraints on the title and the facts of a revision."""
    return [
        models.CheckConstraint(
            # Only the city reads revisions without a title; `practices.moderation` does not let them be submitted.
            condition=written_in_source("title") | Q(status__in=list(UNTITLED_ALLOWED)),
            name="revision_has_a_title_in_its_language",
            violation_error_message=_("A practice needs a title in the language it is written in."),
        ),
        models.CheckConstraint(condition=is_partial_date("started_on"), name="revision_started_on_a_date"),
        models.CheckConstraint(condition=Q(evaluation__in=["", *Evaluation.values]), name="revision_evaluation_known"),
        models.CheckConstraint(condition=Q(scope__in=["", *Scope.values]), name="revision_scope_known"),
        models.CheckConstraint(condition=Q(cost_band__in=["", *CostBand.values]), name="revision_cost_band_known"),
        models.CheckConstraint(
            condition=Q(continuation__in=["", *Continuation.values]), name="revision_continuation_known"
        ),
        models.CheckConstraint(condition=is_partial_date("ended_on"), name="revision_ended_on_a_date"),
        models.CheckConstraint(
            condition=Q(ended_on="") | Q(continuation=Continuation.ENDED),
            name="revision_ended_if_it_has_an_end",
            violation_error_message=_("Only a practice that has ended has a date of its end."),
        ),
        models.CheckConstraint(
            condition=Q(people_reached__isnull=True, people_reached_year__isnull=True)
            | Q(people_reached__isnull=False, people_reached__gte=1),
            name="revision_people_reached_counted",
            violation_error_message=_("Enter how many people were reached, at least 1, or leave out the year."),
        ),
        models.CheckConstraint(
            condition=Q(people_reached_year__isnull=True) | Q(people_reached_year__range=(FIRST_YEAR, LAST_YEAR)),
            name="revision_people_reached_in_a_year",
            violation_error_message=_("Enter the year as four digits, such as 2024."),
        ),
    ]


def is_whole_picture() -> Q:
    """The condition that a picture has its size, a credit, and words about what it shows in at least one language; or
    that there is no picture and none of these."""
    # `isnull` as well: a CHECK accepts NULL, and the columns of modeltranslation are nullable.
    described = Q(picture_alt_fr__isnull=False, picture_alt_fr__gt="") | Q(
        picture_alt_en__isnull=False, picture_alt_en__gt=""
    )
    whole = Q(
        ~Q(picture=""), ~Q(picture_credit=""), picture_width__isnull=False, picture_width__gte=1,
        picture_height__isnull=False, picture_height__gte=1,
    )  # fmt: skip
    absent = Q(picture="", picture_credit="", picture_width__isnull=True, picture_height__isnull=True)
    for code in ("fr", "en"):
        absent &= Q(**{f"picture_alt_{code}__isnull": True}) | Q(**{f"picture_alt_{code}": ""})
    return whole & described | absent


def picture_constraints() -> list[models.CheckConstraint]:
    """The constraints on the lead picture of a revision."""
    return [
        models.CheckConstraint(
            condition=is_whole_picture(),
            name="revision_picture_described",
            violation_error_message=_("A picture needs a credit, and words for what it shows in French or in English."),
        ),
        models.CheckConstraint(
            condition=Q(picture_taken_down_at__isnull=True) | ~Q(picture=""),
            name="revision_picture_there_to_take_down",
            violation_error_message=_("There is no picture to take down."),
        ),
    ]


def plausible_dates() -> list[models.CheckConstraint]:
    """The constraints that dates entered by people lie between the years 1900 and 2200."""
    return plausible_partial_dates("revision", "started_on", "ended_on") + plausible_moments("revision", "publish_at")

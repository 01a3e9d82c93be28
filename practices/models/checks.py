"""What the database checks of a revision, where a condition is long."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from scn_portal.base.partial_dates import plausible_moments, plausible_partial_dates

# The years that a number of people reached may be of.
FIRST_YEAR, LAST_YEAR = 1950, 2100


def is_whole_picture() -> Q:
    """A picture has its size, a credit, and words for what it shows in one language; without one, none of these."""
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
    """What holds for the lead picture of a revision."""
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
    """That the dates which people enter lie between the years 1900 and 2200."""
    return plausible_partial_dates("revision", "started_on", "ended_on") + plausible_moments("revision", "publish_at")

"""The due date of a pledge or a milestone, and the reason why it was moved."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from scn_portal.base.languages import CODES
from scn_portal.base.partial_dates import (
    Precision,
    PrecisionField,
    is_last_of_its_period,
    partly,
    plausible_days,
    validate_day,
    written_out,
)


class HasDueDate(models.Model):
    """A row with a due date, `due`, which may be a year or a month: `due_on` is its last possible day.

    The reason is the one for the last move of the date, as it was typed; history keeps earlier ones.
    `extension_noted_at` tells which move a reason belongs to: a move without a reason changes neither.
    """

    due_on = models.DateField(_("due"), null=True, blank=True, validators=[validate_day])
    due_precision = PrecisionField(editable=False)
    extension_reason = models.TextField(_("why the due date moves"), blank=True, default="", db_default="")
    extension_language = models.CharField(max_length=2, blank=True, default="", db_default="", editable=False)
    extension_noted_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True

    due = partly("due_on", is_last=True)

    @property
    def due_in_words(self) -> str:
        """“due on 16 May 2027”, “due in 2027”, in the active language; "" if no date is set."""
        return in_words(self.due, self.due_precision) if self.due_on else ""


def in_words(due: str, precision: str) -> str:
    words = gettext("due on %(date)s") if precision == Precision.DAY else gettext("due in %(date)s")
    return words % {"date": written_out(due)}


def due_date_constraints(name: str) -> list[models.CheckConstraint]:
    """The constraints of a table with a due date; `name` begins their names."""
    return [
        *plausible_days(name, "due_on"),
        models.CheckConstraint(
            condition=is_last_of_its_period("due_on"),
            name=f"{name}_due_on_the_last_day",
            violation_error_message=_("A year or a month is due on its last day."),
        ),
        models.CheckConstraint(
            condition=Q(extension_reason="", extension_language="", extension_noted_at__isnull=True)
            | Q(extension_reason__gt="", extension_language__in=CODES, extension_noted_at__isnull=False),
            name=f"{name}_extension_dated",
            violation_error_message=_("The reason for a new due date has its language and its moment."),
        ),
    ]

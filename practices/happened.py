"""What happened to a text, in words: each step of its history, and the message to a person whose decision came too
late."""

from collections.abc import Iterable

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from practices.choices import Status
from practices.models import ModerationRules, Revision, Transition

# By verb and the status that it led to: the name of the step in the history, and a sentence about it.
STEPS: dict[tuple[str, str], tuple[str | Promise, str | Promise]] = {
    ("submit", Status.SUBMITTED): (
        gettext_lazy("Submitted"), gettext_lazy("%(name)s submitted this %(when)s."),
    ),
    ("withdraw", Status.WITHDRAWN): (
        gettext_lazy("Withdrawn by the city"), gettext_lazy("%(name)s withdrew this %(when)s."),
    ),
    ("archive", Status.WITHDRAWN): (
        gettext_lazy("Withdrawn, with the public text"), gettext_lazy("%(name)s took this down %(when)s."),
    ),
    ("publish", Status.PUBLISHED): (
        gettext_lazy("Published"), gettext_lazy("%(name)s published this %(when)s."),
    ),
    ("publish", Status.SCHEDULED): (
        gettext_lazy("Approved, to appear later"), gettext_lazy("%(name)s approved this for later %(when)s."),
    ),
    ("publish", Status.SUBMITTED): (
        gettext_lazy("Back at the desk: whoever approved it may no longer decide"),
        gettext_lazy("This went back to the desk %(when)s."),
    ),
    ("send_back", Status.SENT_BACK): (
        gettext_lazy("Sent back"), gettext_lazy("%(name)s sent this back %(when)s."),
    ),
    ("reject", Status.REJECTED): (
        gettext_lazy("Rejected"), gettext_lazy("%(name)s rejected this %(when)s."),
    ),
    ("archive", Status.ARCHIVED): (
        gettext_lazy("Taken down"), gettext_lazy("%(name)s took this down %(when)s."),
    ),
    ("restore", Status.PUBLISHED): (
        gettext_lazy("Shown again"), gettext_lazy("%(name)s showed this again %(when)s."),
    ),
    ("correct", Status.SUBMITTED): (
        gettext_lazy("Small corrections by the network"), gettext_lazy("%(name)s corrected this %(when)s."),
    ),
    ("correct", Status.PUBLISHED): (
        gettext_lazy("Small corrections by the network"), gettext_lazy("%(name)s corrected this %(when)s."),
    ),
    ("undo", Status.SUBMITTED): (
        gettext_lazy("Corrections undone by the city"), gettext_lazy("%(name)s undid the corrections %(when)s."),
    ),
    ("undo", Status.PUBLISHED): (
        gettext_lazy("Corrections undone by the city"), gettext_lazy("%(name)s undid the corrections %(when)s."),
    ),
}  # fmt: skip

# Steps with which a version takes the place of another.
REPLACING = ("publish", "correct", "undo")


def name_of(step: Transition) -> str:
    """The step in the history: “Sent back”."""
    row = STEPS.get((step.verb, step.to_status))
    return str(row[0] if row else step.get_to_status_display())


def sentence(step: Transition, *, for_staff: bool) -> str:
    """“Ada published this at 14:02.”, in the active language and time zone; "" for an unknown step.

    A city reads the names of staff only if the rules of the desk say so.
    """
    row = STEPS.get((step.verb, step.to_status))
    who = {"name": who_did(step.by, by_staff=step.by_staff, for_staff=for_staff), "when": _when(step.at)}
    return str(row[1]) % who if row else ""


def overtaken(revision: Revision, *, for_staff: bool) -> str:
    """The sentence about the step that gave `revision` its status; "" if no step is recorded."""
    last = revision.transitions.select_related("by").order_by("pk").last()
    if revision.status in (Status.REPLACED, Status.SUPERSEDED):
        later = Transition.objects.filter(revision__practice=revision.practice, revision__number__gt=revision.number)
        last = later.filter(verb__in=REPLACING).select_related("by").order_by("pk").first()
        return sentence(last, for_staff=for_staff) if last else ""
    return sentence(last, for_staff=for_staff) if last and last.to_status == revision.status else ""


def who_did(person, *, by_staff: bool, for_staff: bool) -> str:
    """The name of `person`, or only “The network’s staff” if the reader may not know the name."""
    if by_staff and not for_staff and not ModerationRules.current().shows_names:
        return _("The network’s staff")
    return str(person)


def with_words(revisions: Iterable[Revision], *, for_staff: bool) -> list[Revision]:
    """`revisions`, which are read with their history, each step with its name as `step.what` and the person as
    `step.who`. At most one query."""
    revisions, hides = list(revisions), not for_staff and not ModerationRules.current().shows_names
    for step in (step for revision in revisions for step in revision.history):
        step.what = name_of(step)
        step.who = _("The network’s staff") if hides and step.by_staff else str(step.by)
    return revisions


def _when(moment) -> str:
    local, hour = timezone.localtime(moment), {"time": date_format(timezone.localtime(moment), "TIME_FORMAT")}
    if local.date() == timezone.localdate():
        return _("at %(time)s") % hour
    return _("on %(date)s at %(time)s") % (hour | {"date": date_format(local, "DATE_FORMAT")})

"""Pages where an official takes down, deletes, marks as reached, or asks to restore. If an action cannot be undone, the
page asks first."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from commitments import pledges, restoring
from commitments.forms import ReasonForm
from commitments.models import Milestone, Pledge, ProgressUpdate
from commitments.views.writing import workspace_of
from scn_portal.base.http.confirmation import Question, ask

asks_first = require_http_methods(["GET", "HEAD", "POST"])


@require_POST
def milestone_reach(request, pk: int):
    """Mark a milestone as reached today."""
    milestone = _milestone(request, pk)
    try:
        pledges.reach(milestone, on=timezone.localdate(), by=request.user)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        words = {"title": milestone.text("title", get_language()).value}
        messages.success(request, _("Reached: “%(title)s”.") % words)
    return redirect(workspace_of(milestone.pledge))


@require_POST
def pledge_propose(request, pk: int):
    """Ask the focal points of the city to publish a draft."""
    pledge = get_object_or_404(_editable(request), pk=pk)
    try:
        pledges.propose(pledge, by=request.user)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("Proposed. The focal points of your city find it in their list of what to do."))
    return redirect(workspace_of(pledge))


@asks_first
def milestone_delete(request, pk: int):
    """Ask, then delete a milestone."""
    milestone = _milestone(request, pk)
    question = Question(
        title=_("Delete this milestone?"),
        what=milestone.text("title", get_language()),
        consequences=[
            _("It no longer stands on the page of the pledge, in calendars or in the open data."),
            _("It cannot be put back. Where only the date is wrong, change the date instead."),
        ],
        button=_("Delete the milestone"),
        back=workspace_of(milestone.pledge),
    )

    def delete() -> None:
        pledges.delete_milestone(milestone, by=request.user)
        messages.success(request, _("The milestone is deleted."))

    return _asked(request, question, milestone.pledge, delete)


@asks_first
def pledge_delete(request, pk: int):
    """Ask, then delete a pledge that was never published."""
    pledge = get_object_or_404(_editable(request).filter(published_at=None), pk=pk)
    question = Question(
        title=_("Delete this draft?"),
        what=pledge.text("title", get_language()),
        consequences=[_("The draft and its milestones are deleted. Nobody outside your city has seen them.")],
        button=_("Delete the draft"),
        back=workspace_of(pledge),
    )

    def delete() -> HttpResponse:
        city = pledge.city
        pledges.delete(pledge)
        messages.success(request, _("The draft is deleted."))
        return redirect("my_city_of", slug=city.slug)

    return _asked(request, question, pledge, delete)


@asks_first
def pledge_take_down(request, pk: int):
    """Hide a pledge from the public, for a reason."""
    pledge = get_object_or_404(_editable(request).public(), pk=pk)
    question = Question(
        title=_("Take this pledge down?"),
        what=pledge.text("title", get_language()),
        consequences=[
            _("The public no longer sees it, its milestones and its updates, from this moment."),
            _("Its address says that your city took it down today. The reason is for your city and the staff."),
            _("Your city still reads it. To show it again, you ask the staff."),
        ],
        button=_("Take the pledge down"),
        back=workspace_of(pledge),
        form=ReasonForm(request.POST if request.method == "POST" else None),
    )
    return _asked(request, question, pledge, lambda: _take_down(request, pledge, question))


@asks_first
def update_take_down(request, pk: int):
    """Hide a progress update from the public, since someone's safety may depend on it."""
    update = get_object_or_404(_updates(request).standing(), pk=pk)
    question = Question(
        title=_("Take the update of %(date)s down?") % {"date": date_format(update.reported_on)},
        what=update.pledge.text("title", get_language()),
        consequences=[
            _("The public no longer sees it, from this moment. Your city still does; to show it again, ask the staff."),
            _("The status of the pledge stays as it is. If it should change, report progress again."),
        ],
        button=_("Take the update down"),
        back=workspace_of(update.pledge),
        form=ReasonForm(request.POST if request.method == "POST" else None),
    )
    return _asked(request, question, update.pledge, lambda: _take_down(request, update, question))


@asks_first
def milestone_take_down(request, pk: int):
    """Hide a milestone from the public, since its words may expose somebody."""
    public = Milestone.objects.public().select_related("pledge__city")
    milestone = get_object_or_404(public, pledge__in=Pledge.objects.editable_by(request.user), pk=pk)
    question = Question(
        title=_("Take this milestone down?"),
        what=milestone.text("title", get_language()),
        consequences=[
            _("The public no longer sees it, from this moment: no page, no calendar, no file. Your city still does."),
            _("It stays down. Write a new milestone in its place, without what could harm somebody."),
        ],
        button=_("Take the milestone down"),
        back=workspace_of(milestone.pledge),
        form=ReasonForm(request.POST if request.method == "POST" else None),
    )
    return _asked(request, question, milestone.pledge, lambda: _take_down(request, milestone, question))


def _take_down(request, row: Pledge | ProgressUpdate | Milestone, question: Question) -> None:
    assert question.form, "its reason"
    pledges.take_down(row, reason=question.form.cleaned_data["reason"], by=request.user)
    messages.success(request, _("Taken down. Your city still reads it; the public does not."))


@asks_first
def pledge_restore(request, pk: int):
    """Ask the staff to restore a pledge that was taken down."""
    pledge = get_object_or_404(_editable(request).filter(taken_down_at__isnull=False), pk=pk)
    return _ask_to_restore(request, pledge, pledge)


@asks_first
def update_restore(request, pk: int):
    """Ask the staff to restore an update that was taken down."""
    update = get_object_or_404(_updates(request).filter(taken_down_at__isnull=False), pk=pk)
    return _ask_to_restore(request, update, update.pledge)


def _ask_to_restore(request, row: Pledge | ProgressUpdate, pledge: Pledge):
    form = ReasonForm(request.POST if request.method == "POST" else None)
    question = Question(
        title=_("Ask the staff to show it again?"),
        what=pledge.text("title", get_language()),
        consequences=[_("The staff of the network read your reason and decide. Until then it stays taken down.")],
        button=_("Ask the staff"),
        back=workspace_of(pledge),
        form=form,
        is_danger=False,
    )

    def ask_staff() -> None:
        restoring.ask(row, reason=form.cleaned_data["reason"], by=request.user)
        messages.success(request, _("The staff of the network have been asked."))

    return _asked(request, question, pledge, ask_staff)


def _asked(request, question: Question, pledge: Pledge, act: Callable[[], HttpResponse | None]) -> HttpResponse:
    """The page with `question`. Once it is answered, the response of `act`, or a redirect to the pledge in the
    workspace."""
    if request.method != "POST" or (question.form and not question.form.is_valid()):
        return ask(request, question, city=pledge.city)
    try:
        return act() or redirect(question.back)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect(question.back)


def _editable(request):
    return Pledge.objects.editable_by(request.user).select_related("city", "commitment")


def _updates(request):
    editable = Pledge.objects.editable_by(request.user)
    return ProgressUpdate.objects.filter(pledge__in=editable).select_related("pledge__city")


def _milestone(request, pk: int) -> Milestone:
    editable = Pledge.objects.editable_by(request.user)
    return get_object_or_404(Milestone.objects.select_related("pledge__city"), pledge__in=editable, pk=pk)

"""An official writes: a pledge and its milestones."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commitments import pledges
from commitments.forms import ClosingForm, MilestoneForm, PledgeForm
from commitments.models import Milestone, Pledge
from members import proposals
from members.editing.editing import Editing
from members.editing.sent_once import Answer
from members.models import City
from members.permissions import acts_for
from members.risk_forms import keep_answers


def pledge_new(request, slug: str):
    """Write a draft of a pledge of a city."""
    city = get_object_or_404(City.objects.editable_by(request.user), slug=slug)
    initial = {"commitment": request.GET.get("commitment")}
    editing = Editing(request, f"pledge-new:{city.slug}", PledgeForm, initial=initial)

    def draft(form: PledgeForm) -> Answer:
        pledge = pledges.draft(form.instance, city=city, by=request.user)
        return Answer(workspace_of(pledge), _("The draft is saved. Only your city sees it until you publish it."))

    return editing.save(draft) or editing.page("commitments/pledge_form.html", {"city": city})


def pledge_edit(request, pk: int):
    """Change the words or the dates of a pledge; its status changes by a progress update."""
    pledge = get_object_or_404(Pledge.objects.editable_by(request.user).select_related("city"), pk=pk)
    if refused := _refused(request, pledge):
        return refused
    editing = Editing(request, f"pledge:{pledge.pk}", PledgeForm, row=pledge)

    def change(form: PledgeForm) -> Answer:
        pledges.require_release(pledge, by=request.user)
        form.save()
        keep_answers(form.risk_answers, city=pledge.city, about=f"pledge:{pledge.pk}", by=request.user)
        public = _("Your changes are saved and public.")
        return Answer(workspace_of(pledge), public if pledge.is_public else _("Your changes are saved."))

    context = {"city": pledge.city, "pledge": pledge}
    return editing.save(change) or editing.page("commitments/pledge_form.html", context)


def pledge_close(request, pk: int):
    """Say what came of a pledge that is done."""
    done = Pledge.objects.editable_by(request.user).filter(status=Pledge.Status.DONE)
    pledge = get_object_or_404(done.select_related("city"), pk=pk)
    if refused := _refused(request, pledge):
        return refused
    editing = Editing(request, f"closing:{pledge.pk}", ClosingForm, row=pledge)

    def close(form: ClosingForm) -> Answer:
        pledges.require_release(pledge, by=request.user)
        form.save()
        keep_answers(form.risk_answers, city=pledge.city, about=f"pledge:{pledge.pk}", by=request.user)
        return Answer(workspace_of(pledge), _("Thank you. What came of the pledge stands on its page."))

    context = {"city": pledge.city, "pledge": pledge}
    return editing.save(close) or editing.page("commitments/closing_form.html", context)


def _refused(request, pledge: Pledge):
    """Before a form is opened that only a focal point may save: the way back, and why.

    A form that is sent is refused where it is saved, so that its words stay.
    """
    try:
        pledges.require_release(pledge, by=request.user)
    except ValidationError as error:
        if request.method != "POST":
            messages.info(request, error.messages[0])
            return redirect(workspace_of(pledge))
    return None


def workspace_of(pledge: Pledge) -> str:
    return reverse("pledge_workspace", args=[pledge.pk])


@require_safe
def pledge_workspace(request, pk: int):
    """A pledge as its city works on it: milestones, updates, and what can be done next."""
    related = ("city", "commitment__declaration", "taken_down_by")
    pledge = get_object_or_404(Pledge.objects.editable_by(request.user).select_related(*related), pk=pk)
    context = {
        "city": pledge.city,
        "pledge": pledge,
        "milestones": pledge.milestones.all(),
        "taken_down_by": _taken_down_by(pledge),
        # With those that were taken down, marked: the city still reads them.
        "updates": pledge.updates.newest_first().prefetch_related("restore_requests"),
        "asked": pledge.restore_requests.order_by("-pk").first(),
    } | _sign_off_of(pledge, request.user)
    return render(request, "commitments/pledge_workspace.html", context)


def _sign_off_of(pledge: Pledge, user) -> dict:
    """What the page says where the city has its own sign-off, and where something was proposed."""
    waits = proposals.waits_for_a_focal_point(user, pledge.city)
    return {
        "waits": proposals.in_words(pledge.city) if waits else "",
        "may_change": pledge.is_draft or not waits,
        "proposal": proposals.waiting("pledge", [pledge.city]).get(pledge.pk) if pledge.is_draft else None,
        "proposed_updates": proposals.updates_of(f"update:{pledge.pk}"),
    }


def milestone_new(request, pk: int):
    """Add a milestone to a pledge."""
    pledge = get_object_or_404(Pledge.objects.editable_by(request.user).select_related("city"), pk=pk)
    name = f"milestone-new:{pledge.pk}"
    return _milestone_form(pledge, Editing(request, name, MilestoneForm, instance=Milestone(pledge=pledge)))


def milestone_edit(request, pk: int):
    """Change a milestone, or say when it was reached."""
    editable = Pledge.objects.editable_by(request.user)
    milestone = get_object_or_404(Milestone.objects.select_related("pledge__city"), pledge__in=editable, pk=pk)
    name = f"milestone:{milestone.pk}"
    editing = Editing(request, name, MilestoneForm, row=milestone)
    return _milestone_form(milestone.pledge, editing, milestone=milestone)


def _milestone_form(pledge: Pledge, editing: Editing, **context):
    def save(form: MilestoneForm) -> Answer:
        pledges.require_release(pledge, by=editing.request.user)
        form.save()
        public = _("The milestone is saved and public.")
        return Answer(workspace_of(pledge), public if pledge.is_public else _("The milestone is saved."))

    if refused := _refused(editing.request, pledge):
        return refused
    context |= {"city": pledge.city, "pledge": pledge}
    return editing.save(save) or editing.page("commitments/milestone_form.html", context)


def _taken_down_by(pledge: Pledge) -> str:
    """Who of the city took it down; the staff go without their names."""
    by = pledge.taken_down_by
    return str(by) if by and acts_for(by, pledge.city) else _("the staff of the network")

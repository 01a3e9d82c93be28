"""Pages where an official writes a pledge and its milestones."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from commitments import pledges
from commitments.forms import ClosingForm, MilestoneForm, PledgeForm
from commitments.models import Milestone, Pledge
from members.editing.editing import Editing
from members.editing.sent_once import Answer
from members.models import City
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
    """Change the words or the dates of a pledge; only a progress update changes its status."""
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
    """Write the result of a pledge that is done."""
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
    """If only a focal point may save a form that is about to be opened: a redirect back, with the reason. Else None.

    A form that is sent is refused only when it is saved, so that its words are not lost.
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


def milestone_new(request, pk: int):
    """Add a milestone to a pledge."""
    pledge = get_object_or_404(Pledge.objects.editable_by(request.user).select_related("city"), pk=pk)
    name = f"milestone-new:{pledge.pk}"
    return _milestone_form(pledge, Editing(request, name, MilestoneForm, instance=Milestone(pledge=pledge)))


def milestone_edit(request, pk: int):
    """Change a milestone, or enter when it was reached."""
    editable = Pledge.objects.editable_by(request.user)
    milestone = get_object_or_404(Milestone.objects.select_related("pledge__city"), pledge__in=editable, pk=pk)
    name = f"milestone:{milestone.pk}"
    editing = Editing(request, name, MilestoneForm, row=milestone)
    return _milestone_form(milestone.pledge, editing, milestone=milestone)


def _milestone_form(pledge: Pledge, editing: Editing, **context):
    def save(form: MilestoneForm) -> Answer:
        pledges.require_release(pledge, by=editing.request.user)
        milestone = form.save()
        about = f"milestone:{milestone.pk}"
        keep_answers(form.risk_answers, city=pledge.city, about=about, by=editing.request.user)
        public = _("The milestone is saved and public.")
        return Answer(workspace_of(pledge), public if pledge.is_public else _("The milestone is saved."))

    if refused := _refused(editing.request, pledge):
        return refused
    context |= {"city": pledge.city, "pledge": pledge}
    return editing.save(save) or editing.page("commitments/milestone_form.html", context)

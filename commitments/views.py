"""Pages of commitments: the Declaration, each commitment, and an official's work on a pledge."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from commitments import pledges
from commitments.forms import MilestoneForm, PledgeForm, ProgressUpdateForm
from commitments.models import Commitment, Declaration, Milestone, Pledge, ProgressUpdate
from members.editing.editing import Editing
from members.editing.sent_once import Answer
from members.models import City
from scn_portal.base.http.confirmation import Question, ask


@require_safe
@login_not_required
def declaration(request):
    """The Declaration and its seven commitments, with a word on which text the portal holds."""
    text = get_object_or_404(Declaration, slug="melbourne-2018")
    context = {"declaration": text, "commitments": text.commitments.all(), "is_source": text.is_source(get_language())}
    return render(request, "commitments/declaration.html", context)


@require_safe
@login_not_required
def commitment_list(request):
    """The seven commitments, with how many cities have pledged under each."""
    commitments = Commitment.objects.of_melbourne().with_city_counts()
    return render(request, "commitments/commitment_list.html", {"commitments": commitments})


def pledge_new(request, slug: str):
    """Record a pledge of a city."""
    city = get_object_or_404(City.objects.editable_by(request.user), slug=slug)
    initial = {"commitment": request.GET.get("commitment")}
    editing = Editing(request, f"pledge-new:{city.slug}", PledgeForm, initial=initial)

    def record(form: PledgeForm) -> Answer:
        pledge = pledges.record(form.instance, city=city, by=request.user)
        return Answer(_workspace_of(pledge), _("The pledge is recorded and public on your city’s page."))

    return editing.save(record) or editing.page("commitments/pledge_form.html", {"city": city})


def pledge_edit(request, pk: int):
    """Change the words or the dates of a pledge; its status changes by a progress update."""
    pledge = get_object_or_404(Pledge.objects.editable_by(request.user).select_related("city"), pk=pk)
    editing = Editing(request, f"pledge:{pledge.pk}", PledgeForm, row=pledge)

    def change(form: PledgeForm) -> Answer:
        form.save()
        return Answer(_workspace_of(pledge), _("Your changes are saved and public."))

    context = {"city": pledge.city, "pledge": pledge}
    return editing.save(change) or editing.page("commitments/pledge_form.html", context)


def _workspace_of(pledge: Pledge) -> str:
    return reverse("pledge_workspace", args=[pledge.pk])


@require_safe
def pledge_workspace(request, pk: int):
    """A pledge as its city works on it: milestones, updates, and what can be done next."""
    pledge = get_object_or_404(Pledge.objects.editable_by(request.user).with_updates(), pk=pk)
    context = {
        "city": pledge.city,
        "pledge": pledge,
        "milestones": pledge.milestones.all(),
        "updates": pledge.updates.all(),
    }
    return render(request, "commitments/pledge_workspace.html", context)


def pledge_report(request, pk: int):
    """Report how a pledge stands. The update is public at once and cannot be changed afterwards."""
    pledge = get_object_or_404(Pledge.objects.editable_by(request.user).select_related("city"), pk=pk)
    editing = Editing(request, f"update-of:{pledge.pk}", ProgressUpdateForm, pledge=pledge)

    def report(form: ProgressUpdateForm) -> Answer:
        pledges.report(pledge, form.instance, by=request.user)
        return Answer(_workspace_of(pledge), _("Your update is public on your city’s page."))

    context = {"city": pledge.city, "pledge": pledge}
    return editing.save(report) or editing.page("commitments/progress_form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def update_take_down(request, pk: int):
    """Show a progress update to nobody any more, once that is confirmed: someone's safety may hang on it."""
    editable = Pledge.objects.editable_by(request.user)
    standing = ProgressUpdate.objects.standing().select_related("pledge__city")
    update = get_object_or_404(standing, pledge__in=editable, pk=pk)
    if request.method != "POST":
        return ask(request, _take_down_of(update), city=update.pledge.city)
    pledges.take_down(update, by=request.user)
    messages.success(request, _("Taken down. The text is kept but no longer shown."))
    return redirect("pledge_workspace", pk=update.pledge_id)


def _take_down_of(update: ProgressUpdate) -> Question:
    return Question(
        title=_("Take the update of %(date)s down?") % {"date": date_format(update.reported_on)},
        what=update.pledge.text("title", get_language()),
        consequences=[
            _("The public no longer sees it, from this moment. It is kept, and cannot be put back."),
            _("The status of the pledge stays as it is. If it should change, report progress again."),
        ],
        button=_("Take the update down"),
        back=reverse("pledge_workspace", args=[update.pledge_id]),
    )


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
    return _milestone_form(milestone.pledge, Editing(request, name, MilestoneForm, row=milestone))


def _milestone_form(pledge: Pledge, editing: Editing):
    def save(form: MilestoneForm) -> Answer:
        form.save()
        return Answer(_workspace_of(pledge), _("The milestone is saved and public."))

    context = {"city": pledge.city, "pledge": pledge}
    return editing.save(save) or editing.page("commitments/milestone_form.html", context)

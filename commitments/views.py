"""Pages of commitments: the Declaration, each commitment, and an official's work on a pledge."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from commitments import pledges
from commitments.forms import MilestoneForm, PledgeForm, ProgressUpdateForm
from commitments.models import Commitment, Declaration, Milestone, Pledge, ProgressUpdate
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
    form = PledgeForm(request.POST or None, initial={"commitment": request.GET.get("commitment")})
    if request.method == "POST" and form.is_valid():
        pledge = pledges.record(form.instance, city=city, by=request.user)
        messages.success(request, _("The pledge is recorded and public on your city’s page."))
        return redirect("pledge_workspace", pk=pledge.pk)
    return render(request, "commitments/pledge_form.html", {"city": city, "form": form})


def pledge_edit(request, pk: int):
    """Change the words or the dates of a pledge; its status changes by a progress update."""
    pledge = get_object_or_404(Pledge.objects.editable_by(request.user).select_related("city"), pk=pk)
    form = PledgeForm(request.POST or None, instance=pledge)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your changes are saved and public."))
        return redirect("pledge_workspace", pk=pledge.pk)
    return render(request, "commitments/pledge_form.html", {"city": pledge.city, "form": form, "pledge": pledge})


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
    form = ProgressUpdateForm(request.POST or None, pledge=pledge)
    if request.method == "POST" and form.is_valid():
        try:
            pledges.report(pledge, form.instance, by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Your update is public on your city’s page."))
            return redirect("pledge_workspace", pk=pledge.pk)
    context = {"city": pledge.city, "pledge": pledge, "form": form}
    return render(request, "commitments/progress_form.html", context)


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
    return _milestone_form(request, Milestone(pledge=pledge))


def milestone_edit(request, pk: int):
    """Change a milestone, or say when it was reached."""
    editable = Pledge.objects.editable_by(request.user)
    milestones = Milestone.objects.select_related("pledge__city")
    return _milestone_form(request, get_object_or_404(milestones, pledge__in=editable, pk=pk))


def _milestone_form(request, milestone: Milestone):
    form = MilestoneForm(request.POST or None, instance=milestone)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The milestone is saved and public."))
        return redirect("pledge_workspace", pk=milestone.pledge_id)
    context = {"city": milestone.pledge.city, "pledge": milestone.pledge, "form": form}
    return render(request, "commitments/milestone_form.html", context)

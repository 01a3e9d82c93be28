"""Pages where an official reads a pledge, publishes it, and reports on it. They need modules of layers above
commitments."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commitments import documents, pledges
from commitments.forms import ClosingForm, PledgeForm
from commitments.models import Pledge
from members import proposals
from members.editing.editing import Editing
from members.editing.sent_once import Answer
from members.models import Proposal
from members.permissions import acts_for, may_release
from members.risk_forms import RiskForm, keep_answers
from members.sign_in.asked_again import ask_again
from practices import evidence
from practices.evidence import with_evidence
from scn_portal.base.languages import CODES
from scn_portal.site.pledges.detail import page_context, read_for_page
from scn_portal.site.pledges.report import ReportForm


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
        # Including those that were taken down, which are marked: the city can still read them.
        "updates": with_evidence(pledge.updates.newest_first().prefetch_related("restore_requests")),
        "asked": pledge.restore_requests.order_by("-pk").first(),
    } | _sign_off_of(pledge, request.user)
    return render(request, "commitments/pledge_workspace.html", context)


def _taken_down_by(pledge: Pledge) -> str:
    """The person of the city who took it down; staff appear without their names."""
    by = pledge.taken_down_by
    return str(by) if by and acts_for(by, pledge.city) else _("the staff of the network")


def _sign_off_of(pledge: Pledge, user) -> dict:
    """What the page says if the city has its own sign-off, or if something was proposed."""
    waits = proposals.waits_for_a_focal_point(user, pledge.city)
    return {
        "waits": proposals.in_words(pledge.city) if waits else "",
        "may_change": pledge.is_draft or not waits,
        "proposal": proposals.waiting("pledge", [pledge.city]).get(pledge.pk) if pledge.is_draft else None,
        "proposed_updates": proposals.updates_of(f"update:{pledge.pk}"),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def pledge_publish(request, pk: int):
    """Show an official the page that the public will read, then publish the pledge.

    Words that could put somebody at risk must first be removed, or explained to the staff.
    """
    editable = Pledge.objects.editable_by(request.user)
    if request.method == "POST" and editable.filter(pk=pk, published_at__isnull=False).exists():
        messages.info(request, _("This pledge has already been published."))  # a second click, or a colleague
        return redirect("pledge_workspace", pk=pk)
    pledge = get_object_or_404(read_for_page(editable.filter(published_at=None)), pk=pk)
    if proposals.waits_for_a_focal_point(request.user, pledge.city):
        messages.info(request, proposals.in_words(pledge.city))
        return redirect("pledge_workspace", pk=pledge.pk)
    form = RiskForm(request.POST if request.method == "POST" else None, texts=_words_of(pledge), city=pledge.city)
    if request.method == "POST" and form.is_valid():
        ask_again(request)
        return _publish(request, pledge, form)
    pledge.published_at = timezone.now()  # as it will be, only for the page
    context = page_context(pledge) | {"city": pledge.city, "form": form}
    return render(request, "site/pledges/pledge_publish.html", context)


def _words_of(pledge: Pledge) -> list[str]:
    """The texts of a pledge, of its result and of its milestones, in both languages."""
    translated = (*PledgeForm.Meta.translated, *ClosingForm.Meta.translated)
    names = [f"{name}_{code}" for name in translated for code in CODES]
    steps = [getattr(step, f"title_{code}") for step in pledge.shown_milestones for code in CODES]
    return [getattr(pledge, name) or "" for name in names] + [step or "" for step in steps]


@transaction.atomic
def _publish(request, pledge: Pledge, form: RiskForm):
    try:
        pledges.publish(pledge, by=request.user)
        keep_answers(form.risk_answers, city=pledge.city, about=f"pledge:{pledge.pk}", by=request.user)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("The pledge is published."))
    return redirect("pledge_workspace", pk=pledge.pk)


def pledge_report(request, pk: int):
    """Report how a pledge stands. The update is public at once and cannot be changed afterwards.

    In a city with its own sign-off, what an editor reports waits for a focal point.
    """
    pledge = get_object_or_404(_reported_on(request), pk=pk)
    editing = Editing(request, f"update-of:{pledge.pk}", ReportForm, pledge=pledge, user=request.user)
    is_proposed = proposals.waits_for_a_focal_point(request.user, pledge.city)

    def report(form: ReportForm) -> Answer:
        return _proposed(pledge, form, request.user) if is_proposed else _reported(pledge, form, request.user)

    return editing.save(report) or _report_page(editing, pledge, is_proposed=is_proposed)


def proposed_update(request, pk: int):
    """A focal point reads an update that an editor proposed, may change it, and publishes it."""
    proposal = _proposed_update(request, pk)
    pledge = get_object_or_404(_reported_on(request), pk=proposal.key)
    name, about = f"proposed-update:{proposal.pk}", {"pledge": pledge, "user": request.user, "proposal": proposal}
    editing = Editing(request, name, ReportForm, **about)

    def report(form: ReportForm) -> Answer:
        return _reported(pledge, form, request.user, released=proposal)

    return editing.save(report) or _report_page(editing, pledge, proposal=proposal)


@require_POST
def proposed_update_discard(request, pk: int):
    """Delete a proposed update without publishing it."""
    proposal = _proposed_update(request, pk)
    proposal.delete()
    messages.success(request, _("The proposed update is discarded."))
    return redirect("pledge_workspace", pk=proposal.key)


def _reported_on(request):
    return Pledge.objects.editable_by(request.user).public().select_related("city", "commitment")


def _proposed_update(request, pk: int) -> Proposal:
    """A proposed update that the user of `request` may release."""
    proposed = Proposal.objects.filter(about__startswith="update:").select_related("city", "by")
    proposal = get_object_or_404(proposed, pk=pk)
    if not may_release.test(request.user, proposal.city):
        raise Http404
    return proposal


def _proposed(pledge: Pledge, form: ReportForm, by) -> Answer:
    form.receive()
    typed = [name for name in form.fields if name != "documents"]
    fields = {name: form.fields[name].widget.value_from_datadict(form.data, {}, name) for name in typed}
    fields["received"] = [document.pk for document in form.cleaned_data.get("received") or []]
    proposals.propose(f"update:{pledge.pk}", city=pledge.city, by=by, fields=fields)
    said = _("Proposed. The focal points of your city find it in their list of what to do.")
    return Answer(reverse("pledge_workspace", args=[pledge.pk]), said)


def _reported(pledge: Pledge, form: ReportForm, by, released: Proposal | None = None) -> Answer:
    update = pledges.report(pledge, form.instance, by=by, released=released)
    form.receive()
    documents.attach(form.cleaned_data.get("received") or [], update)
    evidence.name(form.cleaned_data.get("practices") or [], update)
    keep_answers(form.risk_answers, city=pledge.city, about=f"update:{update.pk}", by=by)
    said = _("Your update is public on your city’s page.")
    if not pledges.sets_status(update):
        said += " " + _("A later update stands, so the status of the pledge stays as it was.")
    is_done = update.status == Pledge.Status.DONE and pledges.sets_status(update)
    next_page = "pledge_close" if is_done else "pledge_workspace"
    return Answer(reverse(next_page, args=[pledge.pk]), said)


def _report_page(editing: Editing, pledge: Pledge, **context):
    if editing.form and editing.form.is_bound:
        try:
            with transaction.atomic():
                editing.form.receive_of_a_search() if editing.is_search else editing.form.receive()
        except ValidationError as error:  # no room on the disk
            editing.form.add_error("documents", error)
    latest = pledge.updates.standing().newest_first().first()
    context |= {"city": pledge.city, "pledge": pledge, "latest": latest}
    words = editing.find_words
    found = editing.form.found_by(words) if words and editing.form and editing.form.has_search else []
    return editing.page("commitments/progress_form.html", context | {"words": words, "found": found})

"""Pages for the officials who write practices."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commitments.forms import ReasonForm
from members import proposals
from members.models import City
from practices import moderation, queue, related
from practices.choices import Status
from practices.happened import with_words
from practices.models import Practice, Revision, Transition
from practices.views.conversation import told
from practices.views.questions import question_before
from scn_portal.base.http.confirmation import ask

# The verbs of the workspace without a form of their own, with the message after each.
WORKSPACE_VERBS = {
    "withdraw": gettext_lazy("Withdrawn. Only your city sees it now."),
    "archive": gettext_lazy("Taken down. The public no longer sees it."),
    "undo": gettext_lazy("Undone. Your own words stand again."),
}


@require_safe
def practice_workspace(request, pk: int):
    """A practice in the workspace: the status of each revision, the decisions, the next steps."""
    visible = Practice.objects.visible_in_workspace_to(request.user).with_live()
    practice = get_object_or_404(visible, pk=pk)
    rows = practice.revisions.order_by("-number").with_history().with_first_publication()
    revisions = with_words(rows, for_staff=False)
    context = {
        "city": practice.city,
        "practice": practice,
        "newest": revisions[0],
        "commitments": revisions[0].commitments.all(),
        "documents": revisions[0].attachments.all(),
        "originals": related.originals_of(revisions[0]),
        "partner_cities": revisions[0].partner_cities.listed(),
        "revisions": revisions,
        "live": practice.live,
        "verbs": moderation.available_verbs(revisions[0], request.user),
        "may_take_down_live": practice.live
        and practice.live != revisions[0]
        and moderation.TRANSITIONS["archive"].may.test(request.user, practice.live),
        "may_write": City.objects.editable_by(request.user).filter(pk=practice.city_id).exists(),
        "said": told(practice),
        "last": last_words(revisions[0]),
    } | _sign_off_of(practice, revisions[0], request.user)
    if revisions[0].status == Status.SUBMITTED:
        context["usual_wait"] = queue.wait_to_expect()
    return render(request, "practices/practice_workspace.html", context)


def last_words(newest: Revision) -> Transition | None:
    """The last step of the newest version, if the staff wrote something with it."""
    last = newest.history[-1] if newest.history else None
    return last if last and last.by_staff and last.reason else None


def _sign_off_of(practice: Practice, newest: Revision, user) -> dict:
    """The context for a city with its own sign-off: who has to release the draft, and whether it was proposed."""
    if not newest.is_writable:
        return {}
    waits = proposals.waits_for_a_focal_point(user, practice.city)
    return {
        "waits": proposals.in_words(practice.city) if waits else "",
        "proposal": proposals.waiting("practice", [practice.city]).get(practice.pk),
    }


@require_POST
def practice_propose(request, pk: int):
    """Ask the focal points of the city to submit a draft."""
    practice = get_object_or_404(Practice.objects.editable_by(request.user).select_related("city"), pk=pk)
    try:
        moderation.propose(revision=practice.newest, by=request.user)
    except moderation.Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Proposed. The focal points of your city find it in their list of what to do."))
    return redirect("practice_workspace", pk=practice.pk)


@require_POST
def practice_revise(request, pk: int):
    """Open a draft; the live revision stays public until a moderator publishes the draft."""
    practice = get_object_or_404(Practice.objects.editable_by(request.user), pk=pk)
    try:
        moderation.open_draft(practice=practice, by=request.user)
    except moderation.Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("practice_workspace", pk=practice.pk)
    return redirect("practice_edit", pk=practice.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def practice_act(request, pk: int, verb: str):
    """For the city: withdraw or take down a revision, or undo a correction of the network. The page asks first."""
    revisions = Revision.objects.filter(practice__in=Practice.objects.editable_by(request.user))
    revision = get_object_or_404(revisions.select_related("practice__city"), pk=pk)
    if verb not in WORKSPACE_VERBS:
        raise Http404
    form = _form_of(verb, request.POST if request.method == "POST" else None)
    if request.method != "POST" or (form and not form.is_valid()):
        return ask(request, question_before(verb, revision, form), city=revision.practice.city)
    details = {"reason": form.cleaned_data["reason"], "language": get_language()} if form else {}
    try:
        moderation.perform(verb, revision=revision, by=request.user, **details)
    except moderation.Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, WORKSPACE_VERBS[verb])
    return redirect("practice_workspace", pk=revision.practice_id)


def _form_of(verb: str, data) -> ReasonForm | None:
    """The form that a verb needs besides the button, if any."""
    return ReasonForm(data) if moderation.TRANSITIONS[verb].needs_reason else None

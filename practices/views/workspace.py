"""Pages for the officials who write practices."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from members.editing.editing import Editing
from members.editing.sent_once import Answer
from members.models import City
from practices import moderation, related
from practices.forms import RevisionForm
from practices.models import Practice, Revision
from practices.views.questions import question_before
from scn_portal.base.http.confirmation import ask

# The verbs of the workspace, with the message that follows.
WORKSPACE_VERBS = {
    "submit": gettext_lazy("Submitted. A moderator will read it, and you will get the decision by email."),
    "withdraw": gettext_lazy("Withdrawn. Only your city sees it now."),
    "archive": gettext_lazy("Taken down. The public no longer sees it."),
}


def practice_new(request, slug: str):
    """Begin a practice of a city, as a draft."""
    city = get_object_or_404(City.objects.editable_by(request.user), slug=slug)
    editing = Editing(
        request, f"practice-new:{city.slug}", RevisionForm, instance=Revision(number=1, author=request.user)
    )

    def begin(form: RevisionForm) -> Answer:
        form.instance.practice = Practice.objects.create(city=city, created_by=request.user)
        form.save()
        message = _("Your draft is saved. Only your city sees it until you submit it.")
        return Answer(reverse("practice_workspace", args=[form.instance.practice_id]), message)

    return editing.save(begin) or editing.page("practices/practice_form.html", {"city": city})


def practice_edit(request, pk: int):
    """Edit the open draft of a practice. If it was submitted meanwhile, the form comes back with what was typed."""
    practice = get_object_or_404(Practice.objects.editable_by(request.user).select_related("city"), pk=pk)
    revision = practice.newest
    if request.method != "POST" and not revision.is_writable:
        messages.info(request, _("This text can no longer be changed. Open a new draft to continue writing."))
        return redirect("practice_workspace", pk=practice.pk)
    editing = Editing(request, f"practice:{practice.pk}", RevisionForm, row=revision)

    def change(form: RevisionForm) -> Answer:
        form.save()
        return Answer(reverse("practice_workspace", args=[practice.pk]), _("Your draft is saved."))

    context = {"city": practice.city, "practice": practice, "revision": revision}
    return editing.save(change) or editing.page("practices/practice_form.html", context)


@require_safe
def practice_workspace(request, pk: int):
    """A practice in the workspace: the status of each revision, the decisions, the next steps."""
    visible = Practice.objects.visible_in_workspace_to(request.user).with_live()
    practice = get_object_or_404(visible, pk=pk)
    revisions = list(practice.revisions.order_by("-number").with_history())
    context = {
        "city": practice.city,
        "practice": practice,
        "newest": revisions[0],
        "commitments": revisions[0].commitments.all(),
        "documents": revisions[0].attachments.all(),
        "originals": related.originals_of(revisions[0]),
        "revisions": revisions,
        "live": practice.live,
        "verbs": moderation.available_verbs(revisions[0], request.user),
        "may_take_down_live": practice.live
        and practice.live != revisions[0]
        and moderation.TRANSITIONS["archive"].may.test(request.user, practice.live),
        "may_write": City.objects.editable_by(request.user).filter(pk=practice.city_id).exists(),
    }
    return render(request, "practices/practice_workspace.html", context)


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
    """Submit, withdraw or take down a revision, for its city. The last two ask first."""
    revisions = Revision.objects.filter(practice__in=Practice.objects.editable_by(request.user))
    revision = get_object_or_404(revisions.select_related("practice__city"), pk=pk)
    if verb not in WORKSPACE_VERBS:
        raise Http404
    if request.method != "POST":
        return ask(request, question_before(verb, revision), city=revision.practice.city)
    try:
        moderation.perform(verb, revision=revision, by=request.user)
    except moderation.Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, WORKSPACE_VERBS[verb])
    return redirect("practice_workspace", pk=revision.practice_id)

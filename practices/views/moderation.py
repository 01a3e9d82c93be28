"""The desk of the moderators: what waits, and the decision about each."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from practices import moderation
from practices.choices import Status
from practices.forms import DecisionForm
from practices.models import Revision
from practices.related import originals_of
from scn_portal.base.http.decorators import permission_or_404
from scn_portal.base.languages import CODES

REVISIONS_PER_PAGE = 20
# Only the city may read these: they are being written, or were withdrawn.
HIDDEN_FROM_MODERATORS = (Status.DRAFT, Status.SENT_BACK, Status.WITHDRAWN)


moderators_only = permission_or_404("practices.moderate_revision")


@require_safe
@moderators_only
def desk(request):
    """What waits for a decision, the longest first, and what is approved to appear later."""
    shown = Revision.objects.select_related("practice__city", "author")
    context = {
        "page": Paginator(shown.waiting(), REVISIONS_PER_PAGE).get_page(request.GET.get("page")),
        "scheduled": shown.filter(status=Status.SCHEDULED).order_by("publish_at")[:REVISIONS_PER_PAGE],
    }
    return render(request, "practices/desk.html", context)


@moderators_only
def desk_revision(request, pk: int):
    """A revision beside the text that is public now, what happened to it, and the decision to take."""
    revisions = Revision.objects.exclude(status__in=HIDDEN_FROM_MODERATORS).select_related("practice__city", "author")
    revision = get_object_or_404(revisions.prefetch_related("commitments", "attachments", "transitions__by"), pk=pk)
    verbs = moderation.available_verbs(revision, request.user)
    form = DecisionForm(
        request.POST or None, verbs=verbs, initial={"submitted_at_read": revision.submitted_at.isoformat()}
    )
    if request.method == "POST" and form.is_valid():
        try:
            moderation.perform(form.cleaned_data.pop("verb"), **form.cleaned_data, revision=revision, by=request.user)
        except moderation.Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Decided. The author is told by mail."))
            return redirect("desk")
    live = revision.practice.live
    context = {
        "revision": revision,
        "practice": revision.practice,
        "live": live if live != revision else None,
        "comparison": compare(revision, live if live != revision else None),
        "verbs": verbs,
        "form": form,
    }
    return render(request, "practices/desk_revision.html", context)


# What a revision says in no language of its own.
FACTS = (
    "commitments", "themes", "target_groups", "evaluation", "adapted_from", "original_name", "started_on", "website",
    "sources", "attachments",
)  # fmt: skip


@dataclass(frozen=True)
class Compared:
    """One text in one language ("" for a fact): as it is public now (None where nothing is) and as it would become."""

    name: str
    label: str
    language: str
    before: str | None
    after: str

    @property
    def changed(self) -> bool:
        return self.before is not None and self.before != self.after


def compare(revision: Revision, live: Revision | None) -> list[Compared]:
    """All that `revision` says, beside what `live` says of the same; what neither says is left out."""
    places = [(name, code) for name in Revision.TEXTS for code in CODES] + [(name, "") for name in FACTS]
    compared = [
        Compared(name, _label(name), code, _said(live, name, code) if live else None, _said(revision, name, code))
        for name, code in places
    ]
    return [one for one in compared if one.before or one.after]


def _label(name: str) -> str:
    if name == "attachments":
        return _("Documents")
    return str(getattr(Revision._meta.get_field(name), "verbose_name", name))


def _said(revision: Revision, name: str, language: str) -> str:
    match name:
        case "commitments":
            return ", ".join(str(commitment) for commitment in revision.commitments.all())
        case "themes":
            return ", ".join(revision.get_themes_display())
        case "target_groups":
            return ", ".join(revision.get_target_groups_display())
        case "evaluation":
            return revision.get_evaluation_display()
        case "adapted_from":
            return "\n".join(f"{one.title} ({one.practice.city})" for one in originals_of(revision))
        case "sources":
            return "\n".join(revision.sources)
        case "attachments":
            # The key too: another file under the same title is another document.
            documents = revision.attachments.all()
            return "\n".join(f"{document.title} ({document.filename}, {document.key[:8]})" for document in documents)
    return getattr(revision, f"{name}_{language}" if language else name) or ""

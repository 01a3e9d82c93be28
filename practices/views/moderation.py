"""Pages for moderators: the waiting revisions, and the decision about each."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from members.editing.editing import Editing
from members.editing.sent_once import Answer
from practices import moderation, pictures
from practices.choices import Status
from practices.forms import DecisionForm
from practices.headings import HEADINGS
from practices.models import HarmCheck, Revision
from practices.related import originals_of
from practices.writing.table import LONG_TEXTS
from scn_portal.base.http.decorators import permission_or_404
from scn_portal.base.languages import CODES, Text

REVISIONS_PER_PAGE = 20
# Only the city may read these: they are being written, or were withdrawn.
HIDDEN_FROM_MODERATORS = (Status.DRAFT, Status.SENT_BACK, Status.WITHDRAWN)


moderators_only = permission_or_404("practices.moderate_revision")


@require_safe
@moderators_only
def desk(request):
    """The submitted revisions, the oldest first, and the scheduled ones."""
    revisions = Revision.objects.select_related("practice__city", "author")
    context = {
        "page": Paginator(revisions.waiting(), REVISIONS_PER_PAGE).get_page(request.GET.get("page")),
        "scheduled": revisions.filter(status=Status.SCHEDULED).order_by("publish_at")[:REVISIONS_PER_PAGE],
    }
    return render(request, "practices/desk.html", context)


@moderators_only
def desk_revision(request, pk: int):
    """A revision compared with the live one, its history, and the form for the decision."""
    revisions = Revision.objects.exclude(status__in=HIDDEN_FROM_MODERATORS).select_related("practice__city", "author")
    revisions = revisions.with_history().with_first_publication().prefetch_related("commitments", "attachments")
    revision = get_object_or_404(revisions, pk=pk)
    verbs = moderation.available_verbs(revision, request.user)
    initial = {"submitted_at_read": revision.submitted_at.isoformat()}
    name = f"decision:{revision.pk}"
    editing = Editing(request, name, DecisionForm, among_staff=True, verbs=verbs, initial=initial)

    def decide(form: DecisionForm) -> Answer:
        try:
            moderation.perform(**form.cleaned_data, revision=revision, by=request.user)
        except moderation.Refused as refusal:
            raise ValidationError(str(refusal)) from refusal
        return Answer(reverse("desk"), _("Your decision is saved. The author will get an email."))

    if decided := editing.save(decide):
        return decided
    live = revision.practice.live
    context = {
        "revision": revision,
        "practice": revision.practice,
        "live": live if live != revision else None,
        "commitments": revision.commitments.all(),
        "documents": revision.attachments.all(),
        "comparison": compare(revision, live if live != revision else None),
        "partner_cities": revision.partner_cities.listed(),
        "note": getattr(revision.transitions.filter(verb="submit").last(), "note", ""),
        "harm": HarmCheck.objects.filter(submission__revision=revision).order_by("pk").last(),
        "verbs": verbs,
    }
    return editing.page("practices/desk_revision.html", context)


# The fields of a revision that have no language.
FACTS = (
    "commitments", "themes", "target_groups", "evaluation", "adapted_from", "original_name", "partner_cities", "scope",
    "started_on", "continuation", "ended_on", "cost_band", "people_reached",
    "people_reached_year", "website", "sources", "attachments", "picture", "picture_credit",
)  # fmt: skip


@dataclass(frozen=True)
class Compared:
    """A text in one language ("" for a fact): `before`, as it is live (None if nothing is), and `after`."""

    name: str
    label: str
    language: str
    before: str | None
    after: str

    @property
    def is_prose(self) -> bool:
        """Whether the public reads it as Markdown."""
        return self.name in LONG_TEXTS

    @property
    def text(self) -> Text:
        return Text(self.after, self.language)

    @property
    def changed(self) -> bool:
        return self.before is not None and self.before != self.after


def compare(revision: Revision, live: Revision | None) -> list[Compared]:
    """The fields of `revision` and `live` side by side, without those that are empty in both."""
    fields = [(name, code) for name in Revision.TEXTS for code in CODES] + [(name, "") for name in FACTS]
    fields += [("picture_alt", code) for code in CODES]
    compared = [
        Compared(name, _label(name), code, _value(live, name, code) if live else None, _value(revision, name, code))
        for name, code in fields
    ]
    return [field for field in compared if field.before or field.after]


def _label(name: str) -> str:
    if name == "attachments":
        return _("Documents")
    return str(HEADINGS.get(name) or getattr(Revision._meta.get_field(name), "verbose_name", name))


def _value(revision: Revision, name: str, language: str) -> str:
    match name:
        case "commitments":
            return ", ".join(str(commitment) for commitment in revision.commitments.all())
        case "themes":
            return ", ".join(revision.get_themes_display())
        case "target_groups":
            return ", ".join(revision.get_target_groups_display())
        case "evaluation" | "scope" | "continuation" | "cost_band":
            return str(getattr(revision, f"get_{name}_display")())
        case "partner_cities":
            return ", ".join(str(city) for city in revision.partner_cities.all())
        case "adapted_from":
            return "\n".join(f"{original.title} ({original.practice.city})" for original in originals_of(revision))
        case "sources":
            return "\n".join(revision.sources)
        case "attachments":
            # The key too: another file under the same title is another document.
            documents = revision.attachments.all()
            return "\n".join(f"{document.title} ({document.filename}, {document.key[:8]})" for document in documents)
        case "picture":
            return pictures.key_of(revision)[:8] if revision.picture else ""
    return str(getattr(revision, f"{name}_{language}" if language else name) or "")

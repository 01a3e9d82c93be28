"""The page of one text: as the public will read it, its changes, the facts, the conversation, its whole history."""

from collections.abc import Callable
from dataclasses import dataclass

from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, override
from django.views.decorators.http import require_safe

from practices import conversation, moderation, story
from practices.choices import HIDDEN_FROM_MODERATORS, Status
from practices.comparison import Values, compare, values_of
from practices.dead_links import dead_among
from practices.happened import with_words
from practices.missing_texts import untranslated
from practices.models import HarmCheck, Practice, Remark, Revision, SubmittedWords
from practices.noticed import noticed
from practices.queue import hold_on, next_after
from practices.views.desk.access import moderators_only, revision_of
from scn_portal.base.languages import CODES

READ, CHANGES, FACTS, TALK, HISTORY = "read", "changes", "facts", "talk", "history"
# The texts that a text can be compared with.
AGAINST: dict[str, str | Promise] = {
    "sent_back": gettext_lazy("what was last sent back"),
    "city": gettext_lazy("what the city had written"),
    "public": gettext_lazy("what is public"),
}


@dataclass(frozen=True)
class Tab:
    """A view of the text: its query string, its label, and whether it is the one that is shown."""

    query: str
    label: str | Promise
    is_current: bool
    language: str = ""


@moderators_only
@require_safe
def desk_revision(request, pk: int):
    """One text, in the view that `view` names; `in` is the language to read it in, `against` what to compare with."""
    revision = revision_of(request, pk)
    page = Reading(request, revision)
    context = page.context() | {
        "revision": revision,
        "practice": revision.practice,
        "tabs": page.tabs(),
        "view": page.view,
        "hold": hold_on(revision),
        "verbs": moderation.available_verbs(revision, request.user),
        "live": page.live,
        "public_documents": revision.attachments.all() if revision.status == Status.PUBLISHED else [],
        "newer": _newer(revision),
        "next": next_after(revision, by=request.user) if revision.status != Status.SUBMITTED else None,
        "noticed": noticed(revision) if page.is_readable else [],
        "note": _last_note(revision),
        "harm": HarmCheck.objects.filter(submission__revision=revision).order_by("pk").last(),
        "missing": untranslated(revision) if page.is_readable else "",
    }
    return render(request, "practices/desk/revision.html", context)


def _newer(revision: Revision) -> Revision | None:
    """The version that has replaced this one."""
    if revision.status not in (Status.REPLACED, Status.SUPERSEDED):
        return None
    later = revision.practice.revisions.exclude(status=Status.DRAFT).filter(number__gt=revision.number)
    return later.order_by("number").first()


def _last_note(revision: Revision) -> str:
    notes = [step.note for step in revision.history if step.verb == "submit"]
    return notes[-1] if notes else ""


class Reading:
    """What the page shows in the view that was asked for."""

    def __init__(self, request, revision: Revision):
        self.request, self.revision = request, revision
        # Only the city reads a text that it is writing; the desk reads what was submitted.
        self.is_readable = revision.status not in HIDDEN_FROM_MODERATORS
        live = revision.practice.live
        self.live = live if live != revision else None
        self.submitted = list(
            SubmittedWords.objects.filter(submission__revision=revision).order_by("pk").select_related("submission")
        )
        asked = request.GET.get("view")
        self.view = asked if asked in self._views() else self._usual_view()
        self.language = request.GET.get("in") if request.GET.get("in") in CODES else get_language()

    def _views(self) -> dict[str, Callable[[], dict]]:
        views = {CHANGES: self._changes, FACTS: self._facts, TALK: self._talk, HISTORY: self._history}
        if self.is_readable:
            return {READ: self._read} | views
        if self.revision.status == Status.SENT_BACK and self.submitted:
            return {CHANGES: self._changes, TALK: self._talk, HISTORY: self._history}
        return {TALK: self._talk, HISTORY: self._history}

    def _usual_view(self) -> str:
        if not self.is_readable:
            return next(iter(self._views()))
        return CHANGES if self.revision.status == Status.SUBMITTED and self._known() else READ

    def context(self) -> dict:
        return self._views()[self.view]()

    def tabs(self) -> list[Tab]:
        words: list[Tab] = []
        if READ in self._views():
            for code, label in (("fr", gettext_lazy("Read it in French")), ("en", gettext_lazy("Read it in English"))):
                is_current = self.view == READ and self.language == code
                words.append(Tab(f"view=read&in={code}", label, is_current, code))
        labels = {
            CHANGES: gettext_lazy("The changes"), FACTS: gettext_lazy("The facts"),
            TALK: gettext_lazy("Questions and remarks"), HISTORY: gettext_lazy("History"),
        }  # fmt: skip
        rest = [name for name in self._views() if name != READ]
        return words + [Tab(f"view={name}", labels[name], self.view == name) for name in rest]

    # --- As the public will read it ----------------------------------------------------------------------------------

    def _read(self) -> dict:
        with override(self.language):
            context = story.as_public(self.revision)
            shown = render_to_string("practices/_public.html", context | {"closed": True}, request=self.request)
        return {"as_public": shown, "language": self.language}

    # --- What changed ------------------------------------------------------------------------------------------------

    def _changes(self) -> dict:
        known, asked = self._known(), self.request.GET.get("against")
        against = asked if asked in known else next(iter(known), "")
        rows = compare(known[against] if against else None, self._values())
        changed = [row for row in rows if row.changed] if against else rows
        return {
            "against": against,
            "choices": [(name, label, name == against) for name, label in AGAINST.items() if name in known],
            "changed": changed,
            "unchanged": [row for row in rows if against and not row.changed and row.language],
        }

    def _values(self) -> Values:
        return values_of(self.revision) if self.is_readable else self.submitted[-1].values

    def _known(self) -> dict[str, Values]:
        """The contents that the text can be compared with, the most useful first."""
        known: dict[str, Values] = {}
        earlier = self.submitted[:-1]
        if earlier:
            known["sent_back"] = earlier[-1].values
        if self.revision.corrects:
            known["city"] = values_of(self.revision.corrects)
        if self.live:
            known["public"] = values_of(self.live)
        return known

    # --- The facts ---------------------------------------------------------------------------------------------------

    def _facts(self) -> dict:
        revision = self.revision
        addresses = [*revision.sources, *([revision.website] if revision.website else [])]
        return {
            "commitments": revision.commitments.all(),
            "partner_cities": revision.partner_cities.listed(),
            "documents": revision.attachments.all(),
            "originals": list(story.originals_of(revision)),
            "adaptations": [],
            "dead": dead_among(addresses),
        }

    # --- What was said, and what happened ----------------------------------------------------------------------------

    def _talk(self) -> dict:
        remarks = Remark.objects.filter(revision__practice=self.revision.practice).select_related("by", "revision")
        return {"conversation": conversation.messages_of(self.revision.practice), "remarks": remarks}

    def _history(self) -> dict:
        words = SubmittedWords.objects.filter(submission__revision__practice=self.revision.practice)
        return {
            "versions": versions_of(self.revision.practice),
            "kept": set(words.values_list("submission", flat=True)),
        }


def versions_of(practice: Practice) -> list[Revision]:
    """All versions of a practice with their steps, the newest first."""
    rows = practice.revisions.order_by("-number").select_related("corrects").with_history()
    return with_words(rows, for_staff=True)


@moderators_only
@require_safe
def desk_submitted(request, pk: int, step: int):
    """The whole text as it was submitted at one of its steps, even if it was changed afterwards."""
    revision = revision_of(request, pk)
    if revision.status == Status.WITHDRAWN:  # taken back for good
        words = SubmittedWords.objects.none()
    else:
        words = SubmittedWords.objects.filter(submission__revision=revision)
    kept = get_object_or_404(words.select_related("submission"), submission=step)
    context = {
        "revision": revision,
        "step": kept.submission,
        "rows": compare(None, kept.values),
        "back": reverse("desk_revision", args=[revision.pk]) + "?view=history",
    }
    return render(request, "practices/desk/submitted.html", context)

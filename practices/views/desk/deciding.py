"""The page before a decision is made: the mail as its reader will see it, in which the words are still being
written."""

import datetime as dt
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from members.editing import scratch
from members.editing.editing import Editing
from members.editing.sent_once import Answer
from members.sign_in.asked_again import ask_again
from practices import moderation
from practices.choices import Status
from practices.desk_forms import DecisionForm, in_signs, language_of_reader
from practices.happened import overtaken
from practices.missing_texts import untranslated, waits_for_both_languages
from practices.models import ReasonTemplate, Revision, Transition
from practices.moderation import TRANSITIONS, Verb
from practices.notices import Draft, drafts
from practices.story import address_once_public
from practices.views.desk.access import last_step, moderators_only, revision_of
from scn_portal.base.languages import CODES


@dataclass(frozen=True)
class Words:
    """The words of the page of a verb: its title, its button, and the message after it is done."""

    title: str | Promise
    button: str | Promise
    done: str | Promise


PAGES = {
    "publish": Words(
        gettext_lazy("Publish"), gettext_lazy("Publish and send the email"),
        gettext_lazy("Done. The email is on its way."),
    ),
    "send_back": Words(
        gettext_lazy("Send back"), gettext_lazy("Send back with this email"),
        gettext_lazy("Sent back. The email is on its way."),
    ),
    "reject": Words(
        gettext_lazy("Reject"), gettext_lazy("Reject with this email"),
        gettext_lazy("Rejected. The email is on its way."),
    ),
    "archive": Words(
        gettext_lazy("Take down"), gettext_lazy("Take down and send the email"),
        gettext_lazy("Taken down. The public no longer sees it."),
    ),
}  # fmt: skip
PUT_IN = "put_in"


@moderators_only
@require_http_methods(["GET", "HEAD", "POST"])
def desk_decide(request, pk: int, verb: str):
    """A decision about a text. If a colleague was faster, the page says who has decided, and still has the words that
    were typed."""
    revision = revision_of(request, pk)
    if verb not in PAGES:
        raise Http404
    row, name = TRANSITIONS[verb], f"decision:{revision.pk}:{verb}"
    if request.method != "POST" and not row.starts_from(revision) and not scratch.kept(request.user, name):
        messages.info(request, _overtaken(revision))
        return redirect("desk_revision", pk=revision.pk)
    is_put_in = _append_ready_reason(request)
    editing = Editing(
        request, name, DecisionForm, among_staff=True, verb=row, initial=_initial(revision)
    )  # fmt: skip
    if request.method == "POST" and (is_put_in or _names_another_moment(request, editing)):
        editing.keep()
        return _page(editing, revision, row, _moment_shown(request))

    def decide(form: DecisionForm) -> Answer:
        if verb == "publish":
            ask_again(request)
        details = {key: value for key, value in form.cleaned_data.items() if key in row.takes}
        try:
            moderation.perform(verb, revision=revision, by=request.user, **details)
        except moderation.Refused as refusal:
            raise ValidationError(str(refusal)) from refusal
        return Answer(reverse("desk_revision", args=[revision.pk]), str(PAGES[verb].done))

    return editing.save(decide) or _page(editing, revision_of(request, pk), row, _moment_shown(request))


def _initial(revision: Revision) -> dict:
    """The initial values of the form. The language is the author's."""
    read = revision.submitted_at.isoformat() if revision.submitted_at else ""
    language = revision.author.language if revision.author else language_of_reader()
    return {"submitted_at_read": read, "step_read": last_step(revision), "language": language, "moment_shown": ""}


def _overtaken(revision: Revision) -> str:
    status = _("This is no longer possible: the text is now “%s”.") % revision.get_status_display()
    return overtaken(revision, for_staff=True) or status


# --- What is read before it is sent ----------------------------------------------------------------------------------


def _append_ready_reason(request) -> bool:
    """Append the ready reason that the pressed button names to the words. Returns whether such a button was pressed."""
    if request.method != "POST":
        return False
    request.POST = data = request.POST.copy()
    if PUT_IN not in data:
        return False
    pk, __, language = data.pop(PUT_IN)[-1].partition("-")
    ready = ReasonTemplate.objects.filter(pk=pk).first() if pk.isdigit() else None
    if ready and language in CODES:
        data["reason"] = f"{data.get('reason', '').rstrip()}\n\n{getattr(ready, f'words_{language}')}".strip()
        data["language"] = language
    return True


def _names_another_moment(request, editing: Editing[DecisionForm]) -> bool:
    """Whether the mail on the page named another time than the form: then the page must show the new mail before it is
    sent."""
    form = editing.sent_form
    if not form.is_valid() or not form.is_unread:
        return False
    request.POST["moment_shown"] = in_signs(form.moment)
    return True


def _moment_shown(request) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(request.POST.get("moment_shown", ""))
    except ValueError:
        return None


def _page(editing: Editing[DecisionForm], revision: Revision, verb: Verb, at: dt.datetime | None):
    context = {
        "revision": revision,
        "practice": revision.practice,
        "verb": verb,
        "words": PAGES[verb.name],
        "is_possible": verb.starts_from(revision),
        "overtaken": "" if verb.starts_from(revision) else _overtaken(revision),
        "drafts": _drafts(editing.request.user, revision, verb, at),
        "at": at,
        "zone": timezone.get_current_timezone_name(),
        "missing": _missing(revision, verb),
        "ready": _ready_reasons(verb, revision),
    }
    return editing.page("practices/desk/decide.html", context)


def _drafts(user, revision: Revision, verb: Verb, at: dt.datetime | None) -> list[Draft]:
    """The mails that the decision would send."""
    as_it_will_be = Revision.objects.select_related("practice__city", "author").get(pk=revision.pk)
    to_status = Status.SCHEDULED if at else verb.to_status or revision.status
    as_it_will_be.publish_at = at
    if verb.name == "publish":
        as_it_will_be.practice.slug = address_once_public(as_it_will_be)
    return drafts(Transition(revision=as_it_will_be, verb=verb.name, to_status=to_status, by=user))


def _missing(revision: Revision, verb: Verb) -> str:
    return untranslated(revision) if verb.name == "publish" and waits_for_both_languages() else ""


def _ready_reasons(verb: Verb, revision: Revision) -> list[tuple[str, list[ReasonTemplate]]]:
    """The ready reasons that are offered with the verb, the author's language first."""
    rows = list(ReasonTemplate.objects.filter(verbs__contains=[verb.name]))
    first = revision.author.language if revision.author else language_of_reader()
    return [(code, rows) for code in sorted(CODES, key=lambda code: code != first)] if rows else []

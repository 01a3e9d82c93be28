"""The mails of moderation about decisions, questions and answers, each in the language and time zone of its reader. The
mails to moderators about submissions are in `practices.desk_mails`."""

import zoneinfo
from dataclasses import dataclass
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import override

from members.models import Role, User
from practices import desk_mails
from practices.choices import Status
from practices.comparison import changed_fields, values_of
from practices.models import Message, Revision, Transition
from practices.permissions import moderators
from scn_portal.base import mail
from scn_portal.base.languages import Text
from scn_portal.base.links import absolute_url
from scn_portal.base.word_diff import changed_paragraphs

# The mails to the author, by the status that a decision leads to.
AUTHOR_TEMPLATES: dict[str, str] = {
    Status.SENT_BACK: "practice_sent_back",
    Status.REJECTED: "practice_rejected",
    Status.SCHEDULED: "practice_scheduled",
    Status.PUBLISHED: "practice_published",
    Status.ARCHIVED: "practice_archived",
}
VERB_TEMPLATES = {"correct": "practice_corrected", "restore": "practice_restored"}
# For a text that nobody in the city wrote, the focal points get only this mail.
ABOUT_COMPILED = ("archive", "correct")
# Marks the place of the words that are being typed, in a mail that is shown before it is sent.
TYPED_HERE = "\N{OBJECT REPLACEMENT CHARACTER}"


def render_notices(transition: Transition) -> list[EmailMultiAlternatives]:
    """The mails about `transition`; none if the revision has moved on since."""
    revision = transition.revision
    if revision.status != transition.to_status:
        return []
    if transition.verb == "undo":
        return [_to_reader("practice_undone", transition, reader) for reader in _correctors(revision)]
    if transition.verb != "correct" and transition.to_status == Status.SUBMITTED:
        return desk_mails.of_submission(revision)
    if not (name := template_of(transition)):
        return []
    return [_to_reader(name, transition, reader) for reader in readers_of(transition)]


def template_of(transition: Transition) -> str:
    """The template of the mail to the city about `transition`; "" if there is none."""
    return VERB_TEMPLATES.get(transition.verb) or AUTHOR_TEMPLATES.get(transition.to_status, "")


def readers_of(about: Transition | Message) -> list[User]:
    """The people of the city who get the mail about a decision or a question."""
    also_compiled = isinstance(about, Message) or about.verb in ABOUT_COMPILED
    readers = recipients(about.revision, also_compiled=also_compiled)
    return [reader for reader in readers if reader != about.by]


def recipients(revision: Revision, *, also_compiled: bool = False) -> list[User]:
    """The author, if they still act for the city, and its focal points. For compiled texts nobody, unless
    `also_compiled`."""
    if revision.author is None and not also_compiled:
        return []
    acting = revision.practice.city.memberships.filter(user__is_active=True).select_related("user")
    concerned = acting.filter(Q(user=revision.author) | Q(role=Role.FOCAL_POINT))
    return [membership.user for membership in concerned.order_by("pk")]


def render_message(message: Message) -> list[EmailMultiAlternatives]:
    """The mails of a question, to the city, or of an answer, to the staff who asked."""
    if message.kind == Message.Kind.QUESTION:
        return [_to_reader("practice_question", message, reader) for reader in readers_of(message)]
    return [_to_reader("practice_answer", message, reader) for reader in _askers(message.revision)]


def _askers(revision: Revision) -> list[User]:
    """The moderators who have asked about the practice; all moderators if none of them is left."""
    questions = Message.objects.filter(revision__practice=revision.practice, kind=Message.Kind.QUESTION)
    may_read = moderators().exclude(memberships__city=revision.practice.city)
    return list(may_read.filter(pk__in=questions.values("by")).order_by("pk") or may_read.order_by("pk"))


def _correctors(revision: Revision) -> list[User]:
    """The staff member who made the last correction, if their account is active."""
    steps = Transition.objects.filter(revision__practice=revision.practice, verb="correct").order_by("-pk")
    return [step.by for step in steps.select_related("by")[:1] if step.by.is_active]


# --- Reading a mail before it is sent --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Draft:
    """A mail that is not sent yet: the HTML `before` and `after` the words that are being typed."""

    language: str
    readers: list[User]
    subject: str
    before: SafeString
    after: SafeString


def drafts(about: Transition | Message) -> list[Draft]:
    """The mails about a decision or a question that is not saved yet: one for each language of its readers and, if the
    text has a date to appear, for each of their time zones; the author's comes first. Empty if nobody gets the mail."""
    readers = sorted(readers_of(about), key=lambda reader: reader.pk != about.revision.author_id)
    groups: dict[tuple[str, str], list[User]] = {}
    for reader in readers:
        zone = reader.time_zone if about.revision.publish_at else ""
        groups.setdefault((reader.language, zone), []).append(reader)
    return [_draft(about, group) for group in groups.values()]


def _draft(about: Transition | Message, readers: list[User]) -> Draft:
    language = readers[0].language
    name = "practice_question" if isinstance(about, Message) else template_of(about)
    with timezone.override(zoneinfo.ZoneInfo(readers[0].time_zone)):
        # The words count as written in the reader's language; otherwise the mail would say that they are in the other
        # one.
        context = _context(about, language) | {"reason": TYPED_HERE, "words": Text(TYPED_HERE, language)}
        return draft_of(name, readers=readers, context=context)


def draft_of(name: str, *, readers: list[User], context: dict) -> Draft:
    """The mail `name` to `readers` of one language. Its `context` has TYPED_HERE in the place of the words, which are
    quoted."""
    language = readers[0].language
    subject, html = mail.preview(name, language=language, context=context)
    before, __, after = html.partition(TYPED_HERE)
    return Draft(
        language, readers, subject, SafeString(_without_opening_tags(before)), SafeString(_without_closing_tags(after))
    )


def _without_opening_tags(html: str) -> str:
    """`html` without the opening tags of the quotation at its end, since the page shows a field in its place."""
    return html.rstrip().removesuffix("<p>").rstrip().removesuffix("<blockquote>")


def _without_closing_tags(html: str) -> str:
    return html.lstrip().removeprefix("</p>").lstrip().removeprefix("</blockquote>")


# --- Composing -------------------------------------------------------------------------------------------------------


def _to_reader(name: str, about: Transition | Message, reader: User) -> EmailMultiAlternatives:
    with timezone.override(zoneinfo.ZoneInfo(reader.time_zone)):
        return _compose(name, about, reader.language, to=[reader.email])


def _compose(name: str, about: Transition | Message, language: str, *, to=()) -> EmailMultiAlternatives:
    return mail.compose(name, to=list(to), language=language, context=_context(about, language))


def _context(about: Transition | Message, language: str) -> dict:
    revision = about.revision
    said, written_in = (about.words, about.language) if isinstance(about, Message) else (about.reason, about.language)
    with override(language):
        pages = {
            "workspace_link": reverse("practice_workspace", args=[revision.practice_id]),
            "answer_link": reverse("practice_answer", args=[revision.practice_id]),
            "desk_link": reverse("desk_revision", args=[revision.pk]),
            "public_link": revision.practice.get_absolute_url(),
        }
        more = _changes(about) if isinstance(about, Transition) and about.verb == "correct" else {}
    return {
        "revision": revision,
        "title": revision.text("title", language),
        "city": revision.practice.city.text("name", language),
        "name": str(about.by) if about.by_id else "",
        "reason": said,
        "words": Text(said, written_in or language, is_fallback=bool(written_in) and written_in != language),
        "at": revision.publish_at,
        "zone": str(timezone.get_current_timezone()),
        **{name: absolute_url(path) for name, path in pages.items()},
        **more,
    }


def _changes(correction: Transition) -> dict[str, Any]:
    """The context about a correction: each changed text with the paragraphs that differ."""
    revision = correction.revision
    if revision.corrects is None:
        return {}
    fields = changed_fields(values_of(revision.corrects), values_of(revision))
    changes = []
    for field in fields:
        before, after = changed_paragraphs(field.before or "", field.after)
        changes.append({"heading": _heading(field), "before": before, "after": after})
    return {"changes": changes, "is_public": revision.status == Status.PUBLISHED}


def _heading(field) -> str:
    notes = {"en": _("%(heading)s (in English)"), "fr": _("%(heading)s (in French)")}
    return notes[field.language] % {"heading": field.label} if field.language else field.label

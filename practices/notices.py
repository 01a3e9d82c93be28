"""The mails of moderation: decisions to the author, submissions to the moderators, each in their own language."""

from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils.translation import override

from members.models import Role, User
from practices.choices import Status
from practices.models import Revision, Transition
from practices.permissions import moderators
from scn_portal.base import mail
from scn_portal.base.languages import CODES
from scn_portal.base.links import absolute_url

# The decisions an author hears of, by where they lead.
TOLD_TO_AUTHOR: dict[str, str] = {
    Status.SENT_BACK: "practice_sent_back",
    Status.REJECTED: "practice_rejected",
    Status.SCHEDULED: "practice_scheduled",
    Status.PUBLISHED: "practice_published",
    Status.ARCHIVED: "practice_archived",
}


def write_notices(transition: Transition) -> list[EmailMultiAlternatives]:
    """The mails that `transition` owes; none where nobody needs to be told, or where it was overtaken since."""
    if transition.revision.status != transition.to_status:
        return []
    if transition.to_status == Status.SUBMITTED:
        return _to_moderators(transition)
    if not (name := TOLD_TO_AUTHOR.get(transition.to_status)):
        return []
    readers = [reader for reader in _who_answers_for(transition.revision) if reader != transition.by]
    return [_compose(name, transition, reader.language, to=[reader.email]) for reader in readers]


def _who_answers_for(revision: Revision) -> list[User]:
    """The author; once they no longer act for the city, its focal points. Nobody where nobody here wrote it."""
    if revision.author is None:
        return []
    acting = revision.practice.city.memberships.filter(user__is_active=True).select_related("user")
    told = acting.filter(user=revision.author) or acting.filter(role=Role.FOCAL_POINT)
    return [membership.user for membership in told]


def _to_moderators(transition: Transition) -> list[EmailMultiAlternatives]:
    """One mail a language, in which no moderator sees the others' addresses."""
    mails = []
    for language in CODES:
        addresses = [reader.email for reader in moderators().filter(language=language)]
        if addresses:
            mails.append(_compose("practice_submitted", transition, language, bcc=addresses))
    return mails


def _compose(name: str, transition: Transition, language: str, *, to=(), bcc=()) -> EmailMultiAlternatives:
    notice = mail.compose(name, to=list(to), language=language, context=_context(transition, language))
    notice.bcc = list(bcc)
    return notice


def _context(transition: Transition, language: str) -> dict:
    revision = transition.revision
    with override(language):
        pages = {
            "workspace_link": reverse("practice_workspace", args=[revision.practice_id]),
            "desk_link": reverse("desk_revision", args=[revision.pk]),
            "public_link": revision.practice.get_absolute_url(),
        }
    return {
        "revision": revision,
        "title": revision.text("title", language),
        "city": revision.practice.city.text("name", language),
        "reason": transition.reason,
        "at": revision.publish_at,
        **{name: absolute_url(path) for name, path in pages.items()},
    }

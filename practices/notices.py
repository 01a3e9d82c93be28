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

# The mails to the author, by the status that a decision leads to.
AUTHOR_TEMPLATES: dict[str, str] = {
    Status.SENT_BACK: "practice_sent_back",
    Status.REJECTED: "practice_rejected",
    Status.SCHEDULED: "practice_scheduled",
    Status.PUBLISHED: "practice_published",
    Status.ARCHIVED: "practice_archived",
}


def render_notices(transition: Transition) -> list[EmailMultiAlternatives]:
    """The mails about `transition`; none if the revision has moved on since."""
    if transition.revision.status != transition.to_status:
        return []
    if transition.to_status == Status.SUBMITTED:
        return _to_moderators(transition)
    if not (name := AUTHOR_TEMPLATES.get(transition.to_status)):
        return []
    readers = [reader for reader in _recipients(transition.revision) if reader != transition.by]
    return [_compose(name, transition, reader.language, to=[reader.email]) for reader in readers]


def _recipients(revision: Revision) -> list[User]:
    """The author, or the focal points of the city if the author no longer acts for it; nobody for imported texts."""
    if revision.author is None:
        return []
    acting = revision.practice.city.memberships.filter(user__is_active=True).select_related("user")
    recipients = acting.filter(user=revision.author) or acting.filter(role=Role.FOCAL_POINT)
    return [membership.user for membership in recipients]


def _to_moderators(transition: Transition) -> list[EmailMultiAlternatives]:
    """One mail for each language, to blind copies."""
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

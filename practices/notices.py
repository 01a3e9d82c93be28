"""The mails of moderation: decisions to the author and the focal points, each in their own language and time zone.

Those to the moderators are in `practices.desk_mails`."""

import zoneinfo

from django.core.mail import EmailMultiAlternatives
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from members.models import Role, User
from practices import desk_mails
from practices.choices import Status
from practices.models import Revision, Transition
from scn_portal.base import mail
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
        return desk_mails.of_submission(transition.revision)
    name = "practice_restored" if transition.verb == "restore" else AUTHOR_TEMPLATES.get(transition.to_status)
    if name is None:
        return []
    readers = [reader for reader in _recipients(transition.revision) if reader != transition.by]
    return [_to_reader(name, transition, reader) for reader in readers]


def _to_reader(name: str, transition: Transition, reader: User) -> EmailMultiAlternatives:
    with timezone.override(zoneinfo.ZoneInfo(reader.time_zone)):
        return _compose(name, transition, reader.language, to=[reader.email])


def _recipients(revision: Revision) -> list[User]:
    """The author, if they still act for the city, and its focal points; nobody for imported texts."""
    if revision.author is None:
        return []
    acting = revision.practice.city.memberships.filter(user__is_active=True).select_related("user")
    concerned = acting.filter(Q(user=revision.author) | Q(role=Role.FOCAL_POINT))
    return [membership.user for membership in concerned.order_by("pk")]


def _compose(name: str, transition: Transition, language: str, *, to=()) -> EmailMultiAlternatives:
    return mail.compose(name, to=list(to), language=language, context=_context(transition, language))


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
        "zone": str(timezone.get_current_timezone()),
        **{name: absolute_url(path) for name, path in pages.items()},
    }

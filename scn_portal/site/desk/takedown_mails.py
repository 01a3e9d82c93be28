"""The mails about a take-down: to each of the people of the city concerned, in their own language and time zone."""

import zoneinfo

from django.core.mail import EmailMultiAlternatives
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from members.models import Role, User
from practices.notices import TYPED_HERE, Draft, draft_of
from scn_portal.base import mail
from scn_portal.base.links import absolute_url
from scn_portal.site.desk.takedown import KINDS, Kind
from scn_portal.site.models import Takedown, TakedownKind


def send() -> int:
    """Send the mails that wait. Returns how many were sent."""
    return mail.send_due(Takedown.objects.select_related("city", "by"), render)


def render(taken: Takedown) -> list[EmailMultiAlternatives]:
    """The mails about `taken`: that it was taken down, or that it is shown again. No mails if the row is gone."""
    row = KINDS[taken.kind].rows().filter(pk=taken.key).first()
    if row is None:
        return []
    return [_compose(taken, row, reader) for reader in recipients(taken, row)]


def recipients(taken: Takedown, row) -> list[User]:
    """The focal points and the author, if they still act for the city; everybody, if the whole city is hidden."""
    acting = taken.city.memberships.filter(user__is_active=True).select_related("user").order_by("pk")
    if taken.kind != TakedownKind.CITY:
        acting = acting.filter(Q(role=Role.FOCAL_POINT) | Q(user=KINDS[taken.kind].author(row)))
    return [membership.user for membership in acting]


def drafts(kind: Kind, row) -> list[Draft]:
    """What the mails would say if `row` were taken down now: one for each language of the recipients."""
    taken = Takedown(kind=kind.name, key=row.pk, city=kind.city(row), reason=TYPED_HERE, at=timezone.now())
    groups: dict[str, list[User]] = {}
    for reader in recipients(taken, row):
        groups.setdefault(reader.language, []).append(reader)
    return [
        draft_of("taken_down", readers=readers, context=_context(taken, row, language))
        for language, readers in groups.items()
    ]


def _compose(taken: Takedown, row, reader: User) -> EmailMultiAlternatives:
    with timezone.override(zoneinfo.ZoneInfo(reader.time_zone)):
        context = _context(taken, row, reader.language)
        name = "shown_again" if taken.restored_at else "taken_down"
        return mail.compose(name, to=[reader.email], language=reader.language, context=context)


def _context(taken: Takedown, row, language: str) -> dict:
    with override(language):
        return {
            "taken": taken,
            "what": taken.get_kind_display(),
            "is_city": taken.kind == TakedownKind.CITY,
            "title": KINDS[taken.kind].title(row, language),
            "city": taken.city.text("name", language),
            "sentence": taken.text("sentence", language),
            "at": taken.restored_at or taken.at,
            "workspace_link": absolute_url(reverse("my_city_of", args=[taken.city.slug])),
        }

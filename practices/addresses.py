"""The address of a practice, which is made from a title: giving it up for good if its words expose somebody."""

import hashlib
import secrets
import zoneinfo

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from members.models import User
from practices.choices import ONCE_PUBLIC
from practices.models import Practice, RetiredAddress, Revision
from practices.notices import TYPED_HERE, Draft, draft_of, recipients
from practices.permissions import is_moderator
from scn_portal.base import mail
from scn_portal.base.background import run_after_commit
from scn_portal.base.links import absolute_url


def with_a_public_address(user: User) -> QuerySet[Practice]:
    """The practices whose address `user` may retire: public now or before, and of cities that `user` does not act
    for."""
    once_public = Revision.objects.filter(status__in=ONCE_PUBLIC).of_other_cities(user)
    return Practice.objects.filter(pk__in=once_public.values("practice")).select_related("city")


@transaction.atomic
def retire(practice: Practice, *, slug: str, reason: str, by: User) -> RetiredAddress:
    """Give up the address `slug` of `practice` for good: it answers 410, and no practice ever has it again.

    The practice gets an address without words, and its city a mail with `reason`. Raises ValidationError if the
    practice has another address by now, and PermissionDenied if `by` may not do this.
    """
    practice = Practice.objects.select_for_update(of=("self",)).get(pk=practice.pk)
    if not is_moderator.test(by) or not with_a_public_address(by).filter(pk=practice.pk).exists():
        raise PermissionDenied
    if practice.slug != slug:
        raise ValidationError(_("Somebody has given up this address already."))
    retired = RetiredAddress(practice=practice, digest=digest(slug), reason=reason, by=by)
    retired.full_clean()
    retired.save()
    practice.slug = f"practice-{secrets.token_hex(5)}"
    practice.save(update_fields=["slug"])
    run_after_commit("practices.tasks.send_notices")
    return retired


def digest(slug: str) -> str:
    """The SHA-256 digest that stands for an address that was given up. The trigger `keeps_retired_addresses` computes
    the same."""
    return hashlib.sha256(slug.encode()).hexdigest()


def retired(slug: str) -> RetiredAddress | None:
    """The record that the address `slug` was given up, whether in small or capital letters; None if it was not."""
    return RetiredAddress.objects.filter(digest=digest(slug.lower())).first()


# --- The mail to the city --------------------------------------------------------------------------------------------


def render(retired: RetiredAddress) -> list[EmailMultiAlternatives]:
    """The mails about `retired`, to the author and the focal points."""
    return [_compose(retired, reader) for reader in _readers(retired)]


def drafts(practice: Practice, *, by: User) -> list[Draft]:
    """What the mails would say if the address were given up now: one for each language of their readers."""
    planned = RetiredAddress(practice=practice, reason=TYPED_HERE, at=timezone.now(), by=by)
    groups: dict[str, list[User]] = {}
    for reader in _readers(planned):
        groups.setdefault(reader.language, []).append(reader)
    return [
        draft_of("address_retired", readers=readers, context=_context(planned, language))
        for language, readers in groups.items()
    ]


def _last_public(practice: Practice) -> Revision:
    return practice.revisions.filter(status__in=ONCE_PUBLIC).select_related("author").latest("number")


def _readers(retired: RetiredAddress) -> list[User]:
    readers = recipients(_last_public(retired.practice), also_compiled=True)
    return [reader for reader in readers if reader != retired.by]


def _compose(retired: RetiredAddress, reader: User) -> EmailMultiAlternatives:
    with timezone.override(zoneinfo.ZoneInfo(reader.time_zone)):
        context = _context(retired, reader.language)
        return mail.compose("address_retired", to=[reader.email], language=reader.language, context=context)


def _context(retired: RetiredAddress, language: str) -> dict:
    practice = retired.practice
    with override(language):
        page = practice.get_absolute_url()
    return {
        "title": _last_public(practice).text("title", language),
        "city": practice.city.text("name", language),
        "reason": retired.reason,
        "is_public": practice.live is not None,
        "public_link": absolute_url(page),
    }

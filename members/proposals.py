"""A city's own sign-off: editors propose, a focal point releases. Off until a focal point turns it on.

`members.permissions.may_release` says who may release. Pledges and practices check it with `require_release`.
"""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import EDITING_ROLES, City, Proposal, Role, User
from members.permissions import may_release


@transaction.atomic
def turn(city: City, *, on: bool, by: User) -> City:
    """Turn the sign-off of `city` on or off. Raises PermissionDenied unless `by` is a focal point of the city."""
    city = City.objects.select_for_update(of=("self",)).get(pk=city.pk)
    if not is_focal_point(by, city):
        raise PermissionDenied
    city.needs_sign_off = on
    city.save(update_fields=["needs_sign_off"])
    return city


def is_focal_point(user: User, city: City) -> bool:
    """Whether `user` is a focal point of `city`. Staff are not, although they may manage its people."""
    return city.memberships.filter(user=user, user__is_active=True, role=Role.FOCAL_POINT).exists()


def waits_for_a_focal_point(user: User, city: City) -> bool:
    """Whether `city` has asked for its sign-off and `user` cannot give it."""
    return city.needs_sign_off and not may_release.test(user, city)


def require_release(user: User, city: City) -> None:
    """Raise ValidationError, with words for the reader, if `city` has its own sign-off and `user` cannot give it."""
    if waits_for_a_focal_point(user, city):
        raise ValidationError(in_words(city))


def in_words(city: City) -> str:
    """A sentence that names the people who publish in a city that has its own sign-off."""
    acting = city.memberships.filter(user__is_active=True, role=Role.FOCAL_POINT).select_related("user")
    names = ", ".join(str(membership.user) for membership in acting.order_by("user__name"))
    if not names:
        return _("In your city, a focal point publishes this, and there is none now. Ask the staff of the network.")
    return _("In your city, a focal point publishes this: %(names)s.") % {"names": names}


def propose(about: str, *, city: City, by: User, fields: dict | None = None) -> Proposal:
    """Ask the focal points of `city` to release what `about` names; if it was proposed already, that proposal stays.

    `fields` has the texts of an update, as typed. Raises PermissionDenied unless `by` may write for the city.
    """
    if not city.memberships.filter(user=by, user__is_active=True, role__in=EDITING_ROLES).exists():
        raise PermissionDenied
    if fields:
        return Proposal.objects.create(city=city, about=about, by=by, fields=fields)
    proposal, _new = Proposal.objects.get_or_create(
        about=about, fields={}, defaults={"city": city, "by": by, "at": timezone.now()}
    )
    return proposal


def take(proposal: Proposal, *, about: str) -> None:
    """Delete the proposal of an update of `about`, to release it. Raises ValidationError if somebody was faster."""
    taken, _rows = Proposal.objects.filter(pk=proposal.pk, about=about).delete()
    if not taken:
        raise ValidationError(_("Another focal point has already published or discarded this proposal."))


def settle(about: str) -> None:
    """Delete the proposal of `about`, which was released or is gone."""
    Proposal.objects.filter(about=about, fields={}).delete()


def updates_of(about: str) -> list[Proposal]:
    """The updates that were proposed under `about`, such as `update:5`."""
    return list(Proposal.objects.filter(about=about).exclude(fields={}).select_related("by"))


def waiting(kind: str, cities: Iterable[City]) -> dict[int, Proposal]:
    """The waiting proposals of a `kind`, such as `pledge`, in `cities`, by the number in `about`; without updates."""
    found = Proposal.objects.filter(city__in=list(cities), about__startswith=f"{kind}:", fields={}).select_related("by")
    return {proposal.key: proposal for proposal in found}

"""The people who act for a city: the only functions that change a role, end a membership, or close an account.

A city that has a focal point keeps one, unless the person who removes the last one gives a reason, which is kept as a
Vacancy. Each function locks the city and then checks again, so that this also holds for two people who remove each
other at once. The triggers of `members.triggers` enforce the same for every other way of changing the rows.

Callers fetch memberships through `City.objects.managed_by`; that right is checked again under the lock.
"""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import City, Membership, Notice, Role, User, Vacancy
from scn_portal.base.background import run_after_commit


class LastFocalPoint(ValidationError):
    """Nobody would be left as a focal point of `city`, and no reason was given."""

    def __init__(self, city: City):
        self.city = city
        message = _("%(city)s would be left without a focal point. Make somebody else one first, or write why.")
        super().__init__(message, params={"city": city})


def is_last_focal_point(membership: Membership) -> bool:
    """Whether `membership` is that of the only focal point of its city with an active account."""
    others = membership.city.memberships.filter(role=Role.FOCAL_POINT, user__is_active=True)
    return (
        membership.role == Role.FOCAL_POINT
        and membership.user.is_active
        and not others.exclude(pk=membership.pk).exists()
    )


@transaction.atomic
def change_role(membership: Membership, *, role: str, by: User, reason: str = "", before: str = "") -> Membership:
    """Give the person another role, and tell them by mail. Nothing happens if they already have it.

    Raises LastFocalPoint; ValidationError if `before` is given and the person no longer has that role, or if they no
    longer act for the city; and PermissionDenied if `by` no longer manages the city.
    """
    membership = _locked(membership, by=by)
    if membership.role == role:
        return membership
    if before not in ("", membership.role):
        changed = _("Somebody has changed this role since you opened the page. It is now: %(role)s.")
        raise ValidationError(changed % {"role": membership.get_role_display()})
    _require_another_focal_point(membership, by=by, reason=reason)
    membership.role = role
    membership.full_clean()
    membership.save(update_fields=["role"])
    if membership.user != by:
        notify(Notice.Kind.ROLE_CHANGED, to=membership.user, city=membership.city, by=by, role=role)
    return membership


@transaction.atomic
def remove(membership: Membership, *, by: User, reason: str = "") -> None:
    """End `membership`, and tell the person by mail.

    Raises ValidationError if it is that of `by` or has already ended, LastFocalPoint, and PermissionDenied as
    `change_role` does.
    """
    membership = _locked(membership, by=by)
    if membership.user == by:
        raise ValidationError(_("You cannot remove yourself. Ask a colleague, or the staff of the network."))
    _require_another_focal_point(membership, by=by, reason=reason)
    membership.delete()
    notify(Notice.Kind.REMOVED, to=membership.user, city=membership.city, by=by)


def lock_cities_of(user_key: int) -> None:
    """Lock the cities of which somebody is a focal point until the transaction ends, so that checks of these cities
    stay true."""
    _lock(Membership.objects.filter(user=user_key, role=Role.FOCAL_POINT).values_list("city_id", flat=True))


@transaction.atomic
def close_account(user: User, *, by: User | None, reason: str = "") -> None:
    """Prevent `user` from signing in. What they did keeps its author, and their memberships stay, without effect.

    Raises LastFocalPoint if a city would be left without a focal point and no reason is given.
    """
    held = Membership.objects.filter(user=user, role=Role.FOCAL_POINT).select_related("city").order_by("city_id")
    _lock(membership.city_id for membership in held)
    for membership in held:
        _require_another_focal_point(membership, by=by, reason=reason)
    User.objects.filter(pk=user.pk).update(is_active=False)
    user.is_active = False


@transaction.atomic
def confirm(city: City, *, by: User) -> int:
    """Record that `by` now confirms that the people of `city` still act for it. Returns how many. Raises
    PermissionDenied unless `by` manages the city."""
    _lock([city.pk])
    if not City.objects.managed_by(by).filter(pk=city.pk).exists():
        raise PermissionDenied
    return city.memberships.filter(user__is_active=True).update(confirmed_at=timezone.now())


def notify(kind: str, *, to: User, **details) -> Notice:
    """Queue a mail of that kind (`Notice.Kind`); `details` are fields of Notice. It is sent after the commit."""
    notice = Notice.objects.create(kind=kind, to=to, **details)
    run_after_commit("members.tasks.send_notices")
    return notice


def _locked(membership: Membership, *, by: User) -> Membership:
    """The membership as it is now, with its city locked until the transaction ends. Raises PermissionDenied unless `by`
    manages the city, and ValidationError if the membership has ended."""
    _lock([membership.city_id])
    if not City.objects.managed_by(by).filter(pk=membership.city_id).exists():
        raise PermissionDenied
    try:
        return Membership.objects.select_related("city", "user").get(pk=membership.pk)
    except Membership.DoesNotExist as error:
        raise ValidationError(_("This person no longer acts for the city.")) from error


def _lock(cities: Iterable[int]) -> None:
    list(City.objects.select_for_update(of=("self",)).filter(pk__in=list(cities)).order_by("pk").values_list("pk"))


def _require_another_focal_point(membership: Membership, *, by: User | None, reason: str) -> None:
    if not is_last_focal_point(membership):
        return
    if not reason.strip():
        raise LastFocalPoint(membership.city)
    Vacancy.objects.create(city=membership.city, left_by=membership.user, by=by, reason=reason.strip())

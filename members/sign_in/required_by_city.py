"""A city may require a second step of everybody who acts for it. A focal point turns this on and off."""

from django.core.exceptions import PermissionDenied
from django.db import transaction

from members import proposals
from members.models import City, RequiredSecondFactor, User


@transaction.atomic
def turn(city: City, *, on: bool, by: User) -> None:
    """Turn the requirement on or off. Raises PermissionDenied unless `by` is a focal point of the city."""
    city = City.objects.select_for_update(of=("self",)).get(pk=city.pk)
    if not proposals.is_focal_point(by, city):
        raise PermissionDenied
    if on:
        RequiredSecondFactor.objects.get_or_create(city=city, defaults={"by": by})
    else:
        RequiredSecondFactor.objects.filter(city=city).delete()


def of(city: City) -> RequiredSecondFactor | None:
    """The requirement of `city`, with the person who made it and the time; None if there is none."""
    return RequiredSecondFactor.objects.filter(city=city).select_related("by").first()

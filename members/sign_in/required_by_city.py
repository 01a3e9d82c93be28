"""A city requires a second step of everybody who acts for it: a focal point turns that on and off."""

from django.core.exceptions import PermissionDenied
from django.db import transaction

from members import proposals
from members.models import City, RequiredSecondFactor, User


@transaction.atomic
def turn(city: City, *, on: bool, by: User) -> None:
    """Require it, or no longer. Raises PermissionDenied unless `by` is a focal point of the city."""
    city = City.objects.select_for_update(of=("self",)).get(pk=city.pk)
    if not proposals.is_focal_point(by, city):
        raise PermissionDenied
    if on:
        RequiredSecondFactor.objects.get_or_create(city=city, defaults={"by": by})
    else:
        RequiredSecondFactor.objects.filter(city=city).delete()


def of(city: City) -> RequiredSecondFactor | None:
    """Who required it of the people of `city`, and when; None where nobody did."""
    return RequiredSecondFactor.objects.filter(city=city).select_related("by").first()

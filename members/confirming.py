"""A city confirms what the portal says of it: the one door. Kept in history, as every change of a city is.

Who may call it is decided by the queryset that fetched the city (`City.objects.editable_by`).
"""

from django.utils import timezone

from members.models import City, User


def confirm(city: City, *, by: User) -> City:
    """The facts of `city` are right, says `by`, now. A later confirmation takes the place of an earlier one."""
    city.confirmed_at, city.confirmed_by = timezone.now(), by
    city.save(update_fields=["confirmed_at", "confirmed_by"])
    return city

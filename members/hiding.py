"""Hiding a whole city from the public, and showing it again. Its people still work on it.

These functions check no permission: `scn_portal.site.desk.takedown` does.
"""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import City, User


@transaction.atomic
def hide(city: City, *, reason: str, by: User) -> City:
    """Remove everything of `city` from every public output. Raises ValidationError if it is already hidden."""
    city = City.objects.select_for_update(of=("self",)).get(pk=city.pk)
    if city.hidden_at:
        raise ValidationError(_("It is not public."))
    city.hidden_at, city.hidden_by, city.hidden_reason = timezone.now(), by, reason
    city.save(update_fields=["hidden_at", "hidden_by", "hidden_reason"])
    return city


@transaction.atomic
def show(city: City) -> City:
    """Show `city` again, with everything of it that was public. Raises ValidationError if it is not hidden."""
    city = City.objects.select_for_update(of=("self",)).get(pk=city.pk)
    if not city.hidden_at:
        raise ValidationError(_("It is not taken down."))
    city.hidden_at, city.hidden_by, city.hidden_reason = None, None, ""
    city.save(update_fields=["hidden_at", "hidden_by", "hidden_reason"])
    return city

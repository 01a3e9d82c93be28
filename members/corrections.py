"""“This is wrong” about a fact of a city: reporting it, and the one decision of the staff."""

from typing import Any

from django import forms
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Q
from django.forms.models import modelform_factory
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from members import people
from members.models import City, Correction, Fact, Notice, Region, User
from scn_portal.base import mail
from scn_portal.base.background import run_after_commit
from scn_portal.base.languages import CODES
from scn_portal.base.links import absolute_url
from scn_portal.base.one_line import one_line


def field_for(fact: str) -> forms.Field:
    """The form field that takes the right value of `fact`."""
    if fact == Fact.FOCAL_POINT:
        return forms.CharField(max_length=200, validators=[one_line])
    if fact == Fact.REGION:
        return forms.ModelChoiceField(Region.objects, to_field_name="slug")
    field = modelform_factory(City, fields=[fact])().fields[fact]
    field.initial = None
    # A model form leaves these validators to the model.
    of_column = City._meta.get_field(fact).validators  # type: ignore[union-attr]  # facts are plain fields
    field.validators += [validator for validator in of_column if validator not in field.validators]
    return field


def report(*, city: City, fact: str, value: Any, source: str, by: User) -> Correction:
    """Tell the staff that `fact` (`Fact`) should be `value`, according to `source`. They get a mail after the commit.
    Raises ValidationError."""
    value = value.slug if isinstance(value, Region) else str(value)  # a country is its code
    correction = Correction(city=city, fact=fact, value=value, source=source, by=by)
    correction.full_clean()
    correction.save()
    run_after_commit("members.tasks.send_corrections")
    return correction


@transaction.atomic
def decide(correction: Correction, *, accept: bool, by: User) -> Correction:
    """Accept or refuse `correction`, and tell the person who reported it by mail. An accepted fact is changed at once,
    except the focal point, who is changed on the page of people.

    Raises ValidationError if somebody has decided already, or if the value is not valid.
    """
    correction = Correction.objects.select_for_update(of=("self",)).get(pk=correction.pk)
    if correction.decided_at:
        raise ValidationError(_("Somebody has already decided this."))
    if accept and correction.fact != Fact.FOCAL_POINT:
        _apply(correction)
    correction.decided_at, correction.decided_by, correction.is_accepted = timezone.now(), by, accept
    correction.save(update_fields=["decided_at", "decided_by", "is_accepted"])
    kind = Notice.Kind.CORRECTED if accept else Notice.Kind.NOT_CORRECTED
    people.notify(kind, to=correction.by, city=correction.city, by=by, reason=correction.value_shown)
    return correction


def _apply(correction: Correction) -> None:
    city = City.objects.select_for_update(of=("self",)).get(pk=correction.city_id)
    setattr(city, correction.fact, field_for(correction.fact).clean(correction.value))
    city.full_clean()
    city.save(update_fields=[correction.fact])


def deciders():
    """The active users who may decide: those with the permission to change cities, without superusers."""
    permission = Permission.objects.filter(codename="change_city", content_type__app_label="members")
    holds = Q(groups__permissions__in=permission) | Q(user_permissions__in=permission)
    return User.objects.filter(holds, is_active=True).distinct()


def render(correction: Correction) -> list[EmailMultiAlternatives]:
    """The mails to the staff, one per language, with the addresses in Bcc; none once it is decided."""
    if correction.decided_at:
        return []
    mails = []
    for language in CODES:
        if addresses := list(deciders().filter(language=language).values_list("email", flat=True)):
            with override(language):
                link = absolute_url(reverse("cities_desk"))
            city = correction.city.text("name", language)
            context = {"correction": correction, "city": city, "link": link}
            with override(language):
                context |= {"fact": correction.get_fact_display(), "value": correction.value_shown}
            letter = mail.compose("correction", to=[], language=language, context=context)
            letter.bcc = addresses
            mails.append(letter)
    return mails

"""Scratch copies: what a person has typed and not saved, one row per person and form, without history."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from members.editing.opened import Opened, words_of
from members.models import MAX_SCRATCH_CHARACTERS, Scratch, User


def keep(user: User, opened: Opened, data: QueryDict) -> dt.datetime:
    """Keep what was typed into a form, and return the time. If nothing was changed, the scratch copy is discarded.

    Raises ValidationError if it is longer than MAX_SCRATCH_CHARACTERS.
    """
    words = words_of(data)
    length = sum(len(value) for values in words.values() for value in values)
    if length > MAX_SCRATCH_CHARACTERS:
        given = {"count": number_format(length, force_grouping=True)}
        given["most"] = number_format(MAX_SCRATCH_CHARACTERS, force_grouping=True)
        raise ValidationError(_("Too long to be kept: %(count)s characters in all; at most %(most)s.") % given)
    now = timezone.now()
    if not opened.is_changed_by(data):
        discard(user, opened.form)
    else:
        Scratch.objects.update_or_create(user=user, form=opened.form, defaults={"fields": words, "saved_at": now})
    return now


def kept(user: User, form: str) -> Scratch | None:
    """The scratch copy that `user` has of a form, if there is one."""
    return Scratch.objects.filter(user=user, form=form).first()


def typed(scratch: Scratch) -> QueryDict:
    """The values of `scratch`, as a form reads them."""
    data = QueryDict(mutable=True)
    for name, values in scratch.fields.items():
        data.setlist(name, values)
    return data


def discard(user: User, form: str) -> None:
    """Forget what was typed."""
    Scratch.objects.filter(user=user, form=form).delete()

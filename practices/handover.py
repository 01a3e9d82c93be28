"""Handing over the open drafts of somebody who leaves a city."""

from django.db import transaction

from members.models import City, User
from practices.choices import WRITABLE
from practices.models import Revision


def open_drafts_of(user: User, city: City):
    """The open drafts of `user` in `city`, including those that were sent back."""
    drafts = Revision.objects.filter(practice__city=city, author=user, status__in=list(WRITABLE))
    return drafts.select_related("practice").order_by("pk")


@transaction.atomic
def hand_over(*, city: City, old: User, new: User) -> int:
    """Make `new` the author of the open drafts of `old` in `city`; returns how many."""
    drafts = Revision.objects.filter(practice__city=city, author=old, status__in=list(WRITABLE))
    return sum(_give(draft, new) for draft in drafts.select_for_update(of=("self",)))


def _give(draft: Revision, new: User) -> bool:
    draft.author = new
    draft.save(update_fields=["author"])
    return True

"""Closing accounts that nobody uses and nobody confirms, after a year and two notices.

An account is idle while nobody has signed in with it, and no colleague has confirmed it, for `IDLE_AFTER`. Staff are
left alone. Signing in or being confirmed ends the idle time, and earlier notices no longer count.
"""

import datetime as dt

from django.db import transaction
from django.db.models import Count, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from members import people
from members.models import Membership, Notice, User

IDLE_AFTER = dt.timedelta(days=365)
BETWEEN_NOTICES = dt.timedelta(days=14)
NOTICES = 2


def idle(now: dt.datetime):
    """The active accounts of officials that have been idle for IDLE_AFTER at `now`, each with `last_sign_of_life`, the
    number of its `warnings` since then, and `warned_at`, the time of the last one."""
    held = Membership.objects.filter(user=OuterRef("pk")).order_by().values("user")
    last_word = held.annotate(last=Greatest(Max("created_at"), Coalesce(Max("confirmed_at"), Max("created_at"))))
    signed_in = Coalesce("last_login", "date_joined")
    found = User.objects.filter(is_active=True, is_staff=False, is_superuser=False)
    # GREATEST of PostgreSQL ignores NULL: for somebody without a city, only signing in counts.
    found = found.annotate(last_sign_of_life=Greatest(signed_in, Subquery(last_word.values("last"))))
    since = Notice.objects.filter(
        to=OuterRef("pk"), kind=Notice.Kind.CLOSING, created_at__gt=OuterRef("last_sign_of_life")
    )
    warnings = since.order_by().values("to").annotate(count=Count("pk"), last=Max("created_at"))
    return found.filter(last_sign_of_life__lte=now - IDLE_AFTER).annotate(
        warnings=Coalesce(Subquery(warnings.values("count")), 0), warned_at=Subquery(warnings.values("last"))
    )


def warn_and_close() -> tuple[int, int]:
    """Send the notices that are due, and close the accounts that had both. Returns the numbers (warned, closed)."""
    warned = closed = 0
    for pk in idle(timezone.now()).order_by("pk").values_list("pk", flat=True):
        step = _next_step(pk)
        warned, closed = warned + (step == Notice.Kind.CLOSING), closed + (step == Notice.Kind.CLOSED)
    return warned, closed


@transaction.atomic
def _next_step(pk: int) -> str:
    """Warn or close the account if that is due now. Returns the kind of the notice; "" if nothing is due."""
    # Locked and then read again: two workers must not both warn, and somebody may have signed in.
    User.objects.select_for_update(of=("self",)).get(pk=pk)
    now = timezone.now()
    user = idle(now).filter(pk=pk).first()
    if user is None or (user.warned_at and user.warned_at > now - BETWEEN_NOTICES):
        return ""
    if user.warnings < NOTICES:
        people.notify(Notice.Kind.CLOSING, to=user)
        return Notice.Kind.CLOSING
    with override(user.language):
        reason = _("The account was not used for a year, nobody confirmed it, and two notices had no answer.")
    people.close_account(user, by=None, reason=reason)
    people.notify(Notice.Kind.CLOSED, to=user)
    return Notice.Kind.CLOSED

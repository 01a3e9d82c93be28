"""The page of the patrol: what is public without a moderator, with the difference, ticked off."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from practices.views.desk.access import moderators_only
from scn_portal.base.keysets import Keyset
from scn_portal.base.lists import page_of_many
from scn_portal.base.models import PublicRecord
from scn_portal.site.desk import patrol

ENTRIES_PER_PAGE = 25


@require_safe
@moderators_only
def desk_patrol(request):
    """What this moderator has not looked at, in commit order."""
    seat = patrol.seat_of(request.user)
    waiting = patrol.waiting(request.user, seat)
    page = page_of_many(waiting, request, per_page=ENTRIES_PER_PAGE, keyset=Keyset("pk"))
    entries = patrol.entries(page.object_list, request.user, seat, get_language())
    return render(request, "desk/patrol.html", {"page": page, "entries": entries, "seat": seat})


@require_POST
@moderators_only
def patrol_tick(request, pk: int):
    """Tick one off; with `up_to`, everything up to it."""
    record = PublicRecord.objects.filter(pk=pk).first()
    if record is None:
        # A change gives a record a new number: what the moderator has read is no longer current.
        messages.info(request, _("It has changed since you opened this page. Look at it again."))
    elif "up_to" in request.POST:
        patrol.tick_up_to(record, by=request.user)
        messages.success(request, _("Ticked off up to there."))
    else:
        patrol.tick(record, by=request.user)
        messages.success(request, _("Ticked off."))
    return redirect("desk_patrol")

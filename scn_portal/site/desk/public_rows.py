"""Public rows on the desk with “Take down”, and the desk's page of a pledge."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from commitments.models import Pledge
from members.models import City
from practices.views.desk.access import moderators_only
from scn_portal.base.languages import Text
from scn_portal.site.desk import takedown
from scn_portal.site.models import Takedown, TakedownKind


@dataclass(frozen=True)
class Handle:
    """A row on the desk: its title, whether it is public, and the take-down that hides it."""

    kind: str
    row: Any
    title: Text
    is_public: bool
    taken: Takedown | None


def handle_of(kind: str, row: Any) -> Handle:
    """`row` as the desk shows it."""
    of = takedown.KINDS[kind]
    return Handle(kind, row, of.title(row, get_language()), of.since(row) is None, takedown.in_force(of, row))


@require_safe
@moderators_only
def desk_pledge(request, pk: int):
    """A pledge that was published, its milestones and updates, each with its take-down."""
    pledges = Pledge.objects.filter(published_at__isnull=False).select_related("city", "commitment", "created_by")
    pledge = get_object_or_404(pledges, pk=pk)
    _not_for_their_own(request.user, pledge.city)
    updates = pledge.updates.select_related("author").order_by("-reported_on", "-pk")
    context = {
        "pledge": pledge,
        "handle": handle_of(TakedownKind.PLEDGE, pledge),
        "milestones": [handle_of(TakedownKind.MILESTONE, row) for row in pledge.milestones.all()],
        "updates": [handle_of(TakedownKind.UPDATE, row) for row in updates],
    }
    return render(request, "desk/pledge.html", context)


def _not_for_their_own(user, city: City) -> None:
    if not takedown.may(user, city):
        raise Http404

"""Pledges on the desk: all that are or were public."""

from django.db.models import Q
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from commitments.models import Pledge
from practices.views.desk.access import moderators_only
from scn_portal.base.keysets import Keyset
from scn_portal.base.lists import page_of_many
from scn_portal.site.desk import filters
from scn_portal.site.desk.filters import Narrowed
from scn_portal.site.desk.finding import pledge_has, published_pledges

PER_PAGE = 50


@require_safe
@moderators_only
def pledges(request):
    """Every pledge that was published, including those taken down; the newest first."""
    shown = [("public", _("Public")), ("taken_down", _("Taken down"))]
    narrowed = Narrowed(
        request,
        published_pledges().order_by("-published_at", "-pk"),
        [
            filters.regions("city__", _("Region")),
            filters.fixed("status", _("Status"), Pledge.Status.choices, lambda status: Q(status=status)),
            filters.fixed("shown", _("Visibility"), shown, lambda value: Q(taken_down_at__isnull=value == "public")),
        ],
        search=pledge_has,
    )
    page = page_of_many(narrowed.rows, request, per_page=PER_PAGE, keyset=Keyset("-published_at", "-pk"))
    return render(request, "desk/pledges.html", {"narrowed": narrowed, "page": page})

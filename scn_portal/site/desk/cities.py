"""Cities on the desk: all of them with their people, and the page of one."""

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from commitments.models import Pledge
from members.models import EDITING_ROLES, City, Correction, Membership
from members.permissions import acts_for
from practices import queue
from practices.models import Practice, Revision
from practices.views.desk.access import moderators_only
from scn_portal.base.documents import folders
from scn_portal.base.lists import page_or_404
from scn_portal.site.city_facts import facts_of
from scn_portal.site.desk import filters
from scn_portal.site.desk.filters import Narrowed
from scn_portal.site.desk.finding import contains, desk_path_of, in_both, published_pledges
from scn_portal.site.desk.public_rows import handle_of
from scn_portal.site.models import TakedownKind

PER_PAGE = 50
MAX_OF_EACH = 50

ACTING = Membership.objects.filter(city=OuterRef("pk"), role__in=EDITING_ROLES, user__is_active=True)


@require_safe
@moderators_only
def cities(request):
    """Every city, including those that have left, with the number of people who act for it."""
    peopled = [("nobody", _("Nobody acts for it")), ("somebody", _("Somebody acts for it"))]
    narrowed = Narrowed(
        request,
        City.objects.select_related("region").by_name(get_language()),
        [
            filters.regions("", _("Region")),
            filters.fixed("status", _("In the network"), City.Status.choices, lambda status: Q(status=status)),
            filters.fixed("people", _("People"), peopled, lambda value: _peopled(value == "somebody")),
        ],
        search=lambda word: contains(word, *in_both("name"), "slug"),
    )
    page = page_or_404(_counted(narrowed.rows), request, per_page=PER_PAGE)
    waiting = Correction.objects.waiting().count() if request.user.has_perm("members.change_city") else 0
    return render(request, "desk/cities.html", {"narrowed": narrowed, "page": page, "corrections": waiting})


def _peopled(somebody: bool) -> Q:
    return Q(Exists(ACTING)) if somebody else ~Q(Exists(ACTING))


def _counted(rows):
    """`rows` with `people`, `pledge_count` and `practice_count`: how many people act for the city, and what the public
    sees."""
    pledges = Pledge.objects.public().filter(city=OuterRef("pk")).order_by()
    live = Revision.objects.live().filter(practice__city=OuterRef("pk")).order_by()
    return rows.annotate(
        people=_count_of(ACTING.order_by(), "city"),
        pledge_count=_count_of(pledges, "city"),
        practice_count=_count_of(live, "practice__city"),
    )


def _count_of(rows, city: str) -> Coalesce:
    return Coalesce(Subquery(rows.values(city).annotate(number=Count("pk")).values("number")), 0)


@require_safe
@moderators_only
def city(request, slug: str):
    """A city as the staff see it: its people, its pledges, and its practices in any status.

    Staff who act for the city see none of its submissions here.
    """
    found = get_object_or_404(City.objects.select_related("region"), slug=slug)
    is_theirs = acts_for(request.user, found)
    practices = Practice.objects.none() if is_theirs else _practices_of(found, request.user)
    for practice in practices:
        _describe(practice)
    context = {
        "city": found,
        "is_theirs": is_theirs,
        "handle": None if is_theirs else handle_of(TakedownKind.CITY, found),
        "facts": facts_of(found),
        "files_used": folders.bytes_of(found),
        "files_most": folders.quota(),
        "people": found.memberships.select_related("user").order_by("user__name"),
        "pledges": published_pledges().filter(city=found).order_by("-published_at")[:MAX_OF_EACH],
        "practices": practices,
    }
    return render(request, "desk/city.html", context)


def _practices_of(city: City, user):
    """The practices of `city` with `submitted_revisions`, the newest of each, and `live_revisions`, the public one."""
    newest = (
        Revision.objects.filter(submitted_at__isnull=False)
        .order_by("practice", "-number")
        .distinct("practice")
        .without_long_texts()
    )
    shown = Prefetch("revisions", newest, to_attr="submitted_revisions")
    live = Prefetch("revisions", Revision.objects.live().without_long_texts(), to_attr="live_revisions")
    return queue.practices_for(user).filter(city=city).order_by("-pk").prefetch_related(shown, live)[:MAX_OF_EACH]


def _describe(practice: Practice) -> None:
    """Set `shown`, the newest text, `also`, the public one if it is another, and the `desk_path` of one of them."""
    practice.shown = practice.submitted_revisions[0]
    practice.also = next((live for live in practice.live_revisions if live != practice.shown), None)
    practice.desk_path = desk_path_of(practice.shown) or (desk_path_of(practice.also) if practice.also else "")

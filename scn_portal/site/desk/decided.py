"""Decisions: when, by whom and why; the newest first."""

from django.db.models import Q
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from members.models import City
from practices.models import Transition
from practices.models.transition import OUTCOMES
from practices.views.desk.access import moderators_only
from scn_portal.base.keysets import Keyset
from scn_portal.base.lists import page_of_many
from scn_portal.site.desk import filters
from scn_portal.site.desk.filters import Narrowed
from scn_portal.site.desk.finding import MAX_TITLES, decision_has, desk_path_of

PER_PAGE = 50
SHOWN = (
    "to_status", "at", "reason", "language", "by__name", "by__email", "revision__status", "revision__title_fr",
    "revision__title_en", "revision__created_at", "revision__source_language", "revision__source_changed_at",
    "revision__translation_changed_at", "revision__outdated", "revision__practice__city__name_fr",
    "revision__practice__city__name_en",
)  # fmt: skip


def decisions_for(user):
    """The decisions that the desk shows to `user`: none about a city that they act for."""
    return decisions_outside(City.objects.keys_acted_for(user))


def decisions_outside(theirs: list[int]):
    """All decisions except those about the cities with these keys."""
    decided = Transition.objects.filter(to_status__in=OUTCOMES)
    return decided.exclude(revision__practice__city__in=theirs) if theirs else decided


@require_safe
@moderators_only
def decided(request):
    """Every decision, with filters by outcome, region and words."""
    common: list[str] = []

    def search(word: str) -> Q:
        found, is_common = decision_has(word)
        if is_common:
            common.append(word)
        return found

    by_outcome = [(status.value, status.label) for status in OUTCOMES]
    narrowed = Narrowed(
        request,
        decisions_for(request.user)
        .select_related("revision__practice__city", "by")
        .only(*SHOWN)
        .order_by("-at", "-pk"),
        [
            filters.fixed("outcome", _("Outcome"), by_outcome, lambda status: Q(to_status=status)),
            filters.regions("revision__practice__city__", _("Region")),
        ],
        search=search,
    )
    page = page_of_many(narrowed.rows, request, per_page=PER_PAGE, keyset=Keyset("-at", "-pk"))
    for transition in page:
        transition.desk_path = desk_path_of(transition.revision)
    context = {"narrowed": narrowed, "page": page, "common": common, "most": MAX_TITLES}
    return render(request, "desk/decided.html", context)

"""The home page, and the way to it in the reader's language."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Count, Q
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language, get_language_from_request, override
from django.views.decorators.http import require_safe

from commitments.models import Commitment, Pledge
from members.membership_counts import COLLECTED_ON, STATUS_COUNTS, membership_in_words
from members.models import City
from practices.models import Practice
from scn_portal.base.http.public import public_page
from scn_portal.site.changes.changes import Changes
from scn_portal.site.sharing.calendars import with_deadlines

LATEST_CHANGES = 5
LATEST_PRACTICES = 3


@require_safe
@login_not_required
def root(request):
    """Redirect to the home page in the language of the browser."""
    with override(get_language_from_request(request)):
        response = redirect("home")
    patch_vary_headers(response, ["Accept-Language"])
    return response


@public_page()
def home(request):
    """The network in numbers and on a map, its seven commitments, what is new."""
    practices = Practice.objects.published()
    context = {
        "commitments": Commitment.objects.of_melbourne().with_city_counts(),
        "practice_count": practices.count(),
        "practices": practices[:LATEST_PRACTICES],
        "placed": City.objects.listed().placed(),
        "changes": Changes(get_language())[:LATEST_CHANGES],
        "collected_on": COLLECTED_ON,
    }
    return render(request, "site/home/home.html", context | _city_counts() | _pledge_counts())


def _city_counts() -> dict[str, Any]:
    """The listed cities: how many, in how many countries, how many members, and which statuses there are."""
    countries = Count("country", distinct=True)
    counts = City.objects.listed().order_by().aggregate(country_count=countries, **STATUS_COUNTS)
    country_count = counts.pop("country_count")
    return {
        "city_count": sum(counts.values()),
        "country_count": country_count,
        "member_count": counts[City.Status.MEMBER],
        "membership": membership_in_words(counts),
        "statuses": [City.Status(status) for status, count in counts.items() if count],
    }


def _pledge_counts() -> dict[str, int]:
    """The pledges of listed cities, those kept, those with deadlines; actions older than the Declaration are none."""
    pledges = Pledge.objects.of_listed_cities().since_declaration().order_by()
    return pledges.aggregate(
        pledge_count=Count("pk"),
        kept_count=Count("pk", filter=Q(status=Pledge.Status.DONE)),
        deadline_count=Count("pk", filter=Q(pk__in=with_deadlines(pledges).values("pk"))),
    )

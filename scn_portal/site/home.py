"""The home page, and the way to it in the reader's language."""

from django.contrib.auth.decorators import login_not_required
from django.db.models import Count
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language_from_request, override
from django.views.decorators.http import require_safe

from commitments.models import Commitment
from members.membership_counts import COLLECTED_ON, STATUS_COUNTS, membership_in_words
from members.models import City
from practices.models import Practice


@require_safe
@login_not_required
def root(request):
    """Redirect to the home page in the language of the browser."""
    with override(get_language_from_request(request)):
        response = redirect("home")
    patch_vary_headers(response, ["Accept-Language"])
    return response


@require_safe
@login_not_required
def home(request):
    """The network in numbers, its seven commitments, its newest practices."""
    cities = City.objects.listed().order_by()
    counts = cities.aggregate(city_count=Count("pk"), country_count=Count("country", distinct=True), **STATUS_COUNTS)
    context = {
        "commitments": Commitment.objects.of_melbourne().with_city_counts(),
        "practices": Practice.objects.published()[:3],
        "points": cities.points(),
        "city_count": counts.pop("city_count"),
        "country_count": counts.pop("country_count"),
        "membership": membership_in_words(counts),
        "collected_on": COLLECTED_ON,
    }
    return render(request, "site/home/home.html", context)

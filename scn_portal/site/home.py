"""The home page, and the redirect to it in the reader's language."""

from functools import cached_property
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Count
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language, get_language_from_request, override
from django.views.decorators.http import require_safe

from commitments.kept_statistics import with_city_counts
from commitments.models import Commitment, CommitmentQuerySet, Pledge
from members.membership_counts import COLLECTED_ON, STATUS_COUNTS, membership_in_words
from members.models import City
from members.world import World, drawn_world
from practices.models import Practice, PracticeQuerySet
from scn_portal.base.fragments import ReadWhenShown
from scn_portal.base.http.public import public_page
from scn_portal.site import whole_network
from scn_portal.site.changes.changes import Changes
from scn_portal.site.changes.kinds import Change
from scn_portal.site.network_counts import Numbers, numbers
from scn_portal.site.sharing.calendars import has_deadlines

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
    """The network in numbers and on a map, its seven commitments, and news."""
    context = {"version": whole_network.version(request), "network": Network(get_language())}
    return render(request, "site/home/home.html", context)


class Network(ReadWhenShown):
    """The contents of the home page. Each part is read only when the template uses it, so nothing is read for a
    fragment that is kept."""

    collected_on = COLLECTED_ON

    def __init__(self, language: str):
        self.language = language

    @cached_property
    def commitments(self) -> CommitmentQuerySet:
        """The seven commitments, each with the number of cities that pledged under it."""
        due = has_deadlines(Pledge.objects.of_listed_cities())
        return with_city_counts(Commitment.objects.of_melbourne().annotate(something_is_due=due))

    @cached_property
    def world(self) -> World:
        """The map of the cities."""
        return drawn_world(City.objects.listed().placed())

    @cached_property
    def changes(self) -> list[Change]:
        """The newest changes."""
        return list(Changes(self.language)[:LATEST_CHANGES])

    @cached_property
    def practices(self) -> PracticeQuerySet:
        """The newest practices."""
        return Practice.objects.published()[:LATEST_PRACTICES]

    @cached_property
    def cities(self) -> dict[str, Any]:
        """Numbers about the listed cities: cities, countries, members, and which statuses there are."""
        countries = Count("country", distinct=True)
        counts = City.objects.listed().order_by().aggregate(country_count=countries, **STATUS_COUNTS)
        country_count = counts.pop("country_count")
        return {
            "count": sum(counts.values()),
            "country_count": country_count,
            "member_count": counts[City.Status.MEMBER],
            "membership": membership_in_words(counts),
            "statuses": [City.Status(status) for status, count in counts.items() if count],
        }

    @cached_property
    def numbers(self) -> Numbers:
        """The numbers of practices and pledges."""
        return numbers()

    @cached_property
    def has_deadlines(self) -> bool:
        """Whether the calendar has any dates."""
        return any(commitment.something_is_due for commitment in self.commitments)

"""The workspace of a city, for its officials: its pledges and practices, and what to confirm."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from members.models import City


@require_safe
def my_city(request, slug: str | None = None):
    """An official's workspace: their city, its pledges and practices. Whoever acts for several chooses first."""
    cities = City.objects.visible_in_workspace_to(request.user)
    if slug is None and cities.count() != 1:
        return render(request, "site/cities/my_cities.html", {"cities": cities})
    city = get_object_or_404(cities, slug=slug) if slug else cities.get()
    membership = city.memberships.get(user=request.user)
    context = {
        "city": city,
        "membership": membership,
        "pledges": city.pledges.with_updates(),
        "practices": city.practices.with_newest(),
    }
    return render(request, "site/cities/my_city.html", context)


@require_POST
def city_confirm(request, slug: str):
    """What the portal says of the city is right, says somebody who writes for it."""
    city = get_object_or_404(City.objects.editable_by(request.user), slug=slug)
    city.confirm(by=request.user)
    messages.success(request, _("Thank you. The page of your city says that it was confirmed today."))
    return redirect("my_city_of", slug=city.slug)

"""The workspace of a city, for its officials: its pledges and practices, and what to confirm."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from members.models import City


@require_safe
def my_city(request, slug: str | None = None):
    """The workspace of an official's city. An official of several cities chooses one first."""
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
    """An official confirms what the portal says about the city."""
    city = get_object_or_404(City.objects.editable_by(request.user), slug=slug)
    city.confirm(by=request.user)
    messages.success(request, _("Thank you. The page of your city says that it was confirmed today."))
    return redirect("my_city_of", slug=city.slug)

"""The workspace of a city, for its officials: what needs doing, its pledges and practices, and what to confirm."""

from django.contrib import messages
from django.core.paginator import Page
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from members.models import City
from members.sign_in import second_factor
from scn_portal.base.lists import ListPaginator, page_or_404
from scn_portal.site.cities import last_changes
from scn_portal.site.city_facts import facts_of, signature
from scn_portal.site.todo.tasks_of import tasks_of

PER_PAGE = 15
PLEDGE_ORDER = ("commitment__number", "-created_at", "-pk")


@require_safe
def my_city(request, slug: str | None = None):
    """The workspace of an official's city. An official of several cities chooses one first; staff who act for no city
    are redirected to their desk."""
    cities = City.objects.visible_in_workspace_to(request.user)
    acted_for = cities.count() if slug is None else 1
    if not acted_for and request.user.has_perm("practices.moderate_revision"):
        return redirect("desk")
    if acted_for != 1:
        return render(request, "site/cities/my_cities.html", {"cities": cities})
    cities = cities.select_related("region")
    city = get_object_or_404(cities, slug=slug) if slug else cities.get()
    facts = facts_of(city)
    pledge_page = _listed("pledges", city.pledges.order_by(*PLEDGE_ORDER).with_updates(), request)
    practice_page = _listed("practices", city.practices.with_newest(), request)
    pledges = last_changes.of_pledges(list(pledge_page))
    practices = last_changes.of_practices(list(practice_page))
    rows = last_changes.named([*pledges, *practices], request.user)
    membership = city.memberships.get(user=request.user)
    context = {
        "city": city,
        "membership": membership,
        "suggests_second_step": membership.may_invite and second_factor.is_suggested_to(request),
        "tasks": tasks_of(request.user, city),
        "facts": facts,
        "signature": signature(facts),
        "pledges": rows[: len(pledges)],
        "practices": rows[len(pledges) :],
        "pledge_page": pledge_page,
        "practice_page": practice_page,
        "asked": request.GET.get("list", ""),
    }
    return render(request, "site/cities/my_city.html", context)


def _listed(name: str, rows: QuerySet, request) -> Page:
    """The page of one of the two lists that `list` and `page` ask for; by default its first page."""
    if request.GET.get("list") == name:
        return page_or_404(rows, request, per_page=PER_PAGE)
    return ListPaginator(rows, PER_PAGE, None, None).page(1)


@require_POST
def city_confirm(request, slug: str):
    """An official confirms what the portal says about the city."""
    editable = City.objects.editable_by(request.user).select_related("region")
    city = get_object_or_404(editable, slug=slug)
    if request.POST.get("seen", signature(facts_of(city))) != signature(facts_of(city)):
        messages.error(request, _("A fact has changed since you opened the page. Read it again, then confirm."))
        return redirect("my_city_of", slug=city.slug)
    city.confirm(by=request.user)
    messages.success(request, _("Thank you. The page of your city says that it was confirmed today."))
    return redirect("my_city_of", slug=city.slug)

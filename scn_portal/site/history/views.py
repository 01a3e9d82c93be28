"""The pages of history, for the staff. They leave out cities that the reader acts for."""

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from members.models import City, User
from members.permissions import acts_for
from practices.views.desk.access import moderators_only
from scn_portal.base.http.decorators import permission_or_404
from scn_portal.base.lists import named
from scn_portal.site.history import entries


@require_safe
@moderators_only
def city_history(request, slug: str):
    """Everything that changed in a city and in what belongs to it."""
    city = get_object_or_404(City, slug=slug)
    if acts_for(request.user, city):
        raise Http404
    page = entries.of_city(city, request)
    context = {"page": page, "city": city, "page_title": named(_("History of %(name)s") % {"name": city}, page)}
    return render(request, "desk/history.html", context)


@require_safe
@moderators_only
@permission_or_404("members.add_invitation")
def person_history(request, pk: int):
    """Everything that changed in an account, and what its owner changed; for staff who manage people."""
    person = get_object_or_404(User, pk=pk)
    theirs = City.objects.visible_in_workspace_to(request.user)
    if person != request.user and person.memberships.filter(city__in=theirs).exists():
        raise Http404
    page = entries.of_person(person, request, without=theirs)
    context = {"page": page, "person": person, "page_title": named(_("History of %(name)s") % {"name": person}, page)}
    return render(request, "desk/history.html", context)

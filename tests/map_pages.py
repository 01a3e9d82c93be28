"""Pages with only a map, at addresses of the test: a map must work on any page."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.template import engines
from django.urls import path

from members.models import City
from members.world import drawn_world
from scn_portal.urls import handler400, urlpatterns

__all__ = ["handler400", "urlpatterns"]

PAGE = """{% extends "base.html" %}
{% load maps %}
{% block title %}Maps{% endblock title %}
{% block extra_head %}
  <link rel="stylesheet" href="{% static 'css/map.css' %}">
  <script type="module" src="{% static 'js/map.js' %}"></script>
{% endblock extra_head %}
{% block content %}
  <h1>Maps</h1>
  {% if world %}{% world_map drawn %}{% else %}{% city_map query=request.GET.urlencode focus=focus %}{% endif %}
  <p id="below">Below the map</p>
{% endblock content %}"""


def _page(request, **context) -> HttpResponse:
    return HttpResponse(engines["django"].from_string(PAGE).render({"world": False, "focus": None} | context, request))


@login_not_required
def cities(request):
    return _page(request)


@login_not_required
def world(request):
    return _page(request, world=True, drawn=drawn_world(City.objects.listed().placed()))


@login_not_required
def city(request, slug: str):
    return _page(request, focus=get_object_or_404(City, slug=slug))


urlpatterns = [
    *urlpatterns,
    *(path(f"{code}/test/map/", cities) for code in ("en", "fr")),
    *(path(f"{code}/test/world/", world) for code in ("en", "fr")),
    *(path(f"{code}/test/map/<slug:slug>/", city) for code in ("en", "fr")),
]

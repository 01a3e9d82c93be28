"""The pages that belong to no app: home, the door of the site, health."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count
from django.http import HttpResponseBadRequest, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language_from_request, override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from commitments.models import Commitment
from members.models import City
from practices.models import Practice


def site(request) -> dict:
    """What every template may know of the site; nothing about who reads, so that public pages can be cached."""
    return {"site_url": settings.SITE_URL, "demo": settings.DEMO}


@require_safe
@login_not_required
def root(request):
    """To the home page in the language the browser asks for."""
    with override(get_language_from_request(request)):
        response = redirect("home")
    patch_vary_headers(response, ["Accept-Language"])
    return response


@require_safe
@login_not_required
def home(request):
    """What the network is and where, its seven commitments, its newest practices."""
    counted = City.objects.listed().order_by()
    context = {
        "commitments": Commitment.objects.of_melbourne().with_city_counts(),
        "practices": Practice.objects.published()[:3],
        **counted.aggregate(city_count=Count("pk"), country_count=Count("country", distinct=True)),
    }
    return render(request, "home.html", context)


@never_cache
@require_safe
@login_not_required
def healthz(request):
    """200 while the process is up; it asks nothing of anybody else."""
    return JsonResponse({"process": "up"})


@never_cache
@require_safe
@login_not_required
def readyz(request):
    """200 when the database answers with every migration applied and Redis answers; else 503, saying which is not."""
    checks = {"database": _database(), "redis": _redis()}
    checks["migrations"] = _migrations() if checks["database"] == "ok" else "unknown"
    ready = all(state == "ok" for state in checks.values())
    return JsonResponse(checks, status=200 if ready else 503)


def bad_request(request, exception) -> HttpResponseBadRequest:
    """What an unknown host, a form too large or the like is answered, in the language of the address.

    The page is rendered without the request, and in a language found here: the middleware may not have come to it.
    """
    with override(get_language_from_request(request, check_path=True)):
        return HttpResponseBadRequest(render_to_string("400.html"))


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "away"
    return "ok"


def _redis() -> str:
    try:
        cache.get("readyz")
    except (RedisError, OSError):
        return "away"
    return "ok"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(missing)} missing" if missing else "ok"

"""Health checks for monitoring and for load balancers."""

import time

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from scn_portal.base import draining, generation
from scn_portal.base.postgresql.migrated import missing_migrations

# For how many seconds the result is reused, since a balancer asks every second, and checking the migrations costs more
# than a page.
MIGRATED_FOR = 60.0
_migrated_until = 0.0  # of time.monotonic


@never_cache
@require_safe
@login_not_required
def healthz(request):
    """Answers 200 while the process is up, whatever the state of its database."""
    return JsonResponse({"process": "up"})


@never_cache
@require_safe
@login_not_required
def readyz(request):
    """Answers 200 if pages can be served: the database answers and every migration is applied. Answers 503 otherwise,
    and while this host is about to stop.

    The JSON names what fails. Redis may be down: mails then wait in the database.
    """
    if draining.has_begun():
        return JsonResponse({"process": "about to stop"}, status=503)
    checks = {"database": _database(), "redis": _redis()}
    checks["migrations"] = _migrations() if checks["database"] == "ok" else "unknown"
    ready = checks["database"] == checks["migrations"] == "ok"
    return JsonResponse(checks, status=200 if ready else 503)


@never_cache
@require_safe
@login_not_required
def taken_down(request):
    """The number that rises when something public is taken down. Caches in front of the portal use it as part of their
    keys.

    They ask every few seconds, and never use an answer again that was kept under an earlier number.
    """
    return HttpResponse(status=204, headers={"Taken-Down": str(generation.current().taken_down)})


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
    global _migrated_until
    if time.monotonic() < _migrated_until:
        return "ok"
    if missing := missing_migrations():
        return f"{missing} missing"
    _migrated_until = time.monotonic() + MIGRATED_FOR
    return "ok"

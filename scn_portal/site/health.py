"""Health checks for monitoring."""

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from scn_portal.base.postgresql.migrated import missing_migrations


@never_cache
@require_safe
@login_not_required
def healthz(request):
    """200 while the process is up, whatever the state of its database."""
    return JsonResponse({"process": "up"})


@never_cache
@require_safe
@login_not_required
def readyz(request):
    """200 when pages can be served: the database answers and every migration is applied; else 503.

    The JSON names what fails. Redis may be away: mails then wait in the database.
    """
    checks = {"database": _database(), "redis": _redis()}
    checks["migrations"] = _migrations() if checks["database"] == "ok" else "unknown"
    ready = checks["database"] == checks["migrations"] == "ok"
    return JsonResponse(checks, status=200 if ready else 503)


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
    missing = missing_migrations()
    return f"{missing} missing" if missing else "ok"

"""The project package: settings, addresses, mail, embedded services, and the pages that belong to no app."""

from scn_portal.base.late_imports import import_when_used

# Before other modules import them: they are for tests (ninja uses a signal of django.test), asyncio and migrations.
for name in ("django.test", "redis.asyncio", "sqlparse"):
    import_when_used(name)

from scn_portal.celery import app as celery_app  # noqa: E402  only now

__all__ = ["celery_app"]

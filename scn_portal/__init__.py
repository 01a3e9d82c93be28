"""The project package: settings, addresses, mail, embedded services, and the pages that belong to no app."""

from scn_portal.celery import app as celery_app

__all__ = ["celery_app"]

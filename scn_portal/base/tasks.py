"""Celery tasks of what every app shares."""

from celery import shared_task

from scn_portal.base import limits


@shared_task
def forget_limits() -> int:
    """Delete the counts of limits of which nothing counts any more. Returns how many."""
    return limits.forget_old()

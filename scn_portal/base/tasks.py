"""Celery tasks shared by every app."""

from celery import shared_task

from scn_portal.base import kept_counts, limits


@shared_task
def forget_limits() -> int:
    """Delete the counts of limits without uses that still count. Returns how many."""
    return limits.forget_old()


@shared_task
def keep_counts() -> list[str]:
    """Count the large lists again, if anything public has changed since. Returns their names."""
    return kept_counts.rebuild(only_if_changed=True)

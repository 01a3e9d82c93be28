"""Celery tasks of what is made of several apps."""

from celery import shared_task

from scn_portal.site.search import text_pages
from scn_portal.site.todo import weekly


@shared_task
def refresh_text_pages() -> int:
    """Bring the searchable copy of the pages of text up to date. Returns how many pages there are."""
    return text_pages.refresh()


@shared_task
def send_reminders() -> int:
    """Make and send the weekly reminders that are due. Returns how many mails left."""
    weekly.prepare()
    return weekly.send()

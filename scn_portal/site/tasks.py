"""Celery tasks of the site."""

from celery import shared_task

from scn_portal.site.search import text_pages


@shared_task
def refresh_text_pages() -> int:
    """Bring the searchable copy of the pages of text up to date. Returns how many pages there are."""
    return text_pages.refresh()

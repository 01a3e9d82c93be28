"""Celery tasks that concern several apps."""

from celery import shared_task

from scn_portal.base import mail
from scn_portal.base.background import run_after_commit
from scn_portal.base.documents import folders
from scn_portal.base.made_files import asking, sweeping
from scn_portal.site.desk import concerns, takedown_mails
from scn_portal.site.files import kinds
from scn_portal.site.models import ErasureMail
from scn_portal.site.monitoring import pulse
from scn_portal.site.privacy import erasing
from scn_portal.site.search import text_pages
from scn_portal.site.todo import weekly

FILE_SECONDS = 45 * 60  # no file takes this long


@shared_task
def note_beat() -> None:
    """Note that beat starts tasks, and that a worker does them."""
    pulse.beat()


@shared_task
def refresh_text_pages() -> int:
    """Bring the searchable copy of the pages of text up to date. Returns how many pages there are."""
    return text_pages.refresh()


@shared_task
def send_reminders() -> int:
    """Create and send the weekly reminders that are due. Returns how many mails were sent."""
    weekly.prepare()
    return weekly.send()


@shared_task
def send_takedowns() -> int:
    """Tell cities what the staff took down or show again. Returns how many mails were sent."""
    return takedown_mails.send()


@shared_task
def send_concerns() -> int:
    """Send mails about concerns to the moderators, and answers to people who left an address. Returns how many mails
    were sent."""
    return concerns.send()


@shared_task
def forget_networks() -> int:
    """Delete the networks of concerns when they are no longer needed against floods. Returns the number of concerns."""
    return concerns.forget_networks()


@shared_task
def send_erasure_mails() -> int:
    """Send mails about requests to be erased to people and staff. Returns how many mails were sent."""
    return mail.send_due(ErasureMail.objects.select_related("erasure__person"), erasing.render)


@shared_task
def sweep_files() -> int:
    """Delete files that belong to no row, and log which rows lack their file. Returns how many files were deleted."""
    return folders.sweep().deleted


@shared_task(soft_time_limit=FILE_SECONDS)
def make_files() -> bool:
    """Make the file that has waited longest, and start the next task if others wait. Returns whether there was one."""
    found = kinds.make_next()
    if found and asking.is_line():
        run_after_commit(asking.TASK)
    return found


@shared_task
def sweep_made_files() -> int:
    """Delete files that nobody asks for, and files with contents that were taken down. Returns how many were
    deleted."""
    return sweeping.sweep()

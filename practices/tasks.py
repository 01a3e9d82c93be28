"""Work that practices hand to a worker."""

from celery import shared_task

from practices import moderation, vocabulary
from practices.models import Transition
from practices.notices import write_notices
from scn_portal.base import mail


@shared_task
def send_notices() -> int:
    """Send every notice of moderation that has not left yet; how many left."""
    waiting = Transition.objects.select_related("by", "revision__author", "revision__practice__city")
    return mail.send_due(waiting, write_notices)


@shared_task
def publish_scheduled() -> int:
    """Publish what was approved to appear by now; how many."""
    return moderation.publish_scheduled()


@shared_task
def refresh_vocabulary() -> int:
    """Bring the words that a search may suggest up to date with the public texts; how many they are."""
    return vocabulary.refresh()

"""Celery tasks of practices."""

from celery import shared_task

from practices import dead_links, moderation, vocabulary
from practices.models import Message, Transition
from practices.notices import render_message, render_notices
from scn_portal.base import mail


@shared_task
def send_notices() -> int:
    """Send the notices of moderation that wait, questions and answers too. Returns how many mails were sent."""
    read_with = ("by", "revision__author", "revision__practice__city")
    sent = mail.send_due(Transition.objects.select_related(*read_with), render_notices)
    return sent + mail.send_due(Message.objects.select_related(*read_with), render_message)


@shared_task
def check_sources() -> int:
    """Look at the sources of the texts that wait at the desk. Returns how many were looked at."""
    return dead_links.check_due()


@shared_task
def publish_scheduled() -> int:
    """Publish the scheduled revisions that are due. Returns how many."""
    return moderation.publish_scheduled()


@shared_task
def refresh_vocabulary() -> int:
    """Update the words that a search may suggest. Returns how many there are."""
    return vocabulary.refresh()

"""Celery tasks of practices."""

from celery import shared_task

from practices import addresses, dead_links, desk_mails, holds, moderation, related, vocabulary
from practices.models import Hold, Message, RetiredAddress, SubmissionDigest, Transition, UnassignedReminder
from practices.notices import render_message, render_notices
from scn_portal.base import mail


@shared_task
def send_notices() -> int:
    """Send the notices of moderation that wait, also questions, answers and new addresses. Returns how many were
    sent."""
    read_with = ("by", "revision__author", "revision__practice__city")
    sent = mail.send_due(Transition.objects.select_related(*read_with), render_notices)
    sent += mail.send_due(Message.objects.select_related(*read_with), render_message)
    return sent + mail.send_due(RetiredAddress.objects.select_related("by", "practice__city"), addresses.render)


@shared_task
def check_sources() -> int:
    """Check the sources of the texts that wait at the desk. Returns how many were checked."""
    return dead_links.check_due()


@shared_task
def publish_scheduled() -> int:
    """Publish the scheduled revisions that are due. Returns how many."""
    return moderation.publish_scheduled()


@shared_task
def refresh_vocabulary() -> int:
    """Update the words that a search may suggest. Returns how many there are."""
    return vocabulary.refresh()


@shared_task
def keep_related() -> int:
    """Find the practices related to those published lately. Returns the number of practices published lately."""
    return related.keep_due()


@shared_task
def send_hold_notices() -> int:
    """Tell moderators about the submissions that were handed over to them. Returns how many mails were sent."""
    waiting = Hold.objects.select_related("holder", "given_by", "revision__practice__city")
    return mail.send_due(waiting, holds.render)


@shared_task
def send_desk_mails() -> int:
    """Create and send the mails that moderators are due: daily mails and reminders. Returns how many were sent."""
    desk_mails.prepare_digests()
    desk_mails.prepare_reminders()
    of_a_day = mail.send_due(SubmissionDigest.objects.select_related("user"), desk_mails.render_digest)
    unassigned = UnassignedReminder.objects.select_related("revision__practice__city")
    return of_a_day + mail.send_due(unassigned, desk_mails.render_reminder)

"""Celery tasks of commitments."""

from celery import shared_task

from commitments import documents, restoring
from commitments.models import RestoreDecision, RestoreRequest
from scn_portal.base import mail


@shared_task
def send_restore_requests() -> int:
    """Send the staff the requests of cities to restore something. Returns how many mails were sent."""
    related = RestoreRequest.objects.select_related("pledge__city", "update_row__pledge__city", "by")
    return mail.send_due(related, restoring.render)


@shared_task
def send_restore_decisions() -> int:
    """Tell cities what the staff decided. Returns how many mails were sent."""
    related = RestoreDecision.objects.select_related("to", "request__by", "request__decided_by")
    return mail.send_due(related, restoring.render_decision)


@shared_task
def forget_waiting_documents() -> int:
    """Delete the files that never became part of an update. Returns how many."""
    return documents.forget_waiting()

"""Work that members hand to a worker."""

from celery import shared_task

from members.invitations import write_invitation
from members.models import Invitation
from scn_portal import mail


@shared_task
def send_invitations() -> int:
    """Mail every open invitation that has not left yet; how many left."""
    return mail.send_due(Invitation.objects.open(), write_invitation)

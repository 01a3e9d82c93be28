"""Celery tasks of members."""

from celery import shared_task

from members import account_mails
from members.invitations import render_invitation
from members.models import AccountMail, Invitation
from scn_portal.base import mail


@shared_task
def send_invitations() -> int:
    """Send the invitations that wait. Returns how many mails were sent."""
    return mail.send_due(Invitation.objects.open(), render_invitation)


@shared_task
def send_account_mails() -> int:
    """Send the mails about accounts that wait, and delete old ones. Returns how many were sent."""
    account_mails.forget_old()
    return mail.send_due(AccountMail.objects.select_related("user"), account_mails.render)

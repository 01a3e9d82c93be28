"""Celery tasks of members."""

from celery import shared_task

from members import account_mails, corrections, ended_sessions, idle_accounts, invitations, notices
from members.editing import retention
from members.models import AccountMail, Correction, Invitation, Notice
from scn_portal.base import mail


@shared_task
def send_invitations() -> int:
    """Send the invitations that wait. Returns how many mails were sent."""
    return mail.send_due(Invitation.objects.open(), invitations.render_invitation)


@shared_task
def send_account_mails() -> int:
    """Send the mails about accounts that wait, and delete old ones. Returns how many were sent."""
    account_mails.forget_old()
    return mail.send_due(AccountMail.objects.select_related("user"), account_mails.render)


@shared_task
def send_notices() -> int:
    """Send the notices about people and accounts that wait. Returns how many mails were sent."""
    return mail.send_due(Notice.objects.select_related("to", "city", "about", "by"), notices.render)


@shared_task
def send_corrections() -> int:
    """Tell the staff about the corrections that wait. Returns how many mails were sent."""
    return mail.send_due(Correction.objects.select_related("city", "by"), corrections.render)


@shared_task
def forget_old_forms() -> None:
    """Delete old scratch copies, and old rows about forms that were opened or sent."""
    retention.forget_old()


@shared_task
def close_idle_accounts() -> tuple[int, int]:
    """Warn and close accounts that nobody uses. Returns the numbers (warned, closed)."""
    return idle_accounts.warn_and_close()


@shared_task
def forget_ended_sessions() -> int:
    """Delete sessions that have ended, and the addresses from which they were used. Returns how many."""
    return ended_sessions.forget()


@shared_task
def forget_closed_invitations() -> int:
    """Delete invitations that were closed three months ago. Returns how many."""
    return invitations.forget_closed()

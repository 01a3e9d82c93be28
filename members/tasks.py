"""Work that members hand to a worker."""

from celery import shared_task

from members import account_mails
from members.invitations import write_invitation
from members.models import AccountMail, Invitation
from scn_portal.base import mail


@shared_task
def send_invitations() -> int:
    """Mail every open invitation that has not left yet; how many left."""
    return mail.send_due(Invitation.objects.open(), write_invitation)


@shared_task
def send_account_mails() -> int:
    """Mail what is owed about accounts, and forget what was owed long ago; how many left."""
    account_mails.forget_old()
    return mail.send_due(AccountMail.objects.select_related("user"), account_mails.write)

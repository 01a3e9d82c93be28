"""Asking for the newsletter, confirming it, giving it up: the only door to a Subscription.

Anybody can type anybody's address, so a request changes nothing that a reader would notice: it sends a link to the
address, and following the link is what counts.
"""

import datetime as dt

from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from digests.models import Subscription
from scn_portal import mail

# An address gets one answer an hour, however often it is typed: nobody can be flooded through us.
ONE_ANSWER_IN = dt.timedelta(hours=1)
LINK_LIFETIME = dt.timedelta(days=7)


@transaction.atomic
def subscribe(*, email: str, language: str) -> None:
    """Ask for the newsletter in `language` for `email`; the answer leaves by mail, and by mail alone.

    A new address, one not yet confirmed and one that left get a link to confirm. An active one gets a link to
    confirm the other language, or word that all is as asked. The caller is never told which.
    """
    now = timezone.now()
    subscription, created = (
        Subscription.objects.of_address(email)
        .select_for_update()
        .get_or_create(defaults={"email": email, "language": language, "asked_language": language, "asked_at": now})
    )
    if not created:
        if now - subscription.asked_at < ONE_ANSWER_IN:
            return
        subscription.asked_language, subscription.asked_at = language, now
        subscription.mailed_at, subscription.mail_attempts, subscription.mail_after = None, 0, now
        subscription.save()
    transaction.on_commit(_wake_sender, robust=True)


def _wake_sender() -> None:
    """Ask a worker to send what waits. Should the broker be away, beat asks again within a minute."""
    from digests.tasks import send_confirmations  # tasks import this module

    send_confirmations.delay()


@transaction.atomic
def confirm(token: str) -> Subscription | None:
    """The subscription whose link holds `token`, now active in the language it asked for.

    Again with the same token: nothing changes. None for a token that is forged or older than a week, or from before
    the address gave up the newsletter.
    """
    try:
        pk, language, asked_at = signing.loads(token, salt=Subscription.CONFIRM, max_age=LINK_LIFETIME)
    except signing.BadSignature:
        return None
    subscription = Subscription.objects.select_for_update().filter(pk=pk).first()
    if subscription is None:
        return None
    if subscription.is_active:
        # An older link must not undo what a newer one has settled.
        if asked_at == subscription.asked_at.timestamp():
            subscription.language = language
    elif subscription.unsubscribed_at and asked_at <= subscription.unsubscribed_at.timestamp():
        return None
    else:
        subscription.language, subscription.confirmed_at, subscription.unsubscribed_at = language, timezone.now(), None
    subscription.save(update_fields=["language", "confirmed_at", "unsubscribed_at"])
    return subscription


def unsubscribe(subscription: Subscription) -> None:
    """No issue goes to this address any more, those already composed included. Again: nothing changes."""
    Subscription.objects.active().filter(pk=subscription.pk).update(unsubscribed_at=timezone.now())
    subscription.refresh_from_db()


def write_confirmation(subscription: Subscription) -> list[EmailMultiAlternatives]:
    """The answer to the last request of `subscription`, in the language asked for; none where it left since."""
    if subscription.left_since_asking:
        return []
    language = subscription.asked_language
    settled = subscription.is_active and subscription.language == language
    with override(language):
        context = {
            "subscription": subscription,
            "confirm_link": mail.absolute(subscription.get_confirm_path()),
            "unsubscribe_link": mail.absolute(subscription.get_unsubscribe_path()),
        }
    name = "subscription_already" if settled else "subscription_confirm"
    return [mail.compose(name, to=[subscription.email], language=language, context=context)]

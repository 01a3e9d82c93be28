"""Subscribing to the newsletter, confirming, changing and ending it. Only these functions change a Subscription.

Anybody can type anybody's address, so a request changes nothing by itself: it sends a link to the address, and
following the link confirms it. Each request is kept as a Consent, which is the proof.
"""

import datetime as dt
from collections.abc import Iterable

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, override

from digests.models import Consent, ConsentOrigin, Delivery, Frequency, Outcome, Subscription
from digests.topics import known_topics, merge_topics, name_topics
from scn_portal.base import limits, mail, signed_links
from scn_portal.base.background import run_after_commit
from scn_portal.base.limits import TooMany
from scn_portal.base.links import absolute_url
from scn_portal.base.strangers import NEWSLETTER_MAILS, mailbox_of

HOUR = dt.timedelta(hours=1)
LINK_LIFETIME = dt.timedelta(days=7)
MAX_REFUSALS = 3
# Unconfirmed requests are deleted after this time. Their links expired weeks before.
KEEP_UNCONFIRMED = dt.timedelta(days=30)


def statement() -> str:
    """The words of consent beside the button, in the active language. They are kept with each Consent."""
    return gettext(
        "I want to receive the newsletter of the Strong Cities Network at this address, as chosen here."
        " The address is used for nothing else, and I can unsubscribe at any time with the link in each"
        " email."
    )


@transaction.atomic
def subscribe(
    *,
    email: str,
    language: str,
    frequency: str = Frequency.WEEKLY,
    topics: Iterable[str] = (),
    form: str = ConsentOrigin.NEWSLETTER,
) -> None:
    """Queue a mail to `email`, with a link to confirm or a note that there is nothing to confirm.

    Nothing tells the caller whether the address is known. The same request twice in an hour is answered once.
    """
    now = timezone.now()
    subscription, _created = (
        Subscription.objects.of_address(email)
        .select_for_update()
        .get_or_create(defaults={"email": email, "language": language, "frequency": frequency})
    )
    choices = {"language": language, "frequency": frequency, "topics": known_topics(topics)}
    recent = subscription.consents.filter(asked_at__gt=now - HOUR)
    since_left = recent.filter(asked_at__gt=subscription.unsubscribed_at) if subscription.unsubscribed_at else recent
    if since_left.filter(**choices).exists() or not _may_mail(email):
        return
    subscription.consents.create(form=form, statement=statement(), asked_at=now, **choices)
    run_after_commit("digests.tasks.send_confirmations")


def _may_mail(email: str) -> bool:
    """Whether the mailbox of `email`, under any of its aliases, has had few mails. So nobody can be flooded through
    us."""
    try:
        limits.use((NEWSLETTER_MAILS, mailbox_of(email)))
    except TooMany:
        return False
    return True


@transaction.atomic
def confirm(token: str) -> Subscription | None:
    """The subscription whose link has `token`, now with the choices of that request.

    An active subscription keeps its topics and gets the new ones as well. A second call with the same token changes
    nothing. None for a token that is forged, older than a week, or older than the end of the subscription.
    """
    pk = signed_links.read(token, salt=Consent.CONFIRM, max_age=LINK_LIFETIME)
    consent = Consent.objects.filter(pk=pk).first() if pk else None
    if consent is None:
        return None
    subscription = Subscription.objects.select_for_update().get(pk=consent.subscription_id)
    if consent.confirmed_at is None:
        if subscription.unsubscribed_at and consent.asked_at <= subscription.unsubscribed_at:
            return None
        _apply_consent(subscription, consent)
    elif subscription.unsubscribed_at:
        return None
    return subscription


def _apply_consent(subscription: Subscription, consent: Consent) -> None:
    """Give `subscription`, which the caller has locked, the choices of `consent`."""
    now = timezone.now()
    newer = subscription.consents.filter(confirmed_at__isnull=False, asked_at__gt=consent.asked_at).exists()
    consent.confirmed_at = now
    consent.save(update_fields=["confirmed_at"])
    if subscription.is_active:
        subscription.topics = merge_topics(subscription.topics, consent.topics)
    else:
        subscription.topics = consent.topics
        _start_again(subscription, now)
    if not newer:  # an older link must not undo a newer choice
        subscription.language, subscription.frequency = consent.language, consent.frequency
    subscription.save()


def _start_again(subscription: Subscription, now: dt.datetime) -> None:
    """Make `subscription` like a new one: nothing sent or refused yet. The caller saves it."""
    subscription.confirmed_at, subscription.last_item_id = now, None
    subscription.unsubscribed_at = subscription.suspended_at = None
    subscription.refusals = 0


@transaction.atomic
def set_preferences(
    subscription: Subscription, *, language: str, frequency: str, topics: Iterable[str], form: str
) -> None:
    """Change the choices of a reader known by a signed link or by their account, and keep the Consent.

    An ended or suspended subscription starts again. If an active one already has these choices, nothing changes.
    """
    locked = Subscription.objects.select_for_update()
    if subscription.pk:
        subscription = locked.get(pk=subscription.pk)
    else:
        new = {"email": subscription.email, "language": language, "frequency": frequency}
        subscription, _created = locked.of_address(subscription.email).get_or_create(defaults=new)
    now = timezone.now()
    choices = {"language": language, "frequency": frequency, "topics": known_topics(topics)}
    if subscription.is_active and all(getattr(subscription, name) == value for name, value in choices.items()):
        return
    subscription.consents.create(
        form=form, statement=statement(), asked_at=now, confirmed_at=now, mailed_at=now, **choices
    )
    if not subscription.is_active:
        _start_again(subscription, now)
    for name, value in choices.items():
        setattr(subscription, name, value)
    subscription.save()


@transaction.atomic
def forget_unconfirmed() -> int:
    """Delete the requests that nobody has confirmed for KEEP_UNCONFIRMED, and the addresses without any other request.

    Returns the number of requests deleted.
    """
    old = Consent.objects.filter(confirmed_at=None, asked_at__lte=timezone.now() - KEEP_UNCONFIRMED)
    addresses = Subscription.objects.filter(pk__in=old.values("subscription"), confirmed_at=None)
    # Locked: a request made meanwhile keeps its address, and an address that is confirmed meanwhile stays.
    keys = list(addresses.select_for_update().values_list("pk", flat=True))
    deleted, _by_model = old.delete()
    Subscription.objects.filter(pk__in=keys, confirmed_at=None, consents=None).delete()
    return deleted


def of_account(user) -> Subscription:
    """The subscription of the verified address of `user`; if there is none, a new object that is not saved."""
    found = Subscription.objects.of_address(user.email).first()
    return found or Subscription(email=user.email, language=user.language)


def unsubscribe(subscription: Subscription) -> None:
    """Send nothing more to this address, not even issues already composed. Safe to repeat."""
    _stop(subscription, "unsubscribed_at")


def suspend(subscription: Subscription) -> None:
    """Send nothing to this address, which mails do not reach, until its reader subscribes again. Safe to repeat."""
    _stop(subscription, "suspended_at")


@transaction.atomic
def _stop(subscription: Subscription, field: str) -> None:
    Subscription.objects.filter(pk=subscription.pk, confirmed_at__isnull=False, **{field: None}).update(
        **{field: timezone.now()}
    )
    Delivery.objects.waiting().filter(subscription=subscription).update(outcome=Outcome.DROPPED)
    subscription.refresh_from_db()


@transaction.atomic
def record_refusal(subscription: Subscription) -> None:
    """Note that a server has refused this address permanently. The third time in a row suspends it."""
    subscription = Subscription.objects.select_for_update().get(pk=subscription.pk)
    subscription.refusals = min(subscription.refusals + 1, 1000)
    subscription.save(update_fields=["refusals"])
    if subscription.refusals >= MAX_REFUSALS:
        suspend(subscription)


def render_confirmation(consent: Consent) -> list[EmailMultiAlternatives]:
    """The answer to a request, in the chosen language; none if the address has unsubscribed since."""
    subscription, language = consent.subscription, consent.language
    if subscription.unsubscribed_at and consent.asked_at <= subscription.unsubscribed_at:
        return []
    with override(language):
        context = {
            "consent": consent,
            "topics": name_topics(consent.topics, language),
            "confirm_link": absolute_url(consent.get_confirm_path()),
            "preferences_link": absolute_url(subscription.get_preferences_path()),
            "unsubscribe_link": absolute_url(subscription.get_unsubscribe_path()),
        }
    name = "subscription_already" if _has_already(subscription, consent) else "subscription_confirm"
    return [mail.compose(name, to=[subscription.email], language=language, context=context)]


def _has_already(subscription: Subscription, consent: Consent) -> bool:
    """Whether there is nothing to confirm."""
    same = (subscription.language, subscription.frequency) == (consent.language, consent.frequency)
    follows = not subscription.topics or (bool(consent.topics) and set(consent.topics) <= set(subscription.topics))
    return subscription.is_active and same and follows

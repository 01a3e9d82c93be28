"""Asking for the newsletter, confirming it, changing it, giving it up: the only door to a Subscription.

Anybody can type anybody's address, so a request changes nothing that a reader would notice: it sends a link to the
address, and following the link is what counts. Each request is kept as a Consent, which is the proof.
"""

import datetime as dt
from collections.abc import Iterable

from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, override

from digests import topics as the_topics
from digests.models import Consent, Delivery, Frequency, Subscription
from scn_portal.base import mail
from scn_portal.base.background import run_after_commit
from scn_portal.base.links import absolute_url

# An address gets this many answers an hour, however often it is typed: nobody can be flooded through us.
ANSWERS_AN_HOUR = 3
HOUR = dt.timedelta(hours=1)
LINK_LIFETIME = dt.timedelta(days=7)
REFUSALS_THAT_SUSPEND = 3


def statement() -> str:
    """What whoever asks agrees to: the words beside the button, in the language of the page. Kept with each Consent."""
    return gettext(
        "I ask the Strong Cities Network to send its newsletter to this address, as chosen here. The address is "
        "used for nothing else, and I can stop at any time with the link in each mail."
    )


@transaction.atomic
def subscribe(
    *,
    email: str,
    language: str,
    frequency: str = Frequency.WEEKLY,
    topics: Iterable[str] = (),
    form: str = Consent.Form.NEWSLETTER,
) -> None:
    """Ask for the newsletter for `email`; the answer leaves by mail, and by mail alone.

    The caller is never told whether the address is known. The same request twice in an hour is answered once.
    """
    now = timezone.now()
    subscription, _created = (
        Subscription.objects.of_address(email)
        .select_for_update()
        .get_or_create(defaults={"email": email, "language": language, "frequency": frequency})
    )
    wanted = {"language": language, "frequency": frequency, "topics": the_topics.known(topics)}
    lately = subscription.consents.filter(asked_at__gt=now - HOUR)
    since_left = lately.filter(asked_at__gt=subscription.unsubscribed_at) if subscription.unsubscribed_at else lately
    if since_left.filter(**wanted).exists() or lately.count() >= ANSWERS_AN_HOUR:
        return
    subscription.consents.create(form=form, statement=statement(), asked_at=now, **wanted)
    run_after_commit("digests.tasks.send_confirmations")


@transaction.atomic
def confirm(token: str) -> Subscription | None:
    """The subscription whose link holds `token`, now as it was asked for.

    An active one keeps what it follows and follows the new topics as well. Again with the same token: nothing changes.
    None for a token that is forged or older than a week, or from before the address gave up the newsletter.
    """
    try:
        pk = signing.loads(token, salt=Consent.CONFIRM, max_age=LINK_LIFETIME)
    except signing.BadSignature:
        return None
    consent = Consent.objects.filter(pk=pk).first()
    if consent is None:
        return None
    subscription = Subscription.objects.select_for_update().get(pk=consent.subscription_id)
    if consent.confirmed_at is None:
        if subscription.unsubscribed_at and consent.asked_at <= subscription.unsubscribed_at:
            return None
        _apply(subscription, consent)
    elif subscription.unsubscribed_at:
        return None
    return subscription


def _apply(subscription: Subscription, consent: Consent) -> None:
    """What was asked for with `consent` is so from now on. `subscription` is locked."""
    now = timezone.now()
    later = subscription.consents.filter(confirmed_at__isnull=False, asked_at__gt=consent.asked_at).exists()
    consent.confirmed_at = now
    consent.save(update_fields=["confirmed_at"])
    if subscription.is_active:
        subscription.topics = the_topics.union(subscription.topics, consent.topics)
    else:
        subscription.topics = consent.topics
        _begin(subscription, now)
    if not later:  # an older link must not undo what a newer one has settled
        subscription.language, subscription.frequency = consent.language, consent.frequency
    subscription.save()


def _begin(subscription: Subscription, now: dt.datetime) -> None:
    """As if it were new: nothing was told or refused yet. The caller saves."""
    subscription.confirmed_at, subscription.told_until = now, None
    subscription.unsubscribed_at = subscription.suspended_at = None
    subscription.refusals = 0


@transaction.atomic
def set_preferences(
    subscription: Subscription, *, language: str, frequency: str, topics: Iterable[str], form: str
) -> None:
    """The reader, known by a signed link or by their account, wants it so from now on. As it is: nothing changes."""
    locked = Subscription.objects.select_for_update()
    if subscription.pk:
        subscription = locked.get(pk=subscription.pk)
    else:
        new = {"email": subscription.email, "language": language, "frequency": frequency}
        subscription, _created = locked.of_address(subscription.email).get_or_create(defaults=new)
    now = timezone.now()
    wanted = {"language": language, "frequency": frequency, "topics": the_topics.known(topics)}
    if subscription.is_active and all(getattr(subscription, name) == value for name, value in wanted.items()):
        return
    subscription.consents.create(
        form=form, statement=statement(), asked_at=now, confirmed_at=now, mailed_at=now, **wanted
    )
    if not subscription.is_active:
        _begin(subscription, now)
    for name, value in wanted.items():
        setattr(subscription, name, value)
    subscription.save()


def of_account(user) -> Subscription:
    """The subscription of a person who is logged in, whose address is verified; where there is none, one that is not
    kept before its preferences are set."""
    found = Subscription.objects.of_address(user.email).first()
    return found or Subscription(email=user.email, language=user.language)


def unsubscribe(subscription: Subscription) -> None:
    """No issue goes to this address any more, those already composed included. Again: nothing changes."""
    _stop(subscription, "unsubscribed_at")


def suspend(subscription: Subscription) -> None:
    """Mail to this address does not arrive: none is sent until its reader asks again. Again: nothing changes."""
    _stop(subscription, "suspended_at")


@transaction.atomic
def _stop(subscription: Subscription, moment: str) -> None:
    Subscription.objects.filter(pk=subscription.pk, confirmed_at__isnull=False, **{moment: None}).update(
        **{moment: timezone.now()}
    )
    Delivery.objects.waiting().filter(subscription=subscription).update(outcome=Delivery.Outcome.DROPPED)
    subscription.refresh_from_db()


@transaction.atomic
def note_refusal(subscription: Subscription) -> None:
    """A server has refused this address for good. The third time in a row suspends it."""
    subscription = Subscription.objects.select_for_update().get(pk=subscription.pk)
    subscription.refusals = min(subscription.refusals + 1, 1000)
    subscription.save(update_fields=["refusals"])
    if subscription.refusals >= REFUSALS_THAT_SUSPEND:
        suspend(subscription)


def write_confirmation(consent: Consent) -> list[EmailMultiAlternatives]:
    """The answer to a request, in the language asked for; none where the address left since."""
    subscription, language = consent.subscription, consent.language
    if subscription.unsubscribed_at and consent.asked_at <= subscription.unsubscribed_at:
        return []
    with override(language):
        context = {
            "consent": consent,
            "topics": the_topics.named(consent.topics, language),
            "confirm_link": absolute_url(consent.get_confirm_path()),
            "preferences_link": absolute_url(subscription.get_preferences_path()),
            "unsubscribe_link": absolute_url(subscription.get_unsubscribe_path()),
        }
    name = "subscription_already" if _settled(subscription, consent) else "subscription_confirm"
    return [mail.compose(name, to=[subscription.email], language=language, context=context)]


def _settled(subscription: Subscription, consent: Consent) -> bool:
    """The reader already gets what was asked for."""
    same = (subscription.language, subscription.frequency) == (consent.language, consent.frequency)
    follows = not subscription.topics or (bool(consent.topics) and set(consent.topics) <= set(subscription.topics))
    return subscription.is_active and same and follows

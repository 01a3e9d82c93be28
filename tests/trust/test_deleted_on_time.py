"""What is kept for a time only: each kind a second before its time is over, and at that moment, on a fixed clock."""

import datetime as dt
import importlib

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from digests import subscriptions
from digests.models import Consent, Delivery, Subscription
from digests.tasks import forget_unconfirmed
from members.models import AccountMail, Invitation
from members.tasks import forget_closed_invitations, forget_ended_sessions, send_account_mails
from tests.factories import (
    PASSWORD,
    ConsentFactory,
    DeliveryFactory,
    InvitationFactory,
    SubscriptionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 6, 1, 12, 0, tzinfo=dt.UTC)
DAY, SECOND = dt.timedelta(days=1), dt.timedelta(seconds=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def requested(at: dt.datetime) -> Subscription:
    subscription = SubscriptionFactory(confirmed_at=None, created_at=at)
    ConsentFactory(subscription=subscription, asked_at=at, confirmed_at=None)
    return subscription


def signed_in_until(at: dt.datetime) -> UserSession:
    client, user = Client(), UserFactory()
    client.force_login(user)
    key = client.session.session_key
    Session.objects.filter(pk=key).update(expire_date=at)
    return UserSession.objects.create(user=user, session_key=key, ip="203.0.113.9")


def accepted(at: dt.datetime) -> Invitation:
    return InvitationFactory(accepted_at=at, accepted_by=UserFactory(), expires_at=at)


def mail_about_an_account(at: dt.datetime) -> AccountMail:
    return AccountMail.objects.create(
        email="a@city.example", language="en", template="account/email/x", created_at=at, mailed_at=at
    )


# What is made at a moment, how long after it goes, and the task that beat starts.
KINDS = {
    "a request that nobody confirmed": (requested, 30 * DAY, forget_unconfirmed),
    "a session": (signed_in_until, 0 * DAY, forget_ended_sessions),
    "an invitation that was accepted": (accepted, 90 * DAY, forget_closed_invitations),
    "an invitation that was withdrawn": (
        lambda at: InvitationFactory(withdrawn_at=at, expires_at=at), 90 * DAY, forget_closed_invitations,
    ),
    "an invitation that ran out": (lambda at: InvitationFactory(expires_at=at), 90 * DAY, forget_closed_invitations),
    "a mail about an account": (mail_about_an_account, 30 * DAY, send_account_mails),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_goes_when_its_time_is_over_and_not_a_second_before(kind):
    make, kept_for, task = KINDS[kind]
    old, recent = make(NOW - kept_for), make(NOW - kept_for + SECOND)
    task()
    assert list(type(old).objects.values_list("pk", flat=True)) == [recent.pk]
    task()
    assert type(old).objects.count() == 1


def test_beat_starts_each_task_every_day_or_oftener():
    beaten = {entry["task"]: entry["schedule"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    for _make, _kept_for, task in KINDS.values():
        assert beaten[task.name] <= 86_400
        module, _dot, name = task.name.rpartition(".")
        assert getattr(importlib.import_module(module), name) is task


def test_the_session_goes_with_its_note_and_others_keep_theirs():
    ended, running = signed_in_until(NOW), signed_in_until(NOW + SECOND)
    forget_ended_sessions()
    assert list(Session.objects.values_list("pk", flat=True)) == [running.session_key]
    assert not UserSession.objects.filter(session_key=ended.session_key).exists()


def test_who_signs_out_leaves_no_address():
    client = Client(REMOTE_ADDR="203.0.113.9")
    client.post("/en/accounts/login/", {"login": UserFactory().email, "password": PASSWORD})
    assert UserSession.objects.filter(ip="203.0.113.9").exists()
    client.post("/en/accounts/logout/")
    forget_ended_sessions()
    assert not UserSession.objects.exists()


def test_a_request_goes_and_a_confirmed_subscription_stays():
    subscription = SubscriptionFactory()
    proof = ConsentFactory(subscription=subscription)
    ConsentFactory(subscription=subscription, asked_at=NOW - 30 * DAY, confirmed_at=None)
    DeliveryFactory(subscription=subscription)
    forget_unconfirmed()
    assert list(Consent.objects.all()) == [proof]
    assert subscription.deliveries.count() == Delivery.objects.count() == 1


def test_an_address_that_was_asked_for_again_stays():
    subscription = requested(NOW - 40 * DAY)
    again = ConsentFactory(subscription=subscription, asked_at=NOW - DAY, confirmed_at=None)
    forget_unconfirmed()
    assert list(subscription.consents.all()) == [again]


def test_who_confirms_late_is_told_so_and_may_ask_again():
    subscription = requested(NOW - 30 * DAY)
    path = subscription.consents.get().get_confirm_path()
    forget_unconfirmed()
    assert Client().get(path).status_code == 410
    subscriptions.subscribe(email=subscription.email, language="en")
    assert Subscription.objects.count() == 1


def test_the_address_of_a_deleted_invitation_goes_from_its_history_too():
    """Where invitations have a history: a table of events as pghistory makes them."""
    old, recent = accepted(NOW - 90 * DAY), accepted(NOW)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS members_invitationevent (pgh_id serial, pgh_obj_id bigint, email varchar(254))"
        )
        cursor.execute("SELECT count(*) FROM members_invitationevent")
        if not cursor.fetchone()[0]:
            cursor.execute(
                "INSERT INTO members_invitationevent (pgh_obj_id, email) SELECT id, email FROM members_invitation"
            )
        forget_closed_invitations()
        cursor.execute("SELECT pgh_obj_id, email FROM members_invitationevent ORDER BY pgh_obj_id")
        assert {(key, email) for key, email in cursor.fetchall()} == {(old.pk, ""), (recent.pk, recent.email)}

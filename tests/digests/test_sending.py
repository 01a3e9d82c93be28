"""From a practice that is published to the mail that arrives, through a real worker and a real SMTP server."""

import datetime as dt
import os
import re
import subprocess
import sys
import time
from collections import Counter
from email import message_from_bytes, policy
from io import StringIO
from types import SimpleNamespace
from urllib.parse import quote, urlsplit

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from digests import sending, subscriptions
from digests.composing import compose_issue, last_boundary
from digests.models import Delivery, Issue
from digests.tasks import compose_due_issues, deliver
from practices.choices import Status
from tests.factories import CityFactory, RevisionFactory, SubscriptionFactory
from tests.practices.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def send_digests(*arguments: str) -> str:
    """What `manage.py send_digests` says."""
    said = StringIO()
    call_command("send_digests", *arguments, stdout=said, stderr=said)
    return said.getvalue()


def publish(city: str = "Testville"):
    """A practice of a city of that name becomes public now."""
    return RevisionFactory(
        status=Status.PUBLISHED, published_at=timezone.now(), practice__city=CityFactory(name_en=city)
    ).practice


def addresses(smtp) -> list[str]:
    return sorted(str(message["To"]) for message in smtp.messages)


def link_in(message) -> str:
    """The path of the newsletter's link in the text of `message`."""
    text = message.get_body(("plain",)).get_content()
    (link,) = re.findall(r"<(http\S+/newsletter/\S+)>", text)
    return urlsplit(link).path


def test_a_reader_subscribes_reads_and_leaves(worker, smtp):
    anna = Client(enforce_csrf_checks=True)
    asked_for = {"email": "anna@example.org", "language": "en", "frequency": "weekly", "scope": "everything"}
    assert anna.post("/en/newsletter/", asked_for).status_code == 302
    (asked,) = smtp.wait_for(1)
    publish("Oneville")
    assert "nobody to tell" in send_digests(), "the link was not followed yet"
    assert anna.get(link_in(asked)).status_code == 200

    assert "1 items, 1 readers" in send_digests()
    _asked, issue = smtp.wait_for(2)
    assert issue["Subject"] == "1 new practice: Oneville"
    assert issue["Message-ID"] == Delivery.objects.get().message_id

    one_click = urlsplit(issue["List-Unsubscribe"].strip(" <>")).path
    assert anna.post(one_click, {"List-Unsubscribe": "One-Click"}).status_code == 200
    publish("Twoville")
    send_digests()
    worker.wait_until_idle()
    assert len(smtp.messages) == 2
    assert not anna.cookies


def test_running_it_again_sends_nothing(worker, smtp):
    SubscriptionFactory()
    publish()
    send_digests()
    smtp.wait_for(1)
    worker.wait_until_idle()
    assert send_digests() == "No new issue: nothing new, nobody to tell, or not due.\n"
    deliver.delay()
    worker.wait_until_idle()
    assert len(smtp.messages) == 1


def test_each_reader_has_the_issue_in_their_language(worker, smtp):
    SubscriptionFactory(email="anna@example.org", language="en")
    SubscriptionFactory(email="benoit@example.org", language="fr")
    publish()
    send_digests()
    smtp.wait_for(2)
    languages = {str(message["To"]): message["Content-Language"] for message in smtp.messages}
    assert languages == {"anna@example.org": "en", "benoit@example.org": "fr"}


def test_one_refused_address_does_not_stop_the_others(worker, smtp):
    for name in ("a", "b", "c"):
        SubscriptionFactory(email=f"{name}@example.org")
    smtp.refuse("b@example.org", 550)
    publish()
    send_digests()
    smtp.wait_for(2)
    worker.wait_until_idle()
    assert addresses(smtp) == ["a@example.org", "c@example.org"]
    assert not Delivery.objects.waiting().exists(), "a refusal for good is not tried again"
    refused = Delivery.objects.get(outcome=Delivery.Outcome.REFUSED)
    assert refused.subscription.email == "b@example.org"


def test_an_address_refused_for_now_is_tried_again_with_the_same_message_id(worker, smtp):
    SubscriptionFactory(email="busy@example.org")
    smtp.refuse("busy@example.org", 450)
    publish()
    send_digests()
    worker.wait_until_idle()
    waiting = Delivery.objects.waiting().get()
    assert waiting.mail_attempts == 1
    assert waiting.mail_after > timezone.now()

    smtp.refuse("busy@example.org", 0)
    Delivery.objects.update(mail_after=timezone.now())
    deliver.delay()
    (message,) = smtp.wait_for(1)
    assert message["Message-ID"] == waiting.message_id


def test_two_that_compose_at_once_make_one_issue():
    SubscriptionFactory()
    publish()
    now = timezone.now()
    outcomes = at_once(lambda: compose_issue("weekly", now), lambda: compose_issue("weekly", now))
    assert {type(outcome) for outcome in outcomes} == {Issue, type(None)}
    assert Delivery.objects.count() == 1


def test_beat_composes_once_and_wakes_the_delivery(worker, smtp):
    SubscriptionFactory()
    last_week = last_boundary("weekly", timezone.now()) - dt.timedelta(days=1)
    RevisionFactory(status=Status.PUBLISHED, published_at=last_week)
    compose_due_issues.delay()
    compose_due_issues.delay()
    worker.wait_until_idle()
    assert len(smtp.wait_for(1)) == Issue.objects.count() == 1


def test_without_a_broker_the_mails_wait(tmp_path):
    """The command as an administrator runs it, with the queue at an address where nobody listens."""
    SubscriptionFactory()
    publish()
    database = connection.settings_dict
    nowhere = {
        "SCN_TEST_CHILD": "1",
        "DATABASE_URL": f"postgres://{database['USER']}@{quote(database['HOST'], safe='')}/{database['NAME']}",
        "REDIS_URL": f"unix://{tmp_path}/no.sock",
    }
    command = [sys.executable, "manage.py", "send_digests"]
    run = subprocess.run(command, env=os.environ | nowhere, cwd=settings.BASE_DIR, capture_output=True, text=True)
    assert run.returncode == 0
    assert "1 readers" in run.stdout
    assert "The broker is away" in run.stderr
    assert "1 mails wait" in run.stderr
    assert Delivery.objects.waiting().count() == 1


def test_unsubscribed_between_composing_and_sending(smtp):
    leaver = SubscriptionFactory()
    publish()
    compose_issue("weekly", timezone.now())
    subscriptions.unsubscribe(leaver)
    assert deliver() == 0
    assert not smtp.messages
    assert Delivery.objects.get().outcome == Delivery.Outcome.DROPPED


def test_a_reader_who_leaves_while_the_issue_goes_out(smtp, monkeypatch):
    """What is claimed is looked at again every second: here after the first mail."""
    clock = [100.0]
    moved = SimpleNamespace(monotonic=lambda: clock[0], time=time.time, sleep=time.sleep)
    monkeypatch.setattr(sending, "time", moved)
    first, last = SubscriptionFactory(), SubscriptionFactory()
    publish()
    compose_issue("weekly", timezone.now())
    begin = sending.Settling.begin

    def leave_after_the_first(settling, delivery, outcome):
        begin(settling, delivery, outcome)
        subscriptions.unsubscribe(last)
        clock[0] += sending.FRESH_SECONDS + 0.1

    monkeypatch.setattr(sending.Settling, "begin", leave_after_the_first)
    assert deliver() == 1
    assert addresses(smtp) == [first.email]


def test_the_mail_arrives_as_it_was_written(smtp):
    """Dots at the beginning of a line, which SMTP reads as an end, and an address outside of ASCII."""
    SubscriptionFactory(email="anna@exämple.org")
    RevisionFactory(status=Status.PUBLISHED, published_at=timezone.now(), summary_en="First.\n.hidden\n..\n.\nLast.")
    compose_issue("weekly", timezone.now())
    delivery = Delivery.objects.get()
    stencil = sending.Run().stencil(delivery)
    assert stencil
    expected = sending.filled(stencil, delivery).as_bytes()
    assert deliver() == 1
    (message,) = smtp.messages
    assert message["To"] == "anna@xn--exmple-cua.org"
    expected_text = message_from_bytes(expected, policy=policy.default).get_body(("html",)).get_content()
    assert message.get_body(("html",)).get_content().splitlines() == expected_text.splitlines()


def test_all_senders_together_keep_to_the_rate(settings, monkeypatch):
    settings.DIGEST_RATE = 3
    clock = [1000.0]
    monkeypatch.setattr(sending.time, "time", lambda: clock[0])
    monkeypatch.setattr(sending.time, "sleep", lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    turns = Counter()
    for _mail in range(10):
        sending._wait_for_a_turn()
        turns[int(clock[0])] += 1
    assert turns == {1000: 3, 1001: 3, 1002: 3, 1003: 1}

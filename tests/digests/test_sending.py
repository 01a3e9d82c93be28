"""From a practice that is published to the mail that arrives, through a real worker and a real SMTP server."""

import datetime as dt
import os
import re
import subprocess
import sys
import time
from email import message_from_bytes, policy
from io import StringIO
from urllib.parse import quote, urlsplit

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from digests import subscriptions
from digests.delivery.rendering import TemplateCache
from digests.issues.compose import compose_issue
from digests.issues.schedule import last_boundary
from digests.models import Delivery, Issue, Outcome
from digests.tasks import compose_due_issues, deliver
from practices.choices import Status
from tests.factories import CityFactory, PledgeFactory, RevisionFactory, SubscriptionFactory, moved
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
    assert issue["Subject"] == "1 practice newly recorded: Oneville"
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
    refused = Delivery.objects.get(outcome=Outcome.REFUSED)
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
    assert Delivery.objects.get().outcome == Outcome.DROPPED


def test_a_reader_who_leaves_while_the_issue_goes_out(smtp, settings):
    """At one mail a second, the third one leaves a second after the first at least."""
    settings.DIGEST_RATE = 1
    first, second, last = SubscriptionFactory.create_batch(3)
    publish()
    compose_issue("weekly", timezone.now())
    smtp.when_taken(1, lambda: at_once(lambda: subscriptions.unsubscribe(last)))
    assert deliver() == 2
    assert addresses(smtp) == [first.email, second.email]
    assert Delivery.objects.get(subscription=last).outcome == Outcome.DROPPED


def test_a_reader_who_leaves_while_their_mail_waits_for_its_turn(smtp, monkeypatch):
    leaver = SubscriptionFactory()
    publish()
    compose_issue("weekly", timezone.now())

    def leave_meanwhile() -> bool:
        subscriptions.unsubscribe(leaver)
        return True

    monkeypatch.setattr("digests.delivery.send.wait_for_turn", leave_meanwhile)
    assert deliver() == 0
    assert not smtp.messages
    assert Delivery.objects.get().outcome == Outcome.DROPPED


def test_what_is_taken_down_while_the_issue_goes_out_is_in_no_mail_a_second_later(smtp, settings):
    settings.DIGEST_RATE = 1
    SubscriptionFactory.create_batch(3)
    publish("Oneville")
    gone = publish("Twoville")
    compose_issue("weekly", timezone.now())
    smtp.when_taken(1, lambda: at_once(lambda: moved(gone.revisions.all(), status=Status.ARCHIVED)))
    assert deliver() == 3
    subjects = [str(message["Subject"]) for message in smtp.messages]
    assert subjects[0] == "2 practices newly recorded: Twoville, Oneville"
    assert subjects[2] == "1 practice newly recorded: Oneville"


def test_what_is_changed_while_the_issue_goes_out_is_changed_in_the_mails(smtp, settings):
    settings.DIGEST_RATE = 1
    SubscriptionFactory.create_batch(3)
    pledge = PledgeFactory(title_en="Open the hall", created_at=timezone.now())
    compose_issue("weekly", timezone.now())
    pledge.title_en = "Open two halls"
    smtp.when_taken(1, lambda: at_once(pledge.save))
    assert deliver() == 3
    texts = [message.get_body(("plain",)).get_content() for message in smtp.messages]
    assert "Open the hall" in texts[0]
    assert "Open two halls" in texts[2]


def test_the_mail_arrives_as_it_was_written(smtp):
    """Dots at the beginning of a line, which SMTP reads as an end, and an address outside of ASCII."""
    SubscriptionFactory(email="anna@exämple.org")
    RevisionFactory(status=Status.PUBLISHED, published_at=timezone.now(), summary_en="First.\n.hidden\n..\n.\nLast.")
    compose_issue("weekly", timezone.now())
    delivery = Delivery.objects.get()
    expected = TemplateCache().render(delivery).as_bytes()
    assert deliver() == 1
    (message,) = smtp.messages
    assert message["To"] == "anna@xn--exmple-cua.org"
    expected_text = message_from_bytes(expected, policy=policy.default).get_body(("html",)).get_content()
    written, sent = (
        # The second in which a link was signed is another one.
        re.sub(r"/[^/\s]+:\w{6}:[\w-]+/", "/signed/", text).splitlines()
        for text in (expected_text, message.get_body(("html",)).get_content())
    )
    assert sent == written


def test_all_senders_together_keep_to_the_rate(smtp, settings):
    """Twelve mails at five a second need three seconds of the clock, so there is one whole second between the first
    mail and the last."""
    settings.DIGEST_RATE = 5
    SubscriptionFactory.create_batch(12)
    publish()
    compose_issue("weekly", timezone.now())
    arrivals: list[float] = []
    smtp.when_taken(1, lambda: arrivals.append(time.monotonic()))
    smtp.when_taken(12, lambda: arrivals.append(time.monotonic()))
    assert sum(at_once(*[lambda: deliver()] * 3)) == 12
    first, last = arrivals
    assert last - first >= 1

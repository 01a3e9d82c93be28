"""The desk of the newsletter: who may, what it shows, what each button does."""

import datetime as dt
import re

import lxml.html
import pytest
import time_machine
from django.core import mail as outbox
from django.core.mail.backends import locmem
from django.test import Client
from django.urls import reverse

from digests.issues import preparation
from digests.models import Issue, Item, NextIssue
from practices.choices import Status
from scn_portal.base.totals import Total
from tests.factories import (
    CityFactory,
    DeliveryFactory,
    ModeratorFactory,
    RevisionFactory,
    SubscriptionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 3, 11, 12, 0, tzinfo=dt.UTC)
PAGES = ["/en/desk/newsletter/", "/en/desk/newsletter/weekly/", "/en/desk/newsletter/weekly/send/"]


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def staff(client):
    person = ModeratorFactory(email="staff@example.org")
    client.force_login(person)
    return person


@pytest.fixture
def news():
    """A practice that no issue has told yet."""
    moment = NOON - dt.timedelta(days=1)
    city = CityFactory(name_en="Oslo", name_fr="Oslo")
    return RevisionFactory(
        status=Status.PUBLISHED, published_at=moment, title_en="Safe squares", title_fr="Places sûres",
        practice__city=city,
    )  # fmt: skip


def press(client, verb: str, frequency: str = "weekly", **sent):
    return client.post(reverse("newsletter_next", args=[frequency]), {"verb": verb, **sent}, follow=True)


# --- who -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_it_is_there_for_those_who_run_the_newsletter_alone(client, page):
    assert client.get(page).status_code == 302
    client.force_login(UserFactory(is_staff=True))
    assert client.get(page).status_code == 404
    assert client.post(page, {"verb": "pause"}).status_code in (404, 405)
    client.force_login(ModeratorFactory())
    assert client.get(page).status_code == 200
    assert not NextIssue.objects.exclude(paused_at=None).exists()


@pytest.mark.parametrize("page", PAGES)
def test_it_speaks_french_too(client, staff, page):
    twin = re.search(r'(?:href|value)="(/fr/[^"]+)"\s+(?:href)?lang="fr"', client.get(page).text)
    assert twin
    assert twin[1].startswith("/fr/bureau/infolettre/")
    assert client.get(twin[1]).status_code == 200


def test_there_is_no_other_frequency_and_no_other_button(client, staff):
    assert client.get("/en/desk/newsletter/hourly/").status_code == 404
    assert press(client, "explode").status_code == 404


def test_a_forged_request_does_nothing():
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ModeratorFactory())
    assert press(browser, "pause").status_code == 403
    assert browser.post(PAGES[2]).status_code == 403


def test_the_navigation_leads_to_it(client, staff):
    assert '<a href="/en/desk/newsletter/">Newsletter desk</a>' in client.get("/en/desk/").text


# --- what it shows ---------------------------------------------------------------------------------------------------


def test_how_each_frequency_stands(client, staff):
    SubscriptionFactory(frequency="monthly")
    SubscriptionFactory(frequency="monthly", unsubscribed_at=NOON)
    sent = DeliveryFactory(outcome="sent", mailed_at=NOON)
    DeliveryFactory(issue=sent.issue)
    weekly, monthly = client.get("/en/desk/newsletter/").context["rows"]
    assert weekly["next"] == dt.datetime(2026, 3, 16, 6, tzinfo=dt.UTC)
    assert [weekly[name].number for name in ("sent", "waiting", "refused")] == [1, 1, 0]
    assert (monthly["readers"], monthly["last"]) == (Total(1), None)


def test_the_preview_shows_both_languages_and_keeps_nothing(client, staff, news):
    page = client.get("/en/desk/newsletter/weekly/").text
    for said in ("1 practice newly recorded: Oslo", "1 pratique nouvellement inscrite", "Safe squares", "Places sûres"):
        assert said in page
    assert not Item.objects.exists()
    assert not Issue.objects.exists()


def test_the_preview_says_when_there_is_nothing(client, staff):
    assert "no email would be sent" in client.get("/en/desk/newsletter/weekly/").text


# --- what it does ----------------------------------------------------------------------------------------------------


def test_the_introduction_is_kept_and_previewed(client, staff, news):
    page = press(client, "introduce", introduction_fr="Bonjour.", introduction_en="Good *day*.")
    assert NextIssue.objects.get(frequency="weekly").introduction_fr == "Bonjour."
    assert "Good <em>day</em>." in page.text


def test_an_introduction_that_is_too_long_is_told_beside_its_field(client, staff):
    page = press(client, "introduce", introduction_fr="x" * 2001)
    assert 'id="id_introduction_fr_error"' in page.text
    assert not NextIssue.objects.exclude(introduction_fr="").exists()


def test_pausing_says_who_and_resuming_ends_it(client, staff):
    page = press(client, "pause")
    upcoming = NextIssue.objects.get(frequency="weekly")
    assert (upcoming.paused_at, upcoming.paused_by) == (NOON, staff)
    assert f"Paused by {staff}" in page.text
    press(client, "resume")
    upcoming.refresh_from_db()
    assert upcoming.paused_at is None


def test_a_test_goes_to_whoever_asks_and_to_nobody_else(client, staff, news):
    SubscriptionFactory()
    assert "sending the test to staff@example.org" in press(client, "test").text
    mails = [each.message().as_bytes().decode() for each in outbox.outbox]
    assert [each.to for each in outbox.outbox] == [["staff@example.org"]] * 2
    assert sum("Subject: [Test] 1 practice newly recorded: Oslo" in text for text in mails) == 1
    for text in mails:
        assert "/unsubscribe/test/" in text or "/desabonner/test/" in text
        assert "blank.invalid" not in text
    assert not Issue.objects.exists()


def test_a_test_without_news_says_so(client, staff):
    assert "nothing new to send" in press(client, "test").text
    assert not outbox.outbox


def test_a_test_while_the_mail_server_is_away_says_so(client, staff, news, monkeypatch):
    def away(_self, _mails):
        raise ConnectionRefusedError

    monkeypatch.setattr(locmem.EmailBackend, "send_messages", away)
    assert "did not accept the test" in press(client, "test").text


def test_looking_at_send_now_only_asks(client, staff, news):
    SubscriptionFactory()
    page = client.get(PAGES[2]).text
    assert "Send to 1 reader" in page
    assert "1 practice newly recorded: Oslo" in page
    assert not Issue.objects.exists()


def test_send_now_composes_the_issue_and_wakes_the_sender(
    client, staff, news, queued_tasks, django_capture_on_commit_callbacks
):
    SubscriptionFactory()
    SubscriptionFactory(frequency="monthly")
    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(PAGES[2], follow=True)
    assert "Sending it to 1 reader." in page.text
    assert Issue.objects.get().deliveries.count() == 1
    assert queued_tasks() == ["digests.tasks.deliver"]
    again = client.post(PAGES[2], follow=True)
    assert "Nothing was sent" in again.text
    assert Issue.objects.count() == 1


def test_a_paused_newsletter_is_not_sent(client, staff, news):
    SubscriptionFactory()
    preparation.pause("weekly", by=staff)
    assert "Send to" not in client.get(PAGES[2]).text
    assert "The newsletter is paused, so nothing was sent." in client.post(PAGES[2], follow=True).text
    assert not Issue.objects.exists()


def test_an_introduction_that_a_colleague_has_changed_is_compared_and_one_sent_without_a_session_is_given_back(
    client, staff
):
    address = "/en/desk/newsletter/weekly/"
    mine = fields_of_editing(client.get(address)) | {"introduction_en": "Mine."}
    assert mine["verb"] == "introduce"
    NextIssue.objects.filter(frequency="weekly").update(introduction_en="Theirs.")
    page = client.post(address, mine)
    assert [(each.theirs, each.yours) for each in page.context["editing"].differences] == [("Theirs.", "Mine.")]
    assert NextIssue.objects.get(frequency="weekly").introduction_en == "Theirs."
    chosen = fields_of_editing(page) | {"take-introduction_en": "yours"}
    assert client.post(address, chosen).status_code == 302
    assert NextIssue.objects.get(frequency="weekly").introduction_en == "Mine."
    client.logout()
    given = client.post(address, mine | {"introduction_en": "x" * 1500}, headers={"Sec-Fetch-Site": "same-origin"})
    assert given.status_code == 403
    assert "x" * 1500 in given.text


def fields_of_editing(response) -> dict:
    """The fields of the introduction: the page has another form above it."""
    return dict(lxml.html.document_fromstring(response.content).get_element_by_id("editing").form_values())

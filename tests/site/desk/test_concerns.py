"""Concerns about public pages: without an account, safe from floods, answered."""

import datetime as dt

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from scn_portal.base import limits, strangers
from scn_portal.base.limits import Limit
from scn_portal.base.models import LimitedUse
from scn_portal.site.desk import concerns
from scn_portal.site.models import Concern, ConcernAnswer
from scn_portal.site.tasks import forget_networks, send_concerns
from tests.factories import ModeratorFactory, PledgeFactory, RevisionFactory, UserFactory, acting_for, commit

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
SAID = {"words": "A name stands <b>there</b>.", "email": "reader@example.org", "page": "/en/about/", "version": "3"}


def send(client, address: str = "203.0.113.9", **fields):
    return client.post("/en/report-a-concern/", SAID | fields, REMOTE_ADDR=address)


def test_every_page_leads_there_with_its_path_and_version(client):
    practice, pledge = RevisionFactory(status="published", number=4).practice, PledgeFactory()
    commit()
    for page, version in (
        (practice.get_absolute_url(), "4"), (pledge.get_absolute_url(), str(pledge.version)), ("/en/about/", ""),
        (pledge.city.get_absolute_url(), None), ("/en/nothing/", ""),
    ):  # fmt: skip
        answer = client.get(page)
        link = answer.text.partition('href="/en/report-a-concern/')[2].partition('"')[0].replace("&amp;", "&")
        form = client.get(f"/en/report-a-concern/{link}")
        assert form.status_code == 200
        expected = page if page != "/en/nothing/" else "/"
        assert f'href="{expected}"' in form.text.partition("<main")[2]
        if version is not None:
            assert f'name="version" value="{version}"' in form.text or not version
        else:
            assert " UTC" in form.text
        assert "Cookie" not in form.get("Vary", "")
        assert not form.cookies
    french = client.get(practice.get_absolute_url().replace("/en/practices", "/fr/pratiques"))
    assert "/fr/signaler" in french.text


@pytest.mark.parametrize("page", ["//evil.example/", "javascript:alert(1)", "https://evil.example/", "x" * 900, ""])
def test_only_our_own_pages_are_linked(client, page):
    send(client, page=page)
    assert Concern.objects.get().page == "/"


def test_it_reaches_the_desk_and_who_left_an_address_hears_of_it(client):
    moderator = ModeratorFactory(language="fr")
    assert send(client).url == "/en/report-a-concern/sent/"
    assert client.get("/en/report-a-concern/sent/").status_code == 200
    assert send_concerns() == 1
    assert mail.outbox[0].bcc == [moderator.email]
    assert SAID["words"] in mail.outbox[0].body
    client.force_login(moderator)
    concern = Concern.objects.get()
    assert "/en/about/" in client.get("/en/desk/concerns/").text
    page = client.get(f"/en/desk/concerns/{concern.pk}/")
    assert "A name stands &lt;b&gt;there" in page.text
    assert client.post(f"/en/desk/concerns/{concern.pk}/", {"words": ""}).status_code == 200
    client.post(f"/en/desk/concerns/{concern.pk}/", {"words": "We took it down."})
    assert send_concerns() == 1
    assert (mail.outbox[1].to, "We took it down." in mail.outbox[1].body) == (["reader@example.org"], True)
    concern.refresh_from_db()
    assert (concern.email, concern.closed_by) == ("", moderator)
    again = client.post(f"/en/desk/concerns/{concern.pk}/", {"words": "My words."})
    assert "already closed" in again.text
    assert "We took it down." in client.get(f"/en/desk/concerns/{concern.pk}/").text
    assert "/en/about/" not in client.get("/en/desk/concerns/").text.partition("<main")[2].partition("</main>")[0]
    assert "/en/about/" in client.get("/en/desk/concerns/?closed").text


def test_a_concern_of_a_french_page_is_read_on_the_english_desk(client):
    pledge = PledgeFactory()
    send(client, page=f"/fr/promesses/{pledge.pk}/", version="0")
    client.force_login(ModeratorFactory())
    page = client.get(f"/en/desk/concerns/{Concern.objects.get().pk}/")
    assert f'href="/fr/promesses/{pledge.pk}/"' in page.text
    assert f"now: {pledge.version}" in page.text


def test_without_an_address_nobody_is_written_to(client):
    send(client, email="")
    concerns.close(Concern.objects.get(), words="Nothing is wrong.", by=ModeratorFactory())
    assert send_concerns() == 0
    assert ConcernAnswer.objects.get().mailed_at


def test_a_network_is_held_off_and_told_when_to_come_back(client):
    with time_machine.travel(NOON, tick=False) as clock:
        for number in range(5):
            assert send(client, words=f"The words of number {number}.").status_code == 302
        refused = send(client, address="203.0.113.77", words="My very words.")
        assert (refused.status_code, refused["Retry-After"]) == (429, "3600")
        assert "My very words." in refused.text
        assert send(client, address="198.51.100.1").status_code == 302
        assert send(client, address="2001:db8:1::1").status_code == 302
        clock.shift(dt.timedelta(hours=1, seconds=1))
        assert send(client).status_code == 302


def test_all_together_are_held_off_and_only_the_first_are_mailed(client, monkeypatch):
    monkeypatch.setattr(strangers, "CONCERNS_IN_ALL", Limit("concerns, in all", 4, limits.HOUR))
    monkeypatch.setattr(strangers, "CONCERNS_MAILED", Limit("concerns mailed to the staff", 2, limits.HOUR))
    answers = [send(client, f"198.51.{number}.1", words=f"Wrong: {number}.").status_code for number in range(6)]
    assert answers == [302, 302, 302, 302, 429, 429]
    assert Concern.objects.filter(mailed_at=None).count() == 2


def test_a_program_that_fills_the_trap_leaves_nothing(client):
    assert send(client, website="https://spam.example").url == "/en/report-a-concern/sent/"
    assert not Concern.objects.exists()


def test_no_address_of_a_network_is_kept_and_the_hashes_of_before_for_a_day(client):
    send(client)
    assert "203.0.113" not in str([*Concern.objects.values(), *LimitedUse.objects.values()])
    assert Concern.objects.get().network == ""
    Concern.objects.update(network="hash", reported_at=timezone.now() - dt.timedelta(hours=25))
    assert forget_networks() == 1
    assert Concern.objects.get().network == ""


def test_behind_our_proxies_the_client_counts(client, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(6):
        answer = client.post("/en/report-a-concern/", SAID, headers={"x-forwarded-for": f"198.51.{number}.1"})
        assert answer.status_code == 302


def test_who_reads_them(client):
    concern = Concern.objects.create(page="/en/", words="Why", language="en")
    pages = ["/en/desk/concerns/", f"/en/desk/concerns/{concern.pk}/", "/en/desk/patrol/"]
    moderator = ModeratorFactory()
    official, superuser = acting_for(PledgeFactory().city), UserFactory(is_superuser=True)
    for user, status in ((moderator, 200), (superuser, 200), (official, 404)):
        client.force_login(user)
        assert {client.get(page).status_code for page in pages} == {status}


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("concern_says_what_about_which_page", {"words": ""}),
        ("concern_says_what_about_which_page", {"page": "evil"}),
        ("concern_language_known", {"language": "de"}),
        ("concern_closed_by_someone", {"closed_at": timezone.now()}),
    ],
)
def test_the_database_refuses(name, fields):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Concern.objects.create(**{"page": "/en/", "words": "Why", "language": "en"} | fields)


def test_the_database_refuses_an_empty_answer():
    concern = Concern.objects.create(page="/en/", words="Why", language="en")
    with pytest.raises(IntegrityError, match="concern_answer_says_something"), transaction.atomic():
        ConcernAnswer.objects.create(concern=concern, words="")
    assert reverse("desk_concern", args=[concern.pk])

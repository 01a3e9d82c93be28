"""What strangers may do, and how often: each limit answers 429 with when to come back, and keeps what was typed."""

import datetime as dt
import importlib
import pkgutil
import re

import pytest
from django.core import mail
from django.urls import reverse
from django.utils.translation import override

import commitments
import digests
import members
import practices
import scn_portal
from digests.models import Consent
from digests.tasks import send_confirmations
from members.models import Invitation
from scn_portal.base import limits, strangers
from scn_portal.base.limits import Limit
from scn_portal.base.models import LimitedUse
from scn_portal.base.strangers import mailbox_of
from tests.factories import CityFactory, RevisionFactory, acting_for
from tests.forms import press
from tests.trust import stack
from tests.trust.stack import ROOT

CHOICES = {"language": "en", "frequency": "weekly", "scope": "everything"}
SAID_WITHIN = {
    "a minute": limits.MINUTE,
    "ten minutes": 10 * limits.MINUTE,
    "a quarter of an hour": 15 * limits.MINUTE,
    "an hour": limits.HOUR,
    "a day": limits.DAY,
}


@pytest.fixture
def at_most(monkeypatch):
    """Lower one limit, so that a few requests reach it."""

    def lower(name: str, most: int) -> None:
        monkeypatch.setattr(strangers, name, getattr(strangers, name)._replace(most=most))

    return lower


def subscribe(client, email: str, address: str = "203.0.113.9"):
    return client.post("/en/newsletter/", CHOICES | {"email": email}, REMOTE_ADDR=address)


# --- The newsletter --------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_network_asks_for_the_newsletter_twenty_times_an_hour(client, time_machine):
    time_machine.move_to(dt.datetime(2026, 11, 2, 12, tzinfo=dt.UTC), tick=False)
    answers = [subscribe(client, f"reader{number}@city.example", f"203.0.113.{number}") for number in range(25)]
    assert [answer.status_code for answer in answers] == [302] * 20 + [429] * 5
    assert answers[-1]["Retry-After"] == "3600"
    assert "Try again in 60 minutes." in answers[-1].text
    assert 'value="reader24@city.example"' in answers[-1].text
    assert send_confirmations() == 20
    assert subscribe(client, "neighbour@city.example", "203.0.114.1").status_code == 302
    french = client.post("/fr/infolettre/", CHOICES | {"email": "lectrice@ville.example"}, REMOTE_ADDR="203.0.113.9")
    assert "Réessayez dans 60 minutes." in french.text
    assert not answers[-1].cookies


@pytest.mark.django_db
def test_all_networks_together_have_a_limit_too(client, monkeypatch):
    three = strangers.NEWSLETTER_REQUESTS_IN_ALL._replace(most=3)
    monkeypatch.setattr("digests.views.NEWSLETTER_REQUESTS_IN_ALL", three)
    answers = [subscribe(client, f"reader{n}@city.example", f"198.51.{n}.1").status_code for n in range(5)]
    assert answers == [302, 302, 302, 429, 429]


@pytest.mark.django_db
def test_all_aliases_of_a_mailbox_get_three_mails_and_the_answer_does_not_tell(client):
    answers = [subscribe(client, f"jo+{number}@city.example", f"198.51.{number}.1") for number in range(6)]
    answers.append(subscribe(client, "jo@city.example", "198.51.100.1"))
    assert {(answer.status_code, answer.url) for answer in answers} == {(302, "/en/newsletter/sent/")}
    assert Consent.objects.count() == 3
    assert send_confirmations() == 3
    assert len(mail.outbox) == 3


@pytest.mark.parametrize(
    ("typed", "mailbox"),
    [
        ("Jo@City.example", "jo@city.example"),
        (" jo+news+more@city.example", "jo@city.example"),
        ("j.o@city.example", "j.o@city.example"),
        ("J.o.+x@gmail.com", "jo@gmail.com"),
    ],
)
def test_addresses_that_reach_one_mailbox_are_one(typed, mailbox):
    assert mailbox_of(typed) == mailbox


@pytest.mark.slow
@pytest.mark.parametrize("requests", [30, pytest.param(300, marks=pytest.mark.soak)])
@pytest.mark.django_db(transaction=True)
def test_newsletter_requests_in_a_row_send_at_most_twenty_mails(shipped, requests, capsys):
    """Through the shipped proxy, whatever a stranger says of where they come from and of the host they ask."""
    lies = ("X-Forwarded-For", "X_Forwarded_For", "Forwarded", "X-Real-IP", "x-forwarded-for")
    answers = []
    for number in range(requests):
        body = f"email=reader{number}%40city.example&language=en&frequency=weekly&scope=everything"
        said = {lies[number % len(lies)]: f"198.51.{number % 250}.7"}
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answers.append(shipped.ask("POST", "/en/newsletter/", body=body, headers=said | form)[0])
    assert answers.count(302) == 20
    assert Consent.objects.count() == 20
    assert send_confirmations() == 20
    if requests > 100:
        stack.report(capsys, f"{len(answers)} newsletter requests from one address: 20 mails")


# --- Searches, files, the API ----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_searches_have_a_limit_and_pages_have_none(client, at_most):
    at_most("SEARCHES", 3)
    asked = ("/en/search/?q=peace", "/en/practices/?q=peace", "/fr/promesses/?q=paix", "/en/cities/?q=mombasa")
    assert [client.get(address).status_code for address in asked] == [200, 200, 200, 429]
    refused = client.get("/fr/recherche/?q=paix")
    assert refused.status_code == 429
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert "html" in refused["Content-Type"]
    assert 'lang="fr"' in refused.text
    assert not refused.cookies
    assert {client.get(address).status_code for address in ("/en/search/", "/en/practices/", "/en/search/?q=+")} == {
        200
    }
    assert client.get("/en/search/?q=peace", REMOTE_ADDR="198.51.100.1").status_code == 200


@pytest.mark.django_db
def test_files_have_a_limit_and_say_so_in_plain_words(client, at_most):
    at_most("DOWNLOADS", 4)
    revision = RevisionFactory(status="published", published_at="2026-11-01T12:00Z")
    files = [
        "/en/data/cities.csv",
        "/fr/donnees/practices.xlsx",
        "/data/strong-cities-network.zip",
        reverse("practice_pdf", args=[revision.practice.slug]),
    ]
    assert [taken(client, "/en/data/cities.csv").status_code for _ in range(4)] == [200] * 4
    for address in files:
        refused = taken(client, address)
        assert (refused.status_code, refused["Content-Type"]) == (429, "text/plain; charset=utf-8"), address
        assert int(refused["Retry-After"]) > 3000
    assert client.get("/fr/donnees/cities.csv").text.startswith("Trop de fichiers")
    assert client.get("/en/cities/").status_code == 200


def taken(client, address: str):
    """The answer, read to its end."""
    answer = client.get(address)
    assert answer.getvalue()
    return answer


@pytest.mark.django_db
def test_the_api_has_a_limit_and_answers_in_its_own_shape(client, at_most):
    at_most("API_REQUESTS", 2)
    assert [client.get("/api/v1/cities").status_code for _ in range(2)] == [200, 200]
    refused = client.get("/api/v1/pledges")
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_requests")
    assert refused["Access-Control-Allow-Origin"] == "*"
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert client.options("/api/v1/pledges").status_code == 204


@pytest.mark.django_db
def test_counting_takes_one_statement_on_a_table_without_a_log(client, django_assert_num_queries, rf):
    with django_assert_num_queries(1):
        strangers.count(strangers.SEARCHES, rf.get("/"))
    with limits.connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = %s", [LimitedUse._meta.db_table])
        assert cursor.fetchone() == ("u",)


# --- Invitations -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_city_invites_thirty_people_a_day_and_keeps_what_it_typed(client, monkeypatch):
    monkeypatch.setattr("members.invitations.INVITATIONS", strangers.INVITATIONS._replace(most=2))
    city, other = CityFactory(), CityFactory()
    client.force_login(acting_for(city))
    for name in ("one", "two"):
        page = client.get(reverse("my_city_people", args=[city.slug]))
        assert press(client, page, email=f"{name}@city.example", role="editor", language="en").status_code == 302
    page = client.get(reverse("my_city_people", args=[city.slug]))
    refused = press(client, page, email="three@city.example", role="editor", language="en")
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 80_000
    assert "Try again in 24 hours." in refused.text
    assert 'value="three@city.example"' in refused.text
    assert Invitation.objects.count() == 2
    again = client.post(reverse("send_invitation_again", args=[Invitation.objects.first().pk]))
    assert again.status_code == 429
    client.force_login(acting_for(other))
    page = client.get(reverse("my_city_people", args=[other.slug]))
    assert press(client, page, email="four@city.example", role="editor", language="en").status_code == 302


def test_the_page_of_a_limit_speaks_both_languages():
    refused = limits.TooMany(strangers.DOWNLOADS, 61)
    assert strangers.said(refused) == "Try again in 2 minutes."
    with override("fr"):
        assert strangers.said(limits.TooMany(strangers.INVITATIONS, 80_000)) == "Réessayez dans 23 heures."


# --- The table in the documentation ----------------------------------------------------------------------------------


def limits_in_the_code() -> dict[str, Limit]:
    found = {}
    for package in (scn_portal, members, commitments, practices, digests):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not re.search(r"\.(migrations|demo|management|serve)\b", module.name):
                values = vars(importlib.import_module(module.name)).values()
                found |= {value.name: value for value in values if isinstance(value, Limit)}
    return found


def limits_in_the_documentation() -> dict[str, tuple[int, dt.timedelta]]:
    page = (ROOT / "docs" / "operations.md").read_text()
    tables = re.findall(r"^\| limit \| how many \| within \|\n\|[-|]+\|\n((?:\|.*\|\n)+)", page, re.M)
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for table in tables for line in table.splitlines()]
    return {name: (int(re.sub(r"\D", "", most)), SAID_WITHIN[within]) for name, most, within in rows}


def test_the_table_of_the_limits_says_what_the_code_does():
    code = {limit.name: (limit.most, limit.within) for limit in limits_in_the_code().values()}
    assert limits_in_the_documentation() == code

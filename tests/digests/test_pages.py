"""The public pages of the newsletter: the form, the preferences, the issues that went out, and the ways to them."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from commitments.loading import load_declaration
from commitments.models import Pledge
from digests.delivery.rendering import render_issue
from digests.issues import compose, preparation
from digests.issues.contents import get_contents
from digests.models import Consent, Subscription
from digests.tasks import send_confirmations
from practices.choices import Status
from practices.models import Revision
from tests.factories import (
    SOME_DAY,
    CityFactory,
    ConsentFactory,
    IssueFactory,
    PledgeFactory,
    RevisionFactory,
    SubscriptionFactory,
    UserFactory,
    moved,
)

pytestmark = pytest.mark.django_db

MONDAY = dt.datetime(2026, 3, 9, 6, 0, tzinfo=dt.UTC)
SENT = {"email": "anna@example.org", "language": "en", "frequency": "weekly", "scope": "everything"}


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch):
    monkeypatch.setattr(send_confirmations, "delay", lambda: None)


@pytest.fixture
def strict() -> Client:
    """A browser without cookies."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def montreal(db):
    return CityFactory(slug="montreal", name_en="Montreal")


# --- the form --------------------------------------------------------------------------------------------------------


def test_a_link_from_a_page_offers_that_topic_alone(client, montreal):
    page = client.get("/en/newsletter/?topic=city:montreal")
    assert page.context["form"]["scope"].value() == "chosen"
    assert [box.value for _label, boxes in page.context["form"].boxes for box in boxes if box.ticked] == [
        "city:montreal"
    ]
    assert "You will follow:" in page.text


def test_following_asks_for_that_topic_and_says_from_where(strict, montreal):
    chosen = SENT | {"scope": "chosen", "topics": ["city:montreal"]}
    strict.post("/en/newsletter/?topic=city:montreal", chosen)
    consent = Consent.objects.get()
    assert (consent.topics, consent.form) == (["city:montreal"], "follow")


def test_the_words_beside_the_button_are_those_that_are_kept(strict):
    page = strict.get("/fr/infolettre/")
    strict.post("/fr/infolettre/", SENT)
    consent = Consent.objects.get()
    assert consent.statement == page.context["statement"]
    assert consent.statement.startswith("Je souhaite")
    assert consent.language == "en", "the language of the newsletter is another question"


def test_everything_holds_whatever_is_ticked(strict, montreal):
    strict.post("/en/newsletter/?topic=city:montreal", SENT | {"topics": ["city:montreal"]})
    assert Consent.objects.get().topics == []


@pytest.mark.parametrize(
    "topic", ["", "city:nowhere", "city:%00", "%00", "search:q=%00", "x" * 3000, "commitment:99", "theme:<script>"]
)
def test_a_topic_that_makes_no_sense_changes_nothing(client, topic):
    page = client.get(f"/en/newsletter/?topic={topic}")
    assert page.status_code == 200
    assert page.context["form"]["scope"].value() == "everything"
    assert "You will follow:" not in page.text


# --- after it --------------------------------------------------------------------------------------------------------


def test_the_confirmation_says_what_comes(client, montreal):
    consent = ConsentFactory(
        subscription__confirmed_at=None, confirmed_at=None, asked_at=timezone.now(),
        frequency="monthly", language="fr", topics=["city:montreal"],
    )  # fmt: skip
    page = client.get(consent.get_confirm_path()).text
    for said in ("Every month", "French", "Montreal", consent.subscription.email, "/en/newsletter/preferences/"):
        assert said in page


# --- preferences -----------------------------------------------------------------------------------------------------


def test_the_preferences_show_what_holds_and_change_it(strict, montreal):
    subscription = SubscriptionFactory(language="fr", topics=["city:montreal"])
    path = subscription.get_preferences_path()
    page = strict.get(path)
    form = page.context["form"]
    assert (form["language"].value(), form["frequency"].value(), form["scope"].value()) == ("fr", "weekly", "chosen")
    assert "csrfmiddlewaretoken" not in page.text
    assert not page.cookies
    assert "no-store" in page["Cache-Control"]
    changed = {"language": "en", "frequency": "monthly", "scope": "everything"}
    assert "Saved." in strict.post(path, changed).text
    subscription.refresh_from_db()
    assert (subscription.language, subscription.frequency, subscription.topics) == ("en", "monthly", [])


def test_saving_what_already_holds_is_no_new_consent(strict):
    subscription = SubscriptionFactory()
    sent = {"language": "en", "frequency": "weekly", "scope": "everything"}
    assert strict.post(subscription.get_preferences_path(), sent).status_code == 200
    assert not subscription.consents.exists()
    strict.post(subscription.get_preferences_path(), sent | {"frequency": "monthly"})
    assert subscription.consents.get().frequency == "monthly"


def test_looking_at_the_preferences_changes_nothing(client):
    subscription = SubscriptionFactory(unsubscribed_at=SOME_DAY)
    client.get(subscription.get_preferences_path())
    client.head(subscription.get_preferences_path())
    subscription.refresh_from_db()
    assert subscription.unsubscribed_at
    assert not Consent.objects.exists()


def test_who_gets_everything_loses_nothing_by_a_link_to_a_topic(client, montreal):
    path = SubscriptionFactory().get_preferences_path()
    form = client.get(f"{path}?topic=city:montreal").context["form"]
    assert form["scope"].value() == "everything"


def test_an_unsubscribe_link_is_no_link_to_the_preferences(client):
    token = SubscriptionFactory().get_unsubscribe_path().split("/")[-2]
    assert client.get(reverse("newsletter_preferences", args=[token])).status_code == 410


def test_the_links_of_a_test_say_what_they_are(client):
    page = client.get(reverse("newsletter_unsubscribe", args=["test"]))
    assert page.status_code == 410
    assert "This link is an example" in page.text


def test_a_suspended_reader_may_leave_for_good(strict):
    subscription = SubscriptionFactory(suspended_at=SOME_DAY)
    assert '<form method="post">' in strict.get(subscription.get_unsubscribe_path()).text
    strict.post(subscription.get_unsubscribe_path())
    subscription.refresh_from_db()
    assert subscription.unsubscribed_at


# --- the account -----------------------------------------------------------------------------------------------------


def test_the_account_asks_for_a_login(client):
    assert client.get(reverse("newsletter_of_account")).status_code == 302


def test_the_account_subscribes_its_verified_address_at_once():
    person, browser = UserFactory(), Client(enforce_csrf_checks=True)
    browser.force_login(person)
    path = reverse("newsletter_of_account")
    page = browser.get(path)
    assert "csrfmiddlewaretoken" in page.text
    assert not Subscription.objects.exists(), "looking keeps nothing"
    sent = {"language": "fr", "frequency": "monthly", "scope": "everything"}
    assert browser.post(path, sent).status_code == 403, "a forged request would gain something here"
    token = browser.cookies["csrftoken"].value
    assert browser.post(path, sent | {"csrfmiddlewaretoken": token}).status_code == 200
    subscription = Subscription.objects.get()
    assert subscription.is_active
    assert (subscription.email, subscription.frequency) == (person.email, "monthly")
    assert subscription.consents.get().form == "account"
    unsigned, _, _ = subscription.get_unsubscribe_path().partition(":")  # the rest holds the second of signing
    assert f"{unsigned}:" in browser.get(path).text


# --- past issues -----------------------------------------------------------------------------------------------------


@pytest.fixture
def issue(montreal):
    """An issue with a practice in French alone and a pledge."""
    load_declaration()
    SubscriptionFactory()
    preparation.set_introduction("weekly", fr="Bonjour à **tous**.", en="")
    RevisionFactory(
        status=Status.PUBLISHED, published_at=MONDAY - dt.timedelta(days=1), practice__city=montreal,
        source_language="fr", title_fr="Places sûres", title_en=None, summary_fr="Un résumé.", summary_en=None,
    )  # fmt: skip
    PledgeFactory(city=montreal, title_en="More light", created_at=MONDAY - dt.timedelta(days=1))
    return compose.compose_issue("weekly", MONDAY)


def test_an_issue_has_an_address_with_all_it_told(client, issue):
    page = client.get(issue.get_absolute_url()).text
    assert "<h1>1 practice newly recorded, 1 pledge newly recorded: Montreal</h1>" in page
    assert "<strong>tous</strong>" in page
    assert '<span lang="fr">Places sûres</span>' in page
    assert "(in French)" in page
    assert '<div lang="fr">' in page
    assert "More light" in page


@pytest.mark.parametrize("practices", [1, 4])
def test_an_issue_takes_as_many_queries_whatever_it_tells(client, montreal, django_assert_num_queries, practices):
    SubscriptionFactory()
    for _each in range(practices):
        RevisionFactory(status=Status.PUBLISHED, published_at=MONDAY - dt.timedelta(days=1))
        PledgeFactory(created_at=MONDAY - dt.timedelta(days=1))
    issue = compose.compose_issue("weekly", MONDAY)
    with django_assert_num_queries(QUERIES_OF_AN_ISSUE):
        assert client.get(issue.get_absolute_url()).status_code == 200


# The issue; its newest items of each kind, and what was put off to it; which of them are public, and not left out;
# those shown, their revisions, their commitments. More than when all was read to its end: it no longer grows with them.
QUERIES_OF_AN_ISSUE = 8


def test_a_summary_in_the_other_language_alone_says_so_on_the_page_and_in_the_mail(client, montreal):
    SubscriptionFactory()
    preparation.set_introduction("weekly", fr="Bonjour.", en="")
    RevisionFactory(
        status=Status.PUBLISHED, published_at=MONDAY - dt.timedelta(days=1), practice__city=montreal,
        title_fr="Places sûres", title_en="Safe squares", summary_fr="Un résumé.", summary_en=None,
    )  # fmt: skip
    issue = compose.compose_issue("weekly", MONDAY)
    letter = render_issue(issue, get_contents(issue, "en"), "en")
    for part in (client.get(issue.get_absolute_url()).text, letter.alternatives[0].content, letter.body):
        assert part.count("(in French)") == 2
    assert "  Un résumé. (in French)\n" in letter.body


def test_what_was_taken_down_is_in_no_past_issue(client, issue):
    Pledge.objects.all().delete()
    moved(Revision.objects.all(), status=Status.ARCHIVED)
    page = client.get(issue.get_absolute_url())
    assert page.status_code == 200
    assert "Places sûres" not in page.text
    assert "Everything in this issue has since been removed." in page.text


def test_the_past_issues_are_listed_the_newest_first(client, django_assert_num_queries):
    issues = [IssueFactory() for _number in range(3)]
    with django_assert_num_queries(2):
        page = client.get("/fr/infolettre/numeros/")
    addresses = [page.text.index(f'"/fr/infolettre/numeros/{each.pk}/"') for each in issues]
    assert addresses == sorted(addresses, reverse=True)


def test_without_any_issue_the_list_says_so(client):
    assert "No issue has been sent yet." in client.get(reverse("newsletter_issues")).text
    assert client.get(reverse("newsletter_issue", args=[1])).status_code == 404


# --- ways to it ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "topic"),
    [
        ("/en/cities/montreal/", "?topic=city:montreal"),
        ("/en/commitments/4/", "?topic=commitment:4"),
        ("/en/practices/?q=police&theme=education", "?topic=search%3Aq%3Dpolice%26theme%3Deducation"),
        ("/en/cities/?region=somewhere", "?topic=region:somewhere"),
    ],
)
def test_what_can_be_followed_links_to_the_newsletter_with_its_topic(client, montreal, page, topic):
    load_declaration()
    link = f"/en/newsletter/{topic}"
    assert f'href="{link}"' in client.get(page).text
    assert client.get(link).context["following"]


def test_a_list_that_nothing_narrows_is_not_followed(client):
    assert "Follow this search" not in client.get("/en/practices/").text

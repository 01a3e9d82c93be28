"""The secret key can be changed: the links that were mailed before go on working, by page and by one click."""

import re
from urllib.parse import urlsplit

import pytest
from django.conf import settings as conf
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from digests import subscriptions
from digests.issues.compose import compose_issue
from digests.models import Subscription
from digests.tasks import deliver
from members.models import Invitation
from practices.choices import Status
from tests.factories import InvitationFactory, RevisionFactory, SubscriptionFactory, UserFactory

pytestmark = pytest.mark.django_db
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def mailed_links(smtp) -> dict[str, str]:
    """The paths in a newsletter that really arrived: one click, the page to leave, the page of preferences."""
    RevisionFactory(status=Status.PUBLISHED, published_at=timezone.now())
    compose_issue("weekly", timezone.now())
    deliver()
    (message,) = smtp.messages
    text = message.get_body(("plain",)).get_content()
    found = {
        "one click": re.findall(r"<(http\S+)>", message["List-Unsubscribe"])[0],
        "unsubscribe": re.findall(r"http\S+/newsletter/unsubscribe/[^\s>]+", text)[0],
        "preferences": re.findall(r"http\S+/newsletter/preferences/[^\s>]+", text)[0],
    }
    return {name: urlsplit(url).path for name, url in found.items()}


@pytest.fixture
def reader() -> Subscription:
    return SubscriptionFactory(language="en")


@pytest.mark.django_db(transaction=True)
def test_links_of_a_mail_outlive_the_secret_key_by_page_and_by_one_click(smtp, settings, reader):
    links = mailed_links(smtp)
    settings.SECRET_KEY = "a-new-key-after-a-theft-" * 3
    client = Client(enforce_csrf_checks=True)
    assert [client.get(path).status_code for path in links.values()] == [200, 200, 200]
    assert client.post(links["one click"], ONE_CLICK).status_code == 200
    reader.refresh_from_db()
    assert reader.unsubscribed_at


def test_the_key_of_the_links_can_be_changed_too(client, settings, reader):
    path = reader.get_unsubscribe_path()
    settings.LINKS_KEY, settings.LINKS_KEY_FALLBACKS = "another-key-" * 5, [settings.LINKS_KEY]
    assert client.get(path).status_code == 200
    settings.LINKS_KEY_FALLBACKS = []
    assert client.get(path).status_code == 410


def test_links_mailed_before_there_was_a_key_of_their_own_work_as_long_as_that_secret_key_is_known(
    client, settings, reader
):
    path = f"/en/newsletter/unsubscribe/{signing.dumps(reader.pk, salt=Subscription.UNSUBSCRIBE)}/"
    assert client.get(path).status_code == 200
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a-new-key-" * 6, [settings.SECRET_KEY]
    assert client.get(path).status_code == 200
    assert client.post(path, ONE_CLICK).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert client.get(path).status_code == 410


def test_who_has_the_secret_key_alone_cannot_sign_for_a_new_reader_once_it_is_changed(client, settings, reader):
    stolen, settings.SECRET_KEY = settings.SECRET_KEY, "a-new-key-" * 6
    token = signing.dumps(reader.pk, key=stolen, salt=Subscription.UNSUBSCRIBE)
    assert client.post(f"/en/newsletter/unsubscribe/{token}/").status_code == 410


def test_invitations_and_confirmations_outlive_the_secret_key(client, settings):
    subscriptions.subscribe(form="newsletter", email="reader@example.org", language="en", frequency="weekly", topics=[])
    confirm = Subscription.objects.get().consents.get().get_confirm_path()
    invitation = InvitationFactory()
    settings.SECRET_KEY = "a-new-key-" * 6
    assert Invitation.objects.from_token(invitation.token) == invitation
    assert client.get(confirm).status_code == 200
    assert Subscription.objects.get().is_active


def test_a_session_outlives_the_secret_key_where_the_former_one_is_given(client, settings):
    client.force_login(UserFactory())
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a-new-key-" * 6, [settings.SECRET_KEY]
    assert client.get(reverse("profile")).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    settings.SECRET_KEY = "yet-another-key-" * 6
    assert client.get(reverse("profile")).status_code == 302


@pytest.mark.parametrize("language", ["en", "fr"])
def test_one_click_works_during_maintenance_and_nothing_else_does(settings, reader, language):
    with translation.override(language):
        path, preferences = reader.get_unsubscribe_path(), reader.get_preferences_path()
    settings.MAINTENANCE = True
    client = Client(enforce_csrf_checks=True)
    assert client.post(path, ONE_CLICK).status_code == 200
    reader.refresh_from_db()
    assert reader.unsubscribed_at
    others = (preferences, f"/{language}/", "/en/nothing/here/", "/nothing", f"{path}more/")
    assert {client.get(other).status_code for other in others} == {503}


def test_the_newsletter_signs_its_links_through_one_door():
    """Whoever signs in another way would sign with the key that may be changed."""
    # Forms live as long as a session, and a known browser becomes known again at the next sign-in.
    own = ("members/editing/", "members/sign_in/known_browser.py", "scn_portal/base/signed_links.py")
    apps = ("members", "commitments", "practices", "digests", "scn_portal")
    files = [path for app in apps for path in (conf.BASE_DIR / app).rglob("*.py")]
    signing_elsewhere = [
        name
        for path in files
        if not (name := str(path.relative_to(conf.BASE_DIR))).startswith(own)
        and re.search(r"^from django\.core(\.signing)? import .*(signing|loads|dumps|Signer)", path.read_text(), re.M)
    ]
    assert signing_elsewhere == []

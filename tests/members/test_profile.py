"""The profile: who somebody is here, and what follows from it at once."""

import datetime as dt

import pytest

from members import account_mails, invitations
from members.tasks import send_account_mails
from members.time_zones import time_zone_choices
from practices import moderation
from practices.tasks import send_notices
from tests.factories import CityFactory, InvitationFactory, ModeratorFactory, RevisionFactory, UserFactory, acting_for

pytestmark = pytest.mark.django_db

PROFILE = "/en/account/profile/"


@pytest.fixture
def user(client):
    user = acting_for(CityFactory(), name="Ada", language="en", time_zone="UTC")
    client.force_login(user)
    return user


def save(client, **changes):
    form = {"name": "Ada", "function": "", "language": "en", "time_zone": "UTC"} | changes
    return client.post(PROFILE, form)


def test_everybody_changes_their_own(client, user):
    answer = save(client, name="Ada L.", function="Director", language="fr", time_zone="Africa/Nairobi")
    assert answer.url == "/fr/compte/profil/"
    user.refresh_from_db()
    assert (user.name, user.function, user.language, user.time_zone) == ("Ada L.", "Director", "fr", "Africa/Nairobi")
    colleagues = client.get(f"/en/my-city/{user.memberships.get().city.slug}/people/").text
    assert "Director" in colleagues


@pytest.mark.parametrize(
    "change",
    [{"name": ""}, {"language": "de"}, {"time_zone": "Mars/Base"}, {"time_zone": ""}, {"name": "a\nb"},
     {"function": "x" * 151}, {"name": "x\0"}],
)  # fmt: skip
def test_what_cannot_be_is_refused(client, user, change):
    assert list(save(client, **change).context["form"].errors) == list(change)
    user.refresh_from_db()
    assert (user.name, user.language, user.time_zone) == ("Ada", "en", "UTC")


def test_it_takes_a_login(client):
    assert client.get(PROFILE).url == f"/en/accounts/login/?next={PROFILE}"


def test_an_older_spelling_of_a_zone_is_kept(client, user):
    user.time_zone = "US/Eastern"
    user.save()
    assert save(client, time_zone="US/Eastern").status_code == 302
    offered = [name for area, names in time_zone_choices() if isinstance(names, list) for name, _label in names]
    assert "America/Toronto" in offered
    assert "US/Eastern" not in offered


def test_mails_that_wait_already_follow_at_once(client, user, mailoutbox):
    account_mails.enqueue("account/email/password_changed", user.email, {"user": user}, language="en")
    revision = RevisionFactory(practice__city=user.memberships.get().city, author=user, status="submitted")
    moment = dt.datetime(2036, 5, 6, 22, 30, tzinfo=dt.UTC)
    moderation.publish(revision=revision, by=ModeratorFactory(), at=moment)
    save(client, language="fr", time_zone="Africa/Nairobi")
    assert send_account_mails() + send_notices() == 2
    assert {mail.extra_headers["Content-Language"] for mail in mailoutbox} == {"fr"}
    assert "7 mai 2036 à 01:30 (Africa/Nairobi)" in mailoutbox[1].body


def test_pages_follow_at_once(client, user):
    city = user.memberships.get().city
    InvitationFactory(city=city, expires_at=dt.datetime(2036, 5, 6, 22, 30, tzinfo=dt.UTC))
    people = f"/en/my-city/{city.slug}/people/"
    assert "open until 6 May 2036" in client.get(people).text
    save(client, time_zone="Africa/Nairobi")
    assert "open until 7 May 2036" in client.get(people).text


def test_each_reader_of_a_decision_has_their_own_clock_and_language(mailoutbox):
    revision = RevisionFactory(status="submitted", author=UserFactory(time_zone="Africa/Nairobi"))
    acting_for(revision.practice.city, time_zone="America/Toronto", language="fr")
    acting_for(revision.practice.city, "viewer")
    moment = dt.datetime(2036, 5, 6, 22, 30, tzinfo=dt.UTC)
    moderation.publish(revision=revision, by=ModeratorFactory(), at=moment)
    assert send_notices() == 2
    bodies = " ".join(mail.body for mail in mailoutbox)
    assert "7 May 2036 at 01:30 (Africa/Nairobi)" in bodies
    assert "6 mai 2036 à 18:30 (America/Toronto)" in bodies


def test_an_invitation_keeps_the_language_it_was_written_in():
    invitation = InvitationFactory(language="fr")
    (mail,) = invitations.render_invitation(invitation)
    assert mail.extra_headers["Content-Language"] == "fr"

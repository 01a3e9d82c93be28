"""“Erase me”: who decides, what goes, what stays, and that nothing of a name or an address is left in a dump."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from members import invitations, people
from members.models import Membership, MembershipEvent, Notice, Role, User, Vacancy
from practices import moderation
from practices.models import Transition
from scn_portal.base.backup import postgresql
from scn_portal.site.models import Erasure, ErasureMail
from scn_portal.site.privacy import erasing
from scn_portal.site.tasks import send_erasure_mails
from tests.factories import (
    PASSWORD,
    CityFactory,
    EndorsementFactory,
    ModeratorFactory,
    PledgeFactory,
    RevisionFactory,
    UserFactory,
    acting_for,
    commit,
    harmless,
)
from tests.trust.personal import event_models, fill, personal, personal_texts, texts
from tests.trust.world import EMAIL, NAME, asks_to_be_erased, trace

# Texts that stand: staff take a name out of them, or leave it.
STANDING = {
    "commitments.Endorsement", "commitments.Pledge", "commitments.Milestone", "commitments.UpdateDocument",
    "digests.NextIssue", "digests.Issue",
}  # fmt: skip


def dump() -> str:
    """The database of this test as the real program writes it, and the files that people sent."""
    return postgresql.run("pg_dump")


def places(words: str, text: str) -> list[str]:
    """The lines of `text` with `words`, and the table that each is of."""
    found, table = [], ""
    for line in text.splitlines():
        if line.startswith("COPY "):
            table = line.split()[1]
        if words.lower() in line.lower():
            found.append(f"{table}: {line[:200]}")
    return found


# Whole tables whose rows are of others too, or hold nothing that was typed.
NOT_FILLED = {"members.User", "members.City", "sessions.Session"}
# Only rows that nobody can change any more.
CLOSED = {
    "commitments.ProgressUpdate": {"taken_down_at__isnull": False},
    "practices.Revision": {"status": "rejected"},
    "practices.SubmittedWords": {"submission__revision__status": "rejected"},
    "practices.Attachment": {"revision__status": "rejected"},
}


def fill_everything() -> None:
    """Name the person in every personal text of every table, and in every text of the history."""
    for label in personal().keys() - STANDING - NOT_FILLED:
        rows = apps.get_model(label)._base_manager.filter(**CLOSED.get(label, {}))
        fill(rows, personal_texts(label), NAME, EMAIL, start="/" if label == "site.Concern" else "")
    for model in event_models():
        fill(model._base_manager.all(), texts(model), NAME, EMAIL)
    LogEntry.objects.update(change_message=json.dumps([{"changed": {"name": "role", "object": f"{NAME} · Testford"}}]))


@pytest.mark.slow
def test_nothing_of_name_or_address_is_left_in_a_dump(transactional_db, mailoutbox):
    world = trace(name=NAME, email=EMAIL)
    for label in personal():
        assert apps.get_model(label)._base_manager.exists(), f"no row of {label} in the world"
    fill_everything()
    before, files = dump(), contents_of_files()
    named = {place.partition(":")[0] for place in places(NAME, before) + places(EMAIL, before)}
    assert len(named) > 35, sorted(named)

    erasing.approve(erasing.ask(world.person), by=world.staff)
    send_erasure_mails()
    after = dump()
    assert places(NAME, after) == []
    assert places(EMAIL, after) == []
    assert places("203.0.113.9", after) == []
    assert places(json.dumps(NAME).strip('"'), after) == []
    assert not [each for each in contents_of_files() if NAME.encode() in each or EMAIL.encode() in each]
    assert len(contents_of_files()) == len(files)  # documents stay
    earlier, now = counts(before), counts(after)
    history = {table for table in earlier if table.endswith("event")}
    assert {table for table in history if now[table] < earlier[table]} == set()  # it stays whole, and goes on
    changing = GONE | history
    assert {table: n for table, n in now.items() if table not in changing} == {
        table: n for table, n in earlier.items() if table not in changing
    }


# What the person alone had, and what deciding makes.
GONE = {
    f"public.{table}"
    for table in (
        "account_emailaddress", "account_emailconfirmation", "mfa_authenticator", "usersessions_usersession",
        "django_session", "members_scratch", "members_openform", "members_sentform", "members_notice",
        "members_accountmail", "members_reminder", "members_user_groups", "members_user_user_permissions",
        "members_membership", "practices_submissiondigest", "practices_moderatormail", "commitments_restoredecision",
        "site_patrolseat", "site_patroltick", "digests_delivery", "digests_consent", "digests_subscription",
        "site_erasure", "site_erasuremail", "pghistory_context",
    )
}  # fmt: skip


def contents_of_files() -> list[bytes]:
    return [path.read_bytes() for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def counts(text: str) -> dict[str, int]:
    """How many rows of each table a dump has."""
    found, table = {}, ""
    for line in text.splitlines():
        if line.startswith("COPY "):
            table = line.split()[1]
            found[table] = 0
        elif line == "\\.":
            table = ""
        elif table:
            found[table] += 1
    return found


# --- Who decides -----------------------------------------------------------------------------------------------------


@pytest.fixture
def asked(db) -> SimpleNamespace:
    return asks_to_be_erased()


def signed_in(user: User) -> Client:
    """Signed in just now, with all that the portal asks for (tests/signed_in.py)."""
    client = Client()
    client.force_login(user)
    return client


def test_who_acts_for_a_city_waits_and_both_sides_are_told(asked, mailoutbox):
    asked.person.refresh_from_db()
    assert (asked.person.name, asked.person.is_active) == (NAME, True)
    send_erasure_mails()
    told = {(tuple(mail.to), tuple(mail.bcc)): mail for mail in mailoutbox}
    assert set(told) == {((EMAIL,), ()), ((), (asked.staff.email,))}
    assert NAME in told[((), (asked.staff.email,))].body
    assert not ErasureMail.objects.exclude(email="").exists()
    with pytest.raises(ValidationError):
        erasing.ask(asked.person)


def test_who_acts_for_nobody_is_erased_at_once(db, mailoutbox):
    person = UserFactory(name=NAME, email=EMAIL)
    client = signed_in(person)
    assert "It is done at once." in client.get("/en/account/my-data/erase/").text
    answer = client.post("/en/account/my-data/erase/")
    assert answer.status_code == 200
    assert "We have deleted your name" in answer.text
    person.refresh_from_db()
    assert (person.is_erased, person.is_active, person.name) == (True, False, "")
    assert client.get("/en/account/profile/").status_code == 302
    send_erasure_mails()
    (mail,) = mailoutbox
    assert mail.to == [EMAIL]
    assert not ErasureMail.objects.exclude(email="").exists()


@pytest.mark.parametrize("staff", [{"is_staff": True}, {"is_superuser": True}])
def test_staff_do_not_erase_themselves(db, staff):
    person = UserFactory(**staff)
    assert erasing.ask(person).decided_at is None
    with pytest.raises(PermissionDenied):
        erasing.approve(person.erasures.get(), by=person)


def test_nobody_decides_who_may_not(asked):
    for by in (asked.colleague, asked.person):
        with pytest.raises(PermissionDenied):
            erasing.approve(asked.erasure, by=by)
        assert signed_in(by).get(reverse("desk_erasure", args=[asked.erasure.pk])).status_code == 404


def test_the_staff_see_it_confirm_it_and_the_person_is_told(asked, mailoutbox):
    client = signed_in(asked.staff)
    assert NAME in client.get("/en/desk/erasures/").text
    page = client.get(reverse("desk_erasure", args=[asked.erasure.pk])).text
    assert "Testford" in page
    address = reverse("desk_erasure_approve", args=[asked.erasure.pk])
    question = client.get(address).text
    assert f"Erase {NAME}?" in question
    assert Erasure.objects.waiting().exists()
    answer = client.post(address, follow=True)
    assert f"as Former official {asked.person.pk}" in answer.text
    assert NAME not in client.get("/en/desk/erasures/?decided").text
    assert client.get(address).status_code == 404
    mailoutbox.clear()
    send_erasure_mails()
    (mail,) = mailoutbox
    assert (mail.to, mail.extra_headers["Content-Language"]) == ([EMAIL], "fr")


def test_the_last_focal_point_goes_with_a_reason_and_not_without(db):
    city = CityFactory()
    person, staff = acting_for(city, name=NAME), ModeratorFactory()
    erasure = erasing.ask(person)
    with pytest.raises(people.LastFocalPoint), transaction.atomic():
        erasing.approve(erasure, by=staff)
    client, address = signed_in(staff), reverse("desk_erasure_approve", args=[erasure.pk])
    assert "Write why." in client.post(address).text
    assert Erasure.objects.waiting().exists()
    assert client.post(address, {"reason": "The city is told."}).status_code == 302
    assert Vacancy.objects.get().reason == "The city is told."
    assert not city.memberships.exists()


def test_a_refusal_says_why_and_nothing_is_deleted(asked, mailoutbox):
    send_erasure_mails()
    mailoutbox.clear()
    client, address = signed_in(asked.staff), reverse("desk_erasure_refuse", args=[asked.erasure.pk])
    assert "Write why." in client.post(address, {"reason": " "}).text
    assert client.post(address, {"reason": "A court asks for it."}).status_code == 302
    send_erasure_mails()
    (mail,) = mailoutbox
    assert mail.to == [EMAIL]
    assert "A court asks for it." in mail.body
    asked.person.refresh_from_db()
    assert (asked.person.name, asked.person.is_active) == (NAME, True)
    assert not ErasureMail.objects.exclude(email="").exists()
    erasing.ask(asked.person)  # again


def test_it_can_be_taken_back_until_it_is_decided(asked):
    client = signed_in(asked.person)
    assert "You asked to be erased on" in client.get("/en/account/my-data/").text
    client.post("/en/account/my-data/erase/withdraw/")
    assert not Erasure.objects.exists()
    with pytest.raises(Erasure.DoesNotExist):
        erasing.approve(asked.erasure, by=asked.staff)


def test_whoever_is_not_sure_of_the_password_is_asked_first(client, db):
    client.force_login(UserFactory())
    session = client.session
    del session[AUTHENTICATION_METHODS_SESSION_KEY]  # as if long ago
    session.save()
    for name in ("my_data_page", "my_data_file", "erase_me"):
        assert "/reauthenticate/" in client.get(reverse(name)).url


# --- What is left ----------------------------------------------------------------------------------------------------


def test_history_names_the_pseudonym_in_both_languages(asked):
    revision = RevisionFactory(practice__city=asked.city, author=asked.person)
    moderation.submit(revision=revision, by=asked.person, harm=harmless())
    commit()
    erasing.approve(asked.erasure, by=asked.staff)
    by = Transition.objects.get().by
    assert str(by) == f"Former official {by.pk}"
    with translation.override("fr"):
        assert str(by) == f"Ancien agent {by.pk}"
    assert revision.author == by
    assert {str(event.user) for event in MembershipEvent.objects.filter(user=by)} == {str(by)}
    assert not Membership.objects.filter(user=by).exists()


def test_the_address_signs_nobody_in_and_can_be_invited_again(asked, mailoutbox):
    erasing.approve(asked.erasure, by=asked.staff)
    client = Client()
    client.post("/en/accounts/login/", {"login": EMAIL, "password": PASSWORD})
    client.post("/en/accounts/login/", {"login": User.objects.get(pk=asked.person.pk).email, "password": PASSWORD})
    assert "_auth_user_id" not in client.session
    invitation = invitations.invite(email=EMAIL, city=asked.city, role=Role.EDITOR, language="fr", by=asked.colleague)
    client.get(invitation.get_absolute_url())
    client.post(invitation.get_absolute_url())
    signup = {"email": EMAIL, "name": "Somebody new", "password1": "another-long-password"}
    client.post(reverse("account_signup"), signup)
    new = User.objects.get(email=EMAIL)
    assert new.pk != asked.person.pk
    assert asked.city.memberships.filter(user=new, role=Role.EDITOR).exists()


def test_their_sessions_end(asked):
    client = signed_in(asked.person)
    erasing.approve(asked.erasure, by=asked.staff)
    assert client.get("/en/account/profile/").status_code == 302


def test_what_stands_is_shown_to_the_staff_and_stays(asked):
    pledge = PledgeFactory(city=asked.city, title_en=f"A plan of {NAME}", description_en=f"Write to {EMAIL}")
    EndorsementFactory(city=asked.city, signatory_name=NAME)
    draft = RevisionFactory(practice__city=asked.city, title_en=f"A practice of {NAME}")
    page = signed_in(asked.staff).get(reverse("desk_erasure", args=[asked.erasure.pk])).text
    assert f"A plan of {NAME}" in page
    assert f"A practice of {NAME}" in page
    erasing.approve(asked.erasure, by=asked.staff)
    commit()
    pledge.refresh_from_db()
    assert (pledge.title_en, pledge.description_en) == (f"A plan of {NAME}", f"Write to {EMAIL}")
    assert {event.title_en for event in pledge.events.all()} == {f"A plan of {NAME}"}  # so that nothing has changed
    draft.refresh_from_db()
    assert draft.title_en == f"A practice of {NAME}"


def test_the_history_of_a_text_that_no_longer_names_them_is_cleaned(asked):
    pledge = PledgeFactory(city=asked.city, title_en=f"A plan of {NAME.upper()}", description_en=f"See {EMAIL}.")
    pledge.title_en, pledge.description_en = "A plan", ""
    pledge.save()
    erasing.approve(asked.erasure, by=asked.staff)
    nobody = f"Former official {asked.person.pk}"
    first, last = pledge.events.order_by("pgh_id")
    assert (first.title_en, first.description_en) == (f"A plan of {nobody}", f"See {nobody}.")
    assert last.title_en == "A plan"


def test_nobody_else_is_touched(asked):
    other = UserFactory(name=f"{NAME}-Smith", email=f"x.{EMAIL}")
    notice = Notice.objects.create(kind="drafts", to=other, reason=f"Ask {other.name} at {other.email}, not {NAME}.")
    erasing.approve(asked.erasure, by=asked.staff)
    other.refresh_from_db()
    notice.refresh_from_db()
    assert (other.name, other.email) == (f"{NAME}-Smith", f"x.{EMAIL}")
    assert notice.reason == f"Ask {other.name} at {other.email}, not Former official {asked.person.pk}."


def test_a_name_of_one_word_is_not_taken_for_one_in_the_texts_of_others(db):
    person, other = UserFactory(name="Prevention", email=EMAIL), UserFactory()
    notice = Notice.objects.create(kind="drafts", to=other, reason="Prevention comes first.")
    erasing.ask(person)
    notice.refresh_from_db()
    assert notice.reason == "Prevention comes first."
    person.refresh_from_db()
    assert person.name == ""

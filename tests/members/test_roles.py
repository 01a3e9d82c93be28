"""Who acts for a city: a table of roles and verbs, and the rule that a city keeps a focal point, by every door."""

import re

import pytest
from django.db import connection
from django.urls import reverse

from members import invitations, people
from members.models import Invitation, Membership, Notice, Role, User, Vacancy
from members.tasks import send_notices
from tests.database import refused_by
from tests.factories import (
    PASSWORD,
    CityFactory,
    InvitationFactory,
    ModeratorFactory,
    RevisionFactory,
    UserFactory,
    acting_for,
    moderating_only,
    staff_for_cities,
)
from tests.members.editing.test_second_writers import admin_fields

pytestmark = pytest.mark.django_db

# --- Role × verb -----------------------------------------------------------------------------------------------------

VERBS = {
    "read": ("GET", "my_city_people", "city"),
    "invite": ("POST", "my_city_people", "city"),
    "confirm": ("POST", "people_confirm", "city"),
    "ask before removing": ("GET", "remove_person", "colleague"),
    "remove": ("POST", "remove_person", "colleague"),
    "see the role": ("GET", "person_role", "colleague"),
    "change the role": ("POST", "person_role", "colleague"),
    "send again": ("POST", "send_invitation_again", "invitation"),
    "ask before withdrawing": ("GET", "withdraw_invitation", "invitation"),
    "withdraw": ("POST", "withdraw_invitation", "invitation"),
}
YES, NO, SIGN_IN = "yes", "no", "sign in"
# A stranger is the focal point of another city; staff and the
# group of the staff may invite to every city, moderators as such may not.
TABLE = {
    #                         focal  editor viewer stranger staff moderator of_staff  nobody
    "read":                   (YES,  NO,    NO,    NO,      YES,  NO,       YES,      SIGN_IN),
    "invite":                 (YES,  NO,    NO,    NO,      YES,  NO,       YES,      SIGN_IN),
    "confirm":                (YES,  NO,    NO,    NO,      YES,  NO,       YES,      SIGN_IN),
    "ask before removing":    (YES,  NO,    NO,    NO,      YES,  NO,       YES,      SIGN_IN),
    "remove":                 (YES,  NO,    NO,    NO,      YES,  NO,       YES,      SIGN_IN),
    "see the role":           (YES,  NO,    NO,    NO,      YES,  NO,       YES,      SIGN_IN),
    "change the role":        (YES,  NO,    NO,    NO,      YES,  NO,       YES,      SIGN_IN),
    "send again":             (YES,  NO,    NO,    NO,      YES,  NO,       YES,      SIGN_IN),
    "ask before withdrawing": (YES,  NO,    NO,    NO,      YES,  NO,       YES,      SIGN_IN),
    "withdraw":               (YES,  NO,    NO,    NO,      YES,  NO,       YES,      SIGN_IN),
}  # fmt: skip
WHO = ("focal point", "editor", "viewer", "stranger", "staff", "moderator", "of the staff", "nobody")


def somebody(who: str, city) -> User | None:
    return {
        "focal point": lambda: acting_for(city),
        "editor": lambda: acting_for(city, Role.EDITOR),
        "viewer": lambda: acting_for(city, Role.VIEWER),
        "stranger": lambda: acting_for(CityFactory()),
        "staff": staff_for_cities,
        "moderator": moderating_only,
        "of the staff": ModeratorFactory,
        "nobody": lambda: None,
    }[who]()


@pytest.mark.parametrize("verb", VERBS)
def test_who_may_do_what_about_people(client, verb):
    method, name, about = VERBS[verb]
    for who, expected in zip(WHO, TABLE[verb], strict=True):
        city = CityFactory()
        colleague = acting_for(city, Role.EDITOR).memberships.get()
        invitation = InvitationFactory(city=city)
        user = somebody(who, city)
        client.logout()
        if user:
            client.force_login(user)
        at = {"city": city.slug, "colleague": colleague.pk, "invitation": invitation.pk}[about]
        data = {"email": "new@example.org", "role": "viewer", "language": "en"}
        before = state(city)
        answer = client.generic(method, reverse(name, args=[at])) if method == "GET" else client.post(
            reverse(name, args=[at]), data
        )  # fmt: skip
        found = {404: NO, 200: YES}.get(answer.status_code) or (SIGN_IN if "/login/" in answer.url else YES)
        assert (who, verb, found) == (who, verb, expected)
        assert (state(city) != before) == (expected == YES and method == "POST"), (who, verb)


def state(city) -> list:
    rows = city.memberships.order_by("pk").values_list("pk", "role", "confirmed_at")
    return [*rows, *Invitation.objects.filter(city=city).order_by("pk").values_list("pk", "withdrawn_at")]


def test_the_table_names_every_verb():
    assert TABLE.keys() == VERBS.keys()


# --- A city keeps a focal point --------------------------------------------------------------------------------------


@pytest.fixture
def city():
    return CityFactory(name_en="Testford", name_fr="Testford")


@pytest.fixture
def alone(city) -> Membership:
    """The only focal point of the city, beside an editor, and one whose account is closed."""
    acting_for(city, Role.EDITOR)
    closed = acting_for(city)
    alone = acting_for(city, name="Ada")
    User.objects.filter(pk=closed.pk).update(is_active=False)
    return alone.memberships.get()


DOORS = {
    "removing": lambda alone, by: people.remove(alone, by=by),
    "another role": lambda alone, by: people.change_role(alone, role="editor", by=by),
    "closing the account": lambda alone, by: people.close_account(alone.user, by=by),
}


@pytest.mark.parametrize("door", DOORS)
def test_the_last_focal_point_stays_whoever_asks(alone, door):
    with pytest.raises(people.LastFocalPoint, match="Testford would be left without a focal point"):
        DOORS[door](alone, staff_for_cities())
    alone.refresh_from_db()
    assert (alone.role, alone.user.is_active, Vacancy.objects.count()) == ("focal_point", True, 0)


ROWS = {
    "delete": lambda alone: alone.delete(),
    "delete many": lambda alone: Membership.objects.filter(city=alone.city).delete(),
    "bulk update": lambda alone: Membership.objects.filter(pk=alone.pk).update(role="viewer"),
    "another city": lambda alone: Membership.objects.filter(pk=alone.pk).update(city=CityFactory()),
    "another person": lambda alone: Membership.objects.filter(pk=alone.pk).update(user=UserFactory()),
    "closed account": lambda alone: User.objects.filter(pk=alone.user_id).update(is_active=False),
    "raw SQL": lambda alone: connection.cursor().execute(f"DELETE FROM members_membership WHERE id = {alone.pk}"),
}


@pytest.mark.parametrize("door", ROWS)
def test_the_database_refuses_the_same(alone, door):
    with refused_by("a city keeps a focal point"):
        ROWS[door](alone)


def test_whoever_writes_why_may_and_it_is_kept(alone, city):
    staff = staff_for_cities()
    people.remove(alone, by=staff, reason=" She has left the city. ")
    vacancy = Vacancy.objects.get()
    assert (vacancy.city, vacancy.left_by, vacancy.by) == (city, alone.user, staff)
    assert vacancy.reason == "She has left the city."
    assert not city.memberships.filter(user=alone.user).exists()


def test_one_of_two_focal_points_may_go(city):
    first, second = acting_for(city), acting_for(city)
    people.remove(second.memberships.get(), by=first)
    assert city.memberships.get().user == first


def test_a_closed_account_of_a_focal_point_may_be_removed(alone, city):
    people.remove(city.memberships.get(user__is_active=False), by=alone.user)
    assert city.memberships.filter(role="focal_point").get() == alone


def test_whoever_lost_the_right_meanwhile_removes_nobody(city):
    first, second, third = (acting_for(city) for _ in range(3))
    people.remove(second.memberships.get(), by=first)
    with pytest.raises(people.PermissionDenied):
        people.remove(third.memberships.get(), by=second)


def test_the_page_asks_why_before_it_removes_the_last_one(client, alone, city):
    client.force_login(staff_for_cities())
    address = reverse("remove_person", args=[alone.pk])
    assert "Why is the city left without a focal point?" in client.get(address).text
    refused = client.post(address, {"reason": ""})
    assert refused.status_code == 200
    assert "Testford would be left without a focal point" in refused.text
    assert client.post(address, {"reason": "She retired."}).status_code == 302
    assert Vacancy.objects.get().reason == "She retired."


def test_the_form_of_the_role_asks_why(client, alone, city):
    client.force_login(alone.user)
    address = reverse("person_role", args=[alone.pk])
    refused = client.post(address, {"role": "viewer", "reason": ""})
    assert refused.context["form"].errors["reason"]
    answer = client.post(address, {"role": "viewer", "reason": "A pause of a year."}, follow=True)
    assert answer.redirect_chain == [(f"/en/my-city/{city.slug}/", 302)]
    assert city.memberships.get(user=alone.user).role == "viewer"


@pytest.mark.parametrize(("reason", "closed"), [("", False), ("She retired.", True)])
def test_the_admin_is_held_to_it_too(client, alone, reason, closed):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    user = alone.user
    address = reverse("admin:members_user_change", args=[user.pk])
    form = admin_fields(client.get(address)) | {"reason": reason}
    del form["is_active"]
    answer = client.post(address, form)
    user.refresh_from_db()
    assert (answer.status_code, user.is_active) == ((302, False) if closed else (200, True))
    assert Vacancy.objects.filter(reason="She retired.").exists() == closed


def test_the_admin_changes_no_role(client, alone):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    for page in (reverse("admin:members_user_change", args=[alone.user_id]),
                 reverse("admin:members_city_change", args=[alone.city_id])):  # fmt: skip
        assert 'name="memberships-0-role"' not in client.get(page).text


# --- Mails -----------------------------------------------------------------------------------------------------------


def test_a_new_role_comes_with_a_mail_in_the_language_of_the_person(client, city, mailoutbox):
    focal_point, editor = acting_for(city, name="Ada"), acting_for(city, Role.EDITOR, language="fr")
    client.force_login(focal_point)
    address = reverse("person_role", args=[editor.memberships.get().pk])
    assert client.post(address, {"role": "viewer"}).url == f"/en/my-city/{city.slug}/people/"
    assert editor.memberships.get().role == "viewer"
    assert (send_notices(), send_notices()) == (1, 0)
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == ([editor.email], "Votre rôle pour Testford a changé")
    assert "Ada" in mail.body
    assert "tout lire de la ville" in mail.body


def test_the_same_role_again_tells_nobody(city):
    focal_point, editor = acting_for(city), acting_for(city, Role.EDITOR)
    people.change_role(editor.memberships.get(), role="editor", by=focal_point)
    assert not Notice.objects.exists()


def test_removing_asks_mails_and_hands_the_open_drafts_over(client, city, mailoutbox):
    focal_point, heir = acting_for(city), acting_for(city, Role.EDITOR, name="Grace")
    leaving = acting_for(city, Role.EDITOR, name="Ada", email="ada@example.org")
    draft = RevisionFactory(practice__city=city, author=leaving)
    sent_back = RevisionFactory(practice__city=city, author=leaving, status="sent_back")
    submitted = RevisionFactory(practice__city=city, author=leaving, status="submitted")
    elsewhere = RevisionFactory(author=leaving)
    client.force_login(focal_point)
    membership = leaving.memberships.get(city=city)
    address = reverse("remove_person", args=[membership.pk])
    page = client.get(address).text
    assert re.search(r"Remove Ada from Testford\?", page)
    assert "Ada has 2 open drafts. They stay with the city." in page
    assert membership in city.memberships.all()
    assert client.post(address, {"heir": heir.memberships.get().pk}).status_code == 302
    authors = {}
    for revision in (draft, sent_back, submitted, elsewhere):
        revision.refresh_from_db()
        authors[revision] = revision.author
    assert authors == {draft: heir, sent_back: heir, submitted: leaving, elsewhere: leaving}
    assert send_notices() == 2
    assert {mail.to[0]: mail.subject for mail in mailoutbox} == {
        "ada@example.org": "You no longer act for Testford",
        heir.email: "You take over the drafts of Ada",
    }


def test_an_heir_is_a_colleague_who_writes(client, city):
    focal_point, leaving = acting_for(city), acting_for(city, Role.EDITOR)
    RevisionFactory(practice__city=city, author=leaving)
    client.force_login(focal_point)
    membership = leaving.memberships.get()
    for nobody in (acting_for(city, Role.VIEWER), acting_for(CityFactory()), leaving):
        refused = client.post(reverse("remove_person", args=[membership.pk]), {"heir": nobody.memberships.first().pk})
        assert refused.context["form"].errors["heir"]


def test_whoever_invited_hears_of_the_acceptance(city, mailoutbox):
    inviter = acting_for(city, language="fr")
    user = UserFactory(email="new@example.org", name="Grace")
    invitations.accept(InvitationFactory(city=city, email=user.email, invited_by=inviter, role="viewer"), by=user)
    assert send_notices() == 1
    (mail,) = mailoutbox
    assert mail.to == [inviter.email]
    assert "Grace" in mail.subject
    assert "new@example.org" in mail.body


def test_a_closed_account_gets_no_notice(city, mailoutbox):
    inviter = acting_for(city)
    acting_for(city)
    user = UserFactory()
    invitations.accept(InvitationFactory(city=city, email=user.email, invited_by=inviter), by=user)
    people.close_account(inviter, by=None)
    assert send_notices() == 0


# --- Invitations -----------------------------------------------------------------------------------------------------


def test_an_expired_invitation_stays_listed_and_is_sent_again(client, city, time_machine):
    time_machine.move_to("2026-05-04T08:00:00Z", tick=False)
    focal_point = acting_for(city)
    old = InvitationFactory(city=city, email="late@example.org", role="viewer", language="fr", invited_by=focal_point)
    time_machine.move_to("2026-06-04T08:00:00Z", tick=False)
    client.force_login(focal_point)
    page = client.get(f"/en/my-city/{city.slug}/people/").text
    assert "late@example.org" in page
    assert "expired on 18 May 2026" in page
    assert client.get(old.get_absolute_url()).status_code == 410
    client.post(reverse("send_invitation_again", args=[old.pk]))
    new = Invitation.objects.open().get()
    assert (new.email, new.role, new.language, new.invited_by) == ("late@example.org", "viewer", "fr", focal_point)
    assert client.get(new.get_absolute_url()).status_code == 200
    assert "expired on" not in client.get(f"/en/my-city/{city.slug}/people/").text


def test_somebody_with_an_account_accepts_once(client, city):
    user = UserFactory(email="known@example.org")
    link = InvitationFactory(city=city, email="Known@example.org", role="viewer").get_absolute_url()
    client.post(link)
    answer = client.post("/en/accounts/login/", {"login": user.email, "password": PASSWORD}, follow=True)
    assert answer.redirect_chain[-1][0] == f"/en/my-city/{city.slug}/"
    assert "You now act for Testford." in answer.text
    assert city.memberships.get(user=user).role == "viewer"


def test_somebody_else_who_signs_in_accepts_nothing(client, city):
    UserFactory(email="known@example.org")
    other = UserFactory()
    client.post(InvitationFactory(city=city, email="known@example.org").get_absolute_url())
    client.post("/en/accounts/login/", {"login": other.email, "password": PASSWORD})
    assert not city.memberships.filter(user=other).exists()

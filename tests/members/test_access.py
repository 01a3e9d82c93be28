"""What each role opens, in cities where others hold other roles: a right is one's own, never a colleague's."""

import pytest
from allauth.account.models import EmailAddress

from commitments.models import Pledge
from members import invitations
from members.models import City, Invitation, Membership, Role, User
from members.tasks import send_account_mails
from practices.models import Revision
from tests.factories import (
    PASSWORD,
    CityFactory,
    CommitmentFactory,
    InvitationFactory,
    ModeratorFactory,
    PledgeFactory,
    RevisionFactory,
    UserFactory,
    acting_for,
)
from tests.real_sign_in import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> City:
    """A city in which every role is held by two people."""
    city = CityFactory()
    for role in Role:
        acting_for(city, role)
        acting_for(city, role)
    return city


def test_a_viewer_writes_nothing_although_their_colleagues_may(client, city):
    pledge, revision = PledgeFactory(city=city), RevisionFactory(practice__city=city, status="published")
    client.force_login(acting_for(city, Role.VIEWER))
    form = {"commitment": CommitmentFactory().pk, "title_en": "Theirs", "status": "done", "what_changed_en": "Dropped"}
    for path in (
        f"{city.slug}/pledges/new/", f"pledges/{pledge.pk}/edit/", f"pledges/{pledge.pk}/report/",
        f"pledges/{pledge.pk}/milestones/new/", f"{city.slug}/practices/new/",
        f"practices/{revision.practice_id}/edit/essentials/", f"practices/{revision.practice_id}/edit/check/",
        f"practices/{revision.practice_id}/revise/",
        f"{city.slug}/people/",
    ):  # fmt: skip
        assert (path, client.get(f"/en/my-city/{path}").status_code) in ((path, 404), (path, 405))
        assert (path, client.post(f"/en/my-city/{path}", form).status_code) == (path, 404)
    assert (Pledge.objects.count(), pledge.updates.count(), Revision.objects.count()) == (1, 0, 1)


@pytest.mark.parametrize("role", [Role.FOCAL_POINT, Role.EDITOR])
def test_whoever_writes_does_so_beside_others_who_do(client, city, role):
    client.force_login(acting_for(city, role))
    assert client.get(f"/en/my-city/{city.slug}/pledges/new/").status_code == 200
    assert client.get(f"/en/my-city/{city.slug}/practices/new/").status_code == 200
    assert client.get(f"/en/my-city/{city.slug}/people/").status_code == (200 if role == Role.FOCAL_POINT else 404)


def test_a_focal_point_removes_a_colleague_and_not_themselves(client, city):
    focal_point, colleague = acting_for(city), acting_for(city, Role.EDITOR)
    own = Membership.objects.get(user=focal_point)
    client.force_login(focal_point)
    client.post(f"/en/my-city/people/{colleague.memberships.get().pk}/remove/")
    response = client.post(f"/en/my-city/people/{own.pk}/remove/", follow=True)
    assert "You cannot remove yourself." in response.text
    assert not colleague.memberships.exists()
    assert focal_point.memberships.exists()
    elsewhere = acting_for(CityFactory()).memberships.get()
    assert client.post(f"/en/my-city/people/{elsewhere.pk}/remove/").status_code == 404


@pytest.mark.parametrize("how", ["removed", "made an editor", "deactivated"])
def test_an_invitation_does_not_outlive_the_right_of_its_inviter(client, mailoutbox, how):
    invitation = InvitationFactory()
    membership = Membership.objects.get(user=invitation.invited_by)
    other = acting_for(invitation.city)  # a city keeps a focal point
    match how:
        case "removed":
            membership.delete()
        case "made an editor":
            Membership.objects.exclude(user=other).update(role=Role.EDITOR)
        case "deactivated":
            type(other).objects.exclude(pk=other.pk).update(is_active=False)
    assert client.get(invitation.get_absolute_url()).status_code == 410
    assert invitations.render_invitation(Invitation.objects.get()) == []
    invited = UserFactory(email=invitation.email)
    with pytest.raises(invitations.ValidationError):
        invitations.accept(invitation, by=invited)


def test_nobody_can_block_an_invitation_by_typing_its_address_into_their_account(client):
    invitation = InvitationFactory(email="victim@example.org")
    EmailAddress.objects.create(user=UserFactory(), email="victim@example.org", verified=False)
    client.post(invitation.get_absolute_url())
    client.post("/en/accounts/signup/", {"name": "Victim", "password1": "a-long-enough-secret"})
    assert Membership.objects.get(user__email="victim@example.org").city == invitation.city


def test_the_admin_has_no_login_of_its_own(client):
    user = UserFactory(is_staff=True, is_superuser=True)
    response = client.post("/en/admin/login/?next=/en/admin/", {"username": user.email, "password": PASSWORD})
    assert response.status_code == 302
    assert response.url.startswith("/en/accounts/login/")
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("path", ["/en/my-city/", "/en/desk/", "/en/accounts/email/", "/en/cities/"])
def test_nothing_shown_to_somebody_logged_in_stays_in_the_browser(client, path):
    client.force_login(ModeratorFactory())
    assert "no-store" in client.get(path)["Cache-Control"]


def test_a_link_in_an_account_mail_has_our_name_whatever_the_request_said(client, mailoutbox, settings):
    settings.ALLOWED_HOSTS = ["*"]
    user = UserFactory(language="fr")
    client.post("/en/accounts/password/reset/", {"email": user.email}, headers={"host": "evil.example"})
    send_account_mails()
    assert f"{settings.SITE_URL}/fr/accounts/password/reset/key/" in mailoutbox[0].body
    assert "evil.example" not in mailoutbox[0].body


def test_what_a_sign_in_leaves_in_a_browser_no_script_reads_and_no_other_site_sends(client):
    sign_in(client, acting_for(CityFactory()))
    client.get("/en/accounts/password/change/")
    assert {name: bool(cookie["httponly"]) for name, cookie in client.cookies.items() if name != "messages"} == {
        "sessionid": True, "known": True, "csrftoken": False,  # a script of ours reads the last
    }  # fmt: skip
    assert {cookie["samesite"] for cookie in client.cookies.values()} == {"Lax"}


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_a_sign_in_leads_to_no_other_site(client, elsewhere):
    assert sign_in(client, acting_for(CityFactory()), next_to=elsewhere).url == "/en/my-city/"


def test_closing_an_account_ends_its_sessions(client):
    user = UserFactory()
    client.force_login(user)
    assert client.get("/en/account/profile/").status_code == 200
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get("/en/account/profile/").url.startswith("/en/accounts/login/")

"""The one way to an account: an invitation, its link, and what the link refuses."""

import datetime as dt
import re
from urllib.parse import quote

import pytest
from django.core.exceptions import ValidationError

from members import invitations, people
from members.models import INVITATION_LIFETIME, Invitation, Membership, Role, User
from members.tasks import send_invitations
from tests.factories import CityFactory, InvitationFactory, UserFactory, acting_for, moderating_only

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "a-long-and-unusual-one"


def people_page(city) -> str:
    return f"/en/my-city/{city.slug}/people/"


def link_in(mail) -> str:
    """The path of the link in a mail of invitation."""
    return re.search(r"<http://127\.0\.0\.1:8000(/\w\w/invitation/[^>]+)>", mail.body)[1]


def test_from_invitation_to_acting_for_the_city(client, mailoutbox):
    city = CityFactory(time_zone="Africa/Nairobi", name_fr="Ville-Test")
    client.force_login(acting_for(city))
    invited = {"email": "New@Example.org", "role": "editor", "language": "fr"}
    assert client.post(people_page(city), invited, follow=True).redirect_chain == [(people_page(city), 302)]
    client.logout()

    assert send_invitations() == 1
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == (["New@example.org"], "Invitation à agir pour Ville-Test")
    link = link_in(mail)
    assert link.startswith("/fr/invitation/")

    assert client.get(link).status_code == 200
    assert Membership.objects.filter(user__email__iexact="new@example.org").count() == 0  # opening it changes nothing
    response = client.post(link, follow=True)
    assert response.redirect_chain == [("/fr/accounts/signup/", 302)]
    response = client.post(
        "/fr/accounts/signup/",
        {"name": "New Person", "password1": NEW_PASSWORD, "email": "other@example.org"},
        follow=True,
    )
    assert response.redirect_chain[0][0] == "/fr/ma-ville/"
    assert response.status_code == 200

    user = User.objects.get(email__iexact="new@example.org")
    assert (user.name, user.language, user.time_zone) == ("New Person", "fr", "Africa/Nairobi")
    assert not User.objects.filter(email="other@example.org").exists()
    assert [(m.city, m.role) for m in user.memberships.all()] == [(city, "editor")]
    assert response.context["city"] == city

    client.logout()
    assert client.get(link).status_code == 410  # single use
    credentials = {"login": "NEW@EXAMPLE.ORG", "password": NEW_PASSWORD}
    assert client.post("/fr/accounts/login/", credentials).status_code == 302
    assert client.get("/fr/ma-ville/").status_code == 200


def test_the_mail_of_an_invitation_leaves_once(mailoutbox):
    invitation = InvitationFactory()
    assert (send_invitations(), send_invitations()) == (1, 0)
    assert len(mailoutbox) == 1
    invitation.refresh_from_db()
    assert invitation.mailed_at is not None


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_without_an_invitation_sign_up_is_closed(client, method, language):
    data = {"email": "anybody@example.org", "name": "Anybody", "password1": NEW_PASSWORD}
    response = getattr(client, method)(f"/{language}/accounts/signup/", data)
    assert response.status_code == 200
    assert "form" not in response.context
    assert not User.objects.exists()


def test_the_link_expires(client, time_machine):
    time_machine.move_to("2026-05-04T08:00:00Z", tick=False)
    invitation = InvitationFactory()
    link = invitation.get_absolute_url()
    time_machine.move_to(invitation.created_at + INVITATION_LIFETIME - dt.timedelta(seconds=1), tick=False)
    assert client.get(link).status_code == 200
    assert client.post(link).status_code == 302
    time_machine.move_to(invitation.created_at + INVITATION_LIFETIME, tick=False)
    assert client.get(link).status_code == 410
    # Not even for a browser that opened it in time.
    data = {"name": "Late", "password1": NEW_PASSWORD}
    client.post("/en/accounts/signup/", data)
    assert not User.objects.filter(email=invitation.email).exists()


def test_a_forged_link_is_closed(client):
    invitation = InvitationFactory()
    other_pk = InvitationFactory().token.split(":")[0]
    for token in ("x", f"{other_pk}:{invitation.token.partition(':')[2]}", f"{invitation.token}x", str(invitation.pk)):
        response = client.get(f"/en/invitation/{token}/")
        assert response.status_code == 410
        assert client.post(f"/en/invitation/{token}/").status_code == 410


def test_a_withdrawn_invitation_is_closed(client):
    invitation = InvitationFactory()
    invitations.withdraw(invitation)
    assert client.get(invitation.get_absolute_url()).status_code == 410
    assert client.post(invitation.get_absolute_url()).status_code == 410


def test_an_invitation_that_was_accepted_cannot_be_withdrawn():
    user = UserFactory()
    invitation = InvitationFactory(email=user.email)
    invitations.accept(invitation, by=user)
    invitations.withdraw(invitation)
    invitation.refresh_from_db()
    assert (invitation.accepted_by, invitation.withdrawn_at) == (user, None)


def test_somebody_else_cannot_take_it_up(client):
    invitation = InvitationFactory(email="invited@example.org")
    stranger = UserFactory()
    client.force_login(stranger)
    link = invitation.get_absolute_url()
    assert client.get(link).context["wrong_account"] is True
    assert client.post(link).status_code == 200
    assert not stranger.memberships.exists()
    with pytest.raises(ValidationError, match="sent to another address"):
        invitations.accept(invitation, by=stranger)


def test_a_person_who_has_an_account_logs_in_and_accepts(client):
    user = UserFactory(email="known@example.org", language="en")
    invitation = InvitationFactory(email="Known@Example.org", role="viewer")
    link = invitation.get_absolute_url()
    assert client.get(link).context["has_account"] is True
    assert client.post(link).url == f"/en/accounts/login/?next={quote(link, safe='')}"
    client.force_login(user)
    assert client.post(link).url == f"/en/my-city/{invitation.city.slug}/"
    assert [(m.city, m.role) for m in user.memberships.all()] == [(invitation.city, "viewer")]
    # A second click says the same; it is no way back for whoever was removed.
    assert client.post(link).url == f"/en/my-city/{invitation.city.slug}/"
    assert client.get(link).status_code == 410
    people.remove(user.memberships.get(), by=invitation.invited_by)
    assert client.post(link).status_code == 410
    assert not user.memberships.exists()


def test_a_role_that_is_already_held_is_kept():
    city = CityFactory()
    user = UserFactory()
    invitation = InvitationFactory(email=user.email, city=city, role="viewer")
    Membership.objects.create(user=user, city=city, role=Role.FOCAL_POINT)
    assert invitations.accept(invitation, by=user).role == "focal_point"
    assert user.memberships.count() == 1


def test_inviting_the_same_address_again_closes_the_first_link(client):
    city = CityFactory()
    official = acting_for(city)
    how = {"city": city, "role": "editor", "language": "en", "by": official}
    first = invitations.invite(email="twice@example.org", **how)
    second = invitations.invite(email="Twice@Example.org", **how)
    assert client.get(first.get_absolute_url()).status_code == 410
    assert client.get(second.get_absolute_url()).status_code == 200


def test_an_address_that_acts_for_the_city_is_told_beside_its_field(client):
    city = CityFactory()
    colleague = acting_for(city, Role.EDITOR, email="here@example.org")
    client.force_login(acting_for(city))
    response = client.post(people_page(city), {"email": "HERE@example.org", "role": "viewer", "language": "en"})
    assert response.status_code == 200
    assert response.context["form"].errors == {"email": ["This person already acts for this city."]}
    assert 'value="HERE@example.org"' in response.text
    assert colleague.memberships.get().role == "editor"
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_only_a_focal_point_invites(client, role):
    city = CityFactory()
    client.force_login(acting_for(city, Role(role)))
    invited = {"email": "new@example.org", "role": "viewer", "language": "en"}
    assert client.get(people_page(city)).status_code == 404
    assert client.post(people_page(city), invited).status_code == 404
    assert not Invitation.objects.exists()


def test_a_focal_point_invites_and_withdraws_for_no_other_city(client):
    theirs = InvitationFactory()
    client.force_login(acting_for(CityFactory()))
    assert client.get(people_page(theirs.city)).status_code == 404
    assert client.post(f"/en/my-city/invitations/{theirs.pk}/withdraw/").status_code == 404
    assert Invitation.objects.open().get() == theirs


def test_a_focal_point_withdraws_after_a_question(client):
    invitation = InvitationFactory()
    client.force_login(acting_for(invitation.city))
    address = f"/en/my-city/invitations/{invitation.pk}/withdraw/"
    assert invitation.email in client.get(address).text
    assert Invitation.objects.open().exists()
    assert client.post(address).url == people_page(invitation.city)
    assert not Invitation.objects.open().exists()


def test_staff_with_the_permission_invite_to_any_city_and_staff_without_to_none(client):
    city = CityFactory()
    invited = {"email": "first@example.org", "role": "focal_point", "language": "en"}
    client.force_login(UserFactory(is_staff=True))
    assert client.post(people_page(city), invited).status_code == 404
    client.force_login(moderating_only())
    assert client.post(people_page(city), invited).status_code == 404
    client.force_login(UserFactory(is_superuser=True))
    assert client.post(people_page(city), invited).status_code == 302
    assert Invitation.objects.open().get().role == "focal_point"

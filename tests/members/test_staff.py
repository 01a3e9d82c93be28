"""The staff of the network: invited by staff, without a city; nobody gives away rights that they do not have."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from members import invitations, staff
from members.models import Invitation, Notice, User
from members.tasks import send_invitations, send_notices
from tests.factories import CityFactory, ModeratorFactory, UserFactory, acting_for, moderating_only
from tests.forms import fields_of
from tests.members.test_invitations import NEW_PASSWORD, link_in

pytestmark = pytest.mark.django_db

PAGE = "/en/desk/staff/"


def invite(client, email: str, language: str = "en"):
    return client.post(PAGE, fields_of(client.get(PAGE)) | {"email": email, "language": language})


def test_from_invitation_to_the_desk_without_a_city(client, mailoutbox):
    inviter = ModeratorFactory(time_zone="Africa/Nairobi")
    client.force_login(inviter)
    assert invite(client, "New@Example.org", "fr").url == PAGE
    assert "New@example.org" in client.get(PAGE).text
    client.logout()
    assert send_invitations() == 1
    (mail,) = mailoutbox
    assert mail.subject == "Invitation dans l’équipe du Strong Cities Network"
    link = link_in(mail)
    assert "Rejoindre l’équipe du réseau" in client.get(link).text
    client.post(link)
    client.post("/fr/accounts/signup/", {"name": "New Person", "password1": NEW_PASSWORD})
    user = User.objects.get(email__iexact="new@example.org")
    assert (user.is_of_the_staff, user.is_staff, user.memberships.count()) == (True, False, 0)
    assert (user.language, user.time_zone) == ("fr", "Africa/Nairobi")
    client.force_login(user)  # with the second step that they are led to first: tests/trust/test_second_step.py
    assert client.get("/fr/ma-ville/", follow=True).redirect_chain == [("/fr/bureau/", 302)]
    assert send_notices() == 1
    assert mailoutbox[1].to == [inviter.email]
    assert "now belongs to the staff" in mailoutbox[1].body
    client.logout()
    assert client.get(link).status_code == 410


def test_whoever_has_an_account_says_yes_once_and_keeps_their_city(client, mailoutbox):
    city = CityFactory()
    official = acting_for(city)
    invitation = invitations.invite_to_staff(email=official.email, language="en", by=ModeratorFactory())
    client.force_login(official)
    assert client.post(invitation.get_absolute_url()).url == "/en/desk/"
    assert official.is_of_the_staff
    assert official.memberships.get().city == city
    notices = Notice.objects.count()
    assert invitations.accept(invitation, by=official) is None  # a second click
    assert Notice.objects.count() == notices
    official.groups.clear()
    invitations.accept(invitation, by=official)
    assert not official.is_of_the_staff


def test_only_the_staff_invite_to_it(client):
    closed = ModeratorFactory(is_active=False)
    for user in (moderating_only(), acting_for(CityFactory()), UserFactory(is_staff=True), closed):
        with pytest.raises(PermissionDenied):
            invitations.invite_to_staff(email="new@example.org", language="en", by=user)
    invitations.invite_to_staff(email="new@example.org", language="en", by=UserFactory(is_superuser=True))
    with pytest.raises(ValidationError):
        invitations.invite_to_staff(email=ModeratorFactory().email.upper(), language="en", by=ModeratorFactory())
    client.force_login(ModeratorFactory())
    assert "This person already belongs to the staff." in invite(client, ModeratorFactory().email).text


def test_an_invitation_ends_with_a_newer_one_when_it_is_withdrawn_and_when_its_inviter_leaves(client):
    inviter = ModeratorFactory()
    first = invitations.invite_to_staff(email="new@example.org", language="en", by=inviter)
    client.force_login(inviter)
    client.post(f"{PAGE}{first.pk}/again/")
    second = Invitation.objects.open().get()
    assert second != first
    inviter.groups.clear()
    assert client.get(second.get_absolute_url()).status_code == 410
    assert invitations.render_invitation(Invitation.objects.get(pk=second.pk)) == []
    inviter.groups.add(staff.group())
    assert client.get(second.get_absolute_url()).status_code == 200
    assert client.post(f"{PAGE}{second.pk}/withdraw/").url == PAGE
    assert client.get(second.get_absolute_url()).status_code == 410
    assert client.get(f"/en/my-city/invitations/{second.pk}/withdraw/").status_code == 404


def test_an_invitation_to_a_city_cannot_be_withdrawn_from_the_page_of_the_staff(client):
    city = CityFactory()
    invitation = invitations.invite(
        email="new@example.org", city=city, role="editor", language="en", by=acting_for(city)
    )  # fmt: skip
    client.force_login(ModeratorFactory())
    assert client.post(f"{PAGE}{invitation.pk}/withdraw/").status_code == 404

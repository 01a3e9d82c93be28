"""A city takes a progress update or a pledge down: it still reads it, and may ask the staff to show it again."""

import pytest
from django.core.exceptions import ValidationError

from commitments import pledges, restoring
from commitments.models import Pledge, ProgressUpdate, RestoreDecision, RestoreRequest
from commitments.tasks import send_restore_decisions, send_restore_requests
from members.models import Role
from tests.factories import (
    CityFactory,
    ModeratorFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    acting_for,
    staff_for_cities,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def update():
    pledge = PledgeFactory(status="planned")
    acting_for(pledge.city)
    return ProgressUpdateFactory(pledge=pledge, what_changed_en="Jane Witness told us.")


def test_an_update_that_is_taken_down_is_shown_to_its_city_alone(client, update):
    city = update.pledge.city
    official = acting_for(city, Role.EDITOR)
    page = f"/en/cities/{city.slug}/"
    assert "Jane Witness" in client.get(page).text
    client.force_login(official)
    address = f"/en/my-city/updates/{update.pk}/take-down/"
    assert "Give the reason." in client.post(address).text
    response = client.post(address, {"reason": "She is named."}, follow=True)
    assert "Taken down." in response.text
    for shown in ("Jane Witness", "She is named.", "Ask the staff to show it again"):
        assert shown in response.text
    assert "Jane Witness" not in client.get(page).text
    kept = ProgressUpdate.objects.get()
    assert (kept.what_changed_en, kept.taken_down_by) == ("Jane Witness told us.", official)
    assert "She is named." not in client.get(page).text
    assert client.post(f"/en/my-city/updates/{update.pk}/take-down/").status_code == 404


@pytest.mark.parametrize("who", ["viewer", "elsewhere", "moderator"])
def test_nobody_else_takes_it_down(client, update, who):
    people = {
        "viewer": lambda: acting_for(update.pledge.city, Role.VIEWER),
        "elsewhere": lambda: acting_for(CityFactory()),
        "moderator": ModeratorFactory,
    }
    client.force_login(people[who]())
    assert client.post(f"/en/my-city/updates/{update.pk}/take-down/").status_code == 404
    assert ProgressUpdate.objects.standing().exists()


@pytest.fixture
def pledge():
    return PledgeFactory(title_en="Guard the well", city=CityFactory(name_en="Testford"))


@pytest.mark.parametrize(("address", "words"), [
    ("/en/pledges/{}/", "Its city took it down on 4 May 2026."), ("/fr/promesses/{}/", "4 mai 2026"),
])  # fmt: skip
def test_the_address_of_a_pledge_that_was_taken_down_says_when(client, time_machine, address, words):
    time_machine.move_to("2026-05-04T12:00:00Z")
    pledge = PledgeFactory(title_en="Guard the well")
    pledges.take_down(pledge, reason="A witness is named.", by=acting_for(pledge.city))
    response = client.get(address.format(pledge.pk))
    assert response.status_code == 410
    assert words in response.text
    assert "Guard the well" not in response.text
    assert "A witness is named." not in response.text


def test_a_city_takes_its_pledge_down_asks_the_staff_and_the_staff_restore_it(client, pledge, smtp):
    ProgressUpdateFactory(pledge=pledge)
    official, staff = acting_for(pledge.city, Role.EDITOR), staff_for_cities(language="fr")
    client.force_login(official)
    own = f"/en/my-city/pledges/{pledge.pk}/"
    assert "Give the reason." in client.post(own + "take-down/", {"reason": " "}).text
    page = client.post(own + "take-down/", {"reason": "A witness is named."}, follow=True).text
    assert "Reason: A witness is named." in page
    assert client.get(own + "report/").status_code == 404
    asked = client.post(own + "restore/", {"reason": "The name is gone."}, follow=True).text
    assert "The staff were asked on" in asked
    assert "already been asked" in client.post(own + "restore/", {"reason": "Again."}, follow=True).text
    assert send_restore_requests() == 1
    (asked_mail,) = smtp.wait_for(1)
    assert "The name is gone." in asked_mail.get_body(("plain",)).get_content()
    client.force_login(staff)
    desk = client.get("/en/desk/cities/").text
    assert "A witness is named." in desk
    client.post(f"/en/desk/restore/{RestoreRequest.objects.get().pk}/", {"accept": "1"})
    pledge.refresh_from_db()
    assert pledge.is_public
    assert client.get(f"/en/pledges/{pledge.pk}/").status_code == 200


def test_the_staff_may_leave_an_update_taken_down(client, update):
    official, staff = acting_for(update.pledge.city), staff_for_cities()
    pledges.take_down(update, reason="She is named.", by=official)
    asked = restoring.ask(update, reason="It was a mistake.", by=official)
    restoring.decide(asked, accept=False, by=staff, reason="The name is still there.")
    update.refresh_from_db()
    assert update.taken_down_at
    with pytest.raises(ValidationError):
        restoring.decide(asked, accept=True, by=staff)
    client.force_login(official)
    page = client.get(f"/en/my-city/pledges/{update.pledge_id}/").text
    assert "decided to leave it taken down" in page
    assert "Reason: The name is still there." in page


def test_the_focal_points_and_the_asker_are_told_what_was_decided_each_in_their_language(client, update, smtp):
    city = update.pledge.city
    asker = acting_for(city, Role.EDITOR, email="asker@example.org", language="en")
    acting_for(city, email="referent@example.org", language="fr")
    acting_for(city, Role.VIEWER)
    acting_for(CityFactory())
    pledges.take_down(update, reason="She is named.", by=asker)
    asked = restoring.ask(update, reason="It was a mistake.", by=asker)
    client.force_login(staff_for_cities())
    # To leave it down takes a reason, for the city reads it.
    refused = client.post(f"/en/desk/restore/{asked.pk}/", {"refuse": "1"}, follow=True)
    assert "Say why it stays taken down" in refused.text
    assert not RestoreDecision.objects.exists()
    client.post(f"/en/desk/restore/{asked.pk}/", {"refuse": "1", "reason": "Her <name> is still there."})
    assert (send_restore_decisions(), send_restore_decisions()) == (3, 0)
    mails = {mail["To"]: mail for mail in smtp.wait_for(3)}
    focal_point = city.memberships.get(role=Role.FOCAL_POINT, user__language="en").user
    assert set(mails) == {"asker@example.org", "referent@example.org", focal_point.email}
    english = mails["asker@example.org"].get_body(("plain",)).get_content()
    assert "Her <name> is still there." in english
    assert f"/en/my-city/pledges/{update.pledge_id}/" in english
    assert mails["referent@example.org"]["Content-Language"] == "fr"
    assert "pas remis en ligne" in mails["referent@example.org"]["Subject"]


@pytest.mark.parametrize("of", ["pledge", "update"])
def test_who_asked_hears_that_it_is_shown_again(update, smtp, of):
    row = update if of == "update" else update.pledge
    official = acting_for(update.pledge.city, Role.EDITOR)
    pledges.take_down(row, reason="She is named.", by=official)
    restoring.decide(restoring.ask(row, reason="It was a mistake.", by=official), accept=True, by=staff_for_cities())
    assert send_restore_decisions() == 2
    assert all("shown again" in mail["Subject"] for mail in smtp.wait_for(2))


def test_only_what_is_public_is_taken_down_and_only_what_is_down_is_asked_for(pledge):
    official = acting_for(pledge.city)
    with pytest.raises(ValidationError):
        restoring.ask(pledge, reason="Why not?", by=official)
    with pytest.raises(ValidationError):
        pledges.take_down(PledgeFactory(published_at=None), reason="A draft.", by=official)


def test_only_staff_restore(client, pledge):
    official = acting_for(pledge.city)
    pledges.take_down(pledge, reason="A witness is named.", by=official)
    asked = restoring.ask(pledge, reason="The name is gone.", by=official)
    client.force_login(official)
    assert client.post(f"/en/desk/restore/{asked.pk}/", {"accept": "1"}).status_code == 404
    assert not Pledge.objects.public().exists()

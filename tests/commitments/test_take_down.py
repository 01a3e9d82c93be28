"""A city takes a progress update down: it is kept, and shown to nobody."""

import pytest

from commitments.models import ProgressUpdate
from members.models import Role
from tests.factories import CityFactory, ModeratorFactory, PledgeFactory, ProgressUpdateFactory, acting_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def update():
    pledge = PledgeFactory(status="planned")
    acting_for(pledge.city)
    return ProgressUpdateFactory(pledge=pledge, what_changed_en="Jane Witness told us.")


def test_what_is_taken_down_is_kept_and_shown_to_nobody(client, update):
    city = update.pledge.city
    official = acting_for(city, Role.EDITOR)
    page = f"/en/cities/{city.slug}/"
    assert "Jane Witness" in client.get(page).text
    client.force_login(official)
    response = client.post(f"/en/my-city/updates/{update.pk}/take-down/", follow=True)
    assert "Taken down." in response.text
    assert "Jane Witness" not in response.text
    assert "Jane Witness" not in client.get(page).text
    kept = ProgressUpdate.objects.get()
    assert (kept.what_changed_en, kept.taken_down_by) == ("Jane Witness told us.", official)
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

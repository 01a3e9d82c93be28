"""A pledge begins as a draft that its city sees; published, everybody reads it; a draft can be deleted."""

import pytest

from commitments.models import Milestone, Pledge
from members.models import Role
from tests.factories import CityFactory, CommitmentFactory, MilestoneFactory, PledgeFactory, acting_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    return CityFactory(name_en="Testford")


@pytest.fixture
def official(client, city):
    """An editor of `city`, logged in."""
    user = acting_for(city, Role.EDITOR)
    client.force_login(user)
    return user


def test_publishing_shows_first_what_the_public_will_read(client, city, official):
    draft = PledgeFactory(city=city, published_at=None, title_en="Open the well", description_en="For *all*.")
    MilestoneFactory(pledge=draft, title_en="Dig a hole", due_on="2030-01-01")
    address = f"/en/my-city/pledges/{draft.pk}/publish/"
    asked = client.get(address).text
    assert Pledge.objects.get().is_draft
    assert client.post(address).url == f"/en/my-city/pledges/{draft.pk}/"
    public = client.get(f"/en/pledges/{draft.pk}/").text
    article = public[public.index("<article>") : public.index("</article>")]
    assert "Dig a hole" in article
    assert article.split() == asked[asked.index("<article>") : asked.index("</article>")].split()
    assert client.post(address).url == f"/en/my-city/pledges/{draft.pk}/"  # a second click says the same
    assert client.get(address).status_code == 404


def test_a_draft_is_seen_by_its_city_alone(client, city, official):
    draft = PledgeFactory(city=city, published_at=None, title_en="Open the well")
    assert "Open the well" in client.get("/en/my-city/").text
    assert "Only your city sees this pledge." in client.get(f"/en/my-city/pledges/{draft.pk}/").text
    assert client.get(f"/en/pledges/{draft.pk}/").status_code == 404
    assert client.get(f"/en/my-city/pledges/{draft.pk}/report/").status_code == 404
    client.force_login(acting_for(city, Role.VIEWER))
    assert "Open the well" in client.get("/en/my-city/").text
    client.force_login(acting_for(CityFactory()))
    for verb in ("", "publish/", "delete/"):
        assert client.get(f"/en/my-city/pledges/{draft.pk}/{verb}").status_code == 404


def test_a_draft_is_deleted_with_its_milestones_and_a_published_pledge_is_not(client, city, official):
    draft, published = PledgeFactory(city=city, published_at=None), PledgeFactory(city=city)
    MilestoneFactory(pledge=draft)
    address = f"/en/my-city/pledges/{draft.pk}/delete/"
    assert "Delete this draft?" in client.get(address).text
    assert client.post(address).url == f"/en/my-city/{city.slug}/"
    assert client.post(f"/en/my-city/pledges/{published.pk}/delete/").status_code == 404
    assert [pledge.pk for pledge in Pledge.objects.all()] == [published.pk]


def test_a_milestone_is_deleted_once_that_is_confirmed(client, city, official):
    milestone = MilestoneFactory(pledge__city=city)
    address = f"/en/my-city/milestones/{milestone.pk}/delete/"
    assert "Delete this milestone?" in client.get(address).text
    assert Milestone.objects.exists()
    client.post(address)
    assert not Milestone.objects.exists()


def test_one_button_ticks_a_milestone_off_and_a_second_press_changes_nothing(client, city, official, time_machine):
    milestone = MilestoneFactory(pledge__city=city, title_en="Dig")
    page = f"/en/my-city/pledges/{milestone.pledge_id}/"
    assert f'action="/en/my-city/milestones/{milestone.pk}/reached/"' in client.get(page).text
    for day in ("2026-05-04", "2026-05-06"):
        time_machine.move_to(f"{day}T08:00:00Z")
        assert client.post(f"/en/my-city/milestones/{milestone.pk}/reached/").url == page
    assert "done on 4 May 2026" in client.get(page).text


def test_a_milestone_cannot_be_reached_tomorrow(client, city, official, time_machine):
    time_machine.move_to("2026-05-04T11:00:00Z", tick=False)  # already the 5th in Kiribati
    milestone = MilestoneFactory(pledge__city=city)
    address = f"/en/my-city/milestones/{milestone.pk}/"
    refused = client.post(address, {"title_en": "Dig", "done_on": "2026-05-06"})
    assert "still to come" in refused.context["form"].errors["done_on"][0]
    assert client.post(address, {"title_en": "Dig", "done_on": "2026-05-05"}).status_code == 302


def test_the_form_shows_the_wording_of_the_commitments(client, city, official):
    CommitmentFactory(number=4, wording_en="We will share what works.")
    assert "We will share what works." in client.get(f"/en/my-city/{city.slug}/pledges/new/").text

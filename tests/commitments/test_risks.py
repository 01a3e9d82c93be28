"""Before a pledge or an update is public, what could put somebody at risk is taken out or explained to the staff."""

import re

import pytest

from commitments.models import Milestone, Pledge, ProgressUpdate
from members.models import RiskAnswer
from tests.factories import CityFactory, MilestoneFactory, PledgeFactory, acting_for
from tests.forms import fields_of

pytestmark = pytest.mark.django_db

ADDRESS, WHY = "jo@city.example", "It is the public address of the office."


@pytest.fixture
def city(client):
    city = CityFactory()
    client.force_login(acting_for(city))
    return city


def asked(page) -> str:
    """The name of the field that asks about ADDRESS."""
    assert ADDRESS in page.text
    (name,) = set(re.findall(r'name="(answer-\w+)"', page.text))
    return name


def test_a_draft_with_an_address_is_published_once_somebody_says_why(client, city):
    draft = PledgeFactory(city=city, published_at=None, description_en=f"Write to {ADDRESS}.")
    address = f"/en/my-city/pledges/{draft.pk}/publish/"
    name = asked(client.get(address))
    refused = client.post(address, {name: " "})
    assert "Take it out, or say why it can be public." in refused.text
    assert Pledge.objects.get().is_draft
    assert client.post(address, {name: WHY}).status_code == 302
    assert Pledge.objects.get().is_public
    kept = RiskAnswer.objects.get()
    assert (kept.city, kept.about, kept.found, kept.answer) == (city, f"pledge:{draft.pk}", ADDRESS, WHY)
    assert WHY not in client.get(f"/en/pledges/{draft.pk}/").text
    assert WHY not in client.get(f"/en/my-city/pledges/{draft.pk}/").text


@pytest.mark.parametrize("is_public", [True, False])
def test_a_change_is_asked_about_where_it_is_public_at_once(client, city, is_public):
    pledge = PledgeFactory(city=city, **({} if is_public else {"published_at": None}))
    address = f"/en/my-city/pledges/{pledge.pk}/edit/"
    typed = fields_of(client.get(address)) | {"description_en": f"Write to {ADDRESS}."}
    answer = client.post(address, typed)
    assert answer.status_code == (200 if is_public else 302)
    if is_public:
        assert client.post(address, fields_of(answer) | {asked(answer): WHY}).status_code == 302
    pledge.refresh_from_db()
    assert ADDRESS in pledge.description_en
    assert RiskAnswer.objects.count() == is_public


def test_an_update_is_asked_about(client, city):
    pledge = PledgeFactory(city=city)
    address = f"/en/my-city/pledges/{pledge.pk}/report/"
    typed = fields_of(client.get(address)) | {"what_changed_en": f"Ask {ADDRESS}."}
    answer = client.post(address, typed)
    assert not ProgressUpdate.objects.exists()
    assert "Is this what you want?" in answer.text
    # Sent without an answer, it is a fault.
    assert "There is a problem" in client.post(address, fields_of(answer) | {asked(answer): " "}).text
    assert client.post(address, fields_of(answer) | {asked(answer): WHY}).status_code == 302
    assert RiskAnswer.objects.get().about == f"update:{ProgressUpdate.objects.get().pk}"


def sent_twice(client, address: str, **typed) -> str:
    """Send the form with ADDRESS in it, then again with the reason; what the answer kept says it is about."""
    filled = fields_of(client.get(address)) | typed
    answer = client.post(address, filled)
    assert answer.status_code == 200
    assert not RiskAnswer.objects.exists()
    assert client.post(address, fields_of(answer) | {asked(answer): WHY}).status_code == 302
    kept = RiskAnswer.objects.get()
    assert (kept.found, kept.answer) == (ADDRESS, WHY)
    return kept.about


def test_a_new_milestone_of_a_public_pledge_is_asked_about(client, city):
    pledge = PledgeFactory(city=city)
    about = sent_twice(client, f"/en/my-city/pledges/{pledge.pk}/milestones/new/", title_en=f"Ask {ADDRESS}")
    assert about == f"milestone:{Milestone.objects.get().pk}"


@pytest.mark.parametrize("field", ["title_fr", "extension_reason"])
def test_a_changed_milestone_is_asked_about(client, city, field):
    step = MilestoneFactory(pledge__city=city, due_on="2027-01-01")
    typed = {"due_on": "2028", "extension_reason": "A delay."} | {field: f"Ask {ADDRESS}"}
    assert sent_twice(client, f"/en/my-city/milestones/{step.pk}/", **typed) == f"milestone:{step.pk}"


def test_the_milestone_of_a_draft_is_asked_about_when_the_draft_is_published(client, city):
    draft = PledgeFactory(city=city, published_at=None)
    answer = client.post(f"/en/my-city/pledges/{draft.pk}/milestones/new/", {"title_en": f"Ask {ADDRESS}"})
    assert answer.status_code == 302
    assert asked(client.get(f"/en/my-city/pledges/{draft.pk}/publish/"))


@pytest.mark.parametrize("field", ["result_en", "lessons_fr"])
def test_what_came_of_a_pledge_is_asked_about(client, city, field):
    pledge = PledgeFactory(city=city, status="done")
    typed = {"degree_of_change": "full", "result_en": "It works."} | {field: f"Ask {ADDRESS}"}
    assert sent_twice(client, f"/en/my-city/pledges/{pledge.pk}/result/", **typed) == f"pledge:{pledge.pk}"


def test_what_came_of_a_draft_is_asked_about_when_it_is_published(client, city):
    draft = PledgeFactory(city=city, published_at=None, status="done", degree_of_change="full", result_en=ADDRESS)
    assert asked(client.get(f"/en/my-city/pledges/{draft.pk}/publish/"))


def test_the_reason_for_a_new_due_date_is_asked_about(client, city):
    pledge = PledgeFactory(city=city, due_on="2027-01-01")
    typed = {"due_on": "2028", "extension_reason": f"Ask {ADDRESS}."}
    assert sent_twice(client, f"/en/my-city/pledges/{pledge.pk}/edit/", **typed) == f"pledge:{pledge.pk}"

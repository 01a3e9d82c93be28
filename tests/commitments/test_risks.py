"""Before a pledge or an update is public, what could put somebody at risk is taken out or explained to the staff."""

import re

import pytest

from commitments.models import Pledge, ProgressUpdate
from members.models import RiskAnswer
from tests.factories import CityFactory, PledgeFactory, acting_for
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
    assert client.post(address, fields_of(answer) | {asked(answer): WHY}).status_code == 302
    assert RiskAnswer.objects.get().about == f"update:{ProgressUpdate.objects.get().pk}"

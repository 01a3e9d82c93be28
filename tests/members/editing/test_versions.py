"""Whoever saves a form that somebody else has saved meanwhile sees both texts, field by field, and nothing is lost."""

import datetime as dt

import pytest

from commitments.models import Pledge
from practices.models import Revision
from tests.factories import CommitmentFactory, MilestoneFactory, PledgeFactory, RevisionFactory, acting_for, moved
from tests.forms import fields_of, press

pytestmark = pytest.mark.django_db


@pytest.fixture
def colleagues(client):
    """Two officials who work on the same things of one city: the first is logged in."""
    pledge = PledgeFactory(title_en="First", description_en="Before.", due_on=dt.date(2027, 1, 1))
    client.force_login(acting_for(pledge.city, name="Anna"))
    return pledge, acting_for(pledge.city, name="Ben")


def test_the_database_counts_every_update_whoever_makes_it():
    pledge = PledgeFactory()
    Pledge.objects.filter(pk=pledge.pk).update(title_en="By the shell")
    Pledge.objects.filter(pk=pledge.pk).update(version=1)
    pledge.refresh_from_db()
    assert pledge.version == 3


def test_both_texts_are_shown_and_only_those_that_differ(client, colleagues):
    pledge, _ben = colleagues
    address = f"/en/my-city/pledges/{pledge.pk}/edit/"
    mine = fields_of(client.get(address)) | {"title_en": "Mine", "lead_department": "Youth office"}
    Pledge.objects.filter(pk=pledge.pk).update(title_en="Theirs", due_on=dt.date(2028, 1, 1))
    page = client.post(address, mine)
    assert page.status_code == 200
    found = {each.field.name: (each.theirs, each.yours, each.take) for each in page.context["editing"].differences}
    assert found == {
        "title_en": ("Theirs", "Mine", ""),
        "due_on": ("2028-01-01", "2027-01-01", "theirs"),
        "lead_department": ("", "Youth office", "yours"),
    }
    pledge.refresh_from_db()
    assert (pledge.title_en, pledge.lead_department) == ("Theirs", "")


@pytest.mark.parametrize(
    ("choice", "typed", "title"),
    [
        ("theirs", "Mine", "Theirs"),
        ("yours", "Mine", "Mine"),
        ("yours", "Edited", "Edited"),
        (None, "Edited", "Edited"),
    ],
)
def test_the_chosen_text_is_saved(client, colleagues, choice, typed, title):
    pledge, _ben = colleagues
    address = f"/en/my-city/pledges/{pledge.pk}/edit/"
    mine = fields_of(client.get(address)) | {"title_en": "Mine"}
    moved(Pledge.objects.filter(pk=pledge.pk), title_en="Theirs", description_en="Also theirs.", status="under_way")
    page = fields_of(client.post(address, mine)) | {"title_en": typed}
    answer = client.post(address, page | ({"take-title_en": choice} if choice else {}))
    assert answer.status_code == 302
    pledge.refresh_from_db()
    assert (pledge.title_en, pledge.description_en, pledge.status) == (title, "Also theirs.", "under_way")


@pytest.mark.parametrize("choice", [{}, {"take-title_en": "theirs", "title_en": "Edited as well"}])
def test_without_a_clear_choice_nothing_is_saved(client, colleagues, choice):
    pledge, _ben = colleagues
    address = f"/en/my-city/pledges/{pledge.pk}/edit/"
    mine = fields_of(client.get(address)) | {"title_en": "Mine"}
    Pledge.objects.filter(pk=pledge.pk).update(title_en="Theirs")
    page = client.post(address, fields_of(client.post(address, mine)) | choice)
    assert "Choose one of the two texts." in page.text
    pledge.refresh_from_db()
    assert pledge.title_en == "Theirs"
    assert client.post(address, fields_of(page) | {"take-title_en": "yours"}).status_code == 302
    pledge.refresh_from_db()
    assert pledge.title_en == choice.get("title_en", "Mine")


def test_a_third_who_saves_meanwhile_is_compared_too(client, colleagues):
    pledge, _ben = colleagues
    address = f"/en/my-city/pledges/{pledge.pk}/edit/"
    mine = fields_of(client.get(address)) | {"title_en": "Mine"}
    Pledge.objects.filter(pk=pledge.pk).update(title_en="Theirs")
    page = fields_of(client.post(address, mine)) | {"take-title_en": "yours"}
    Pledge.objects.filter(pk=pledge.pk).update(title_en="A third")
    assert client.post(address, page).context["editing"].differences[0].theirs == "A third"
    pledge.refresh_from_db()
    assert pledge.title_en == "A third"


def test_a_change_of_what_the_form_does_not_hold_asks_nothing_and_stays(client, colleagues):
    pledge, _ben = colleagues
    address = f"/en/my-city/pledges/{pledge.pk}/edit/"
    mine = fields_of(client.get(address)) | {"title_en": "Mine"}
    moved(Pledge.objects.filter(pk=pledge.pk), status="under_way")
    assert client.post(address, mine).status_code == 302
    pledge.refresh_from_db()
    assert (pledge.title_en, pledge.status) == ("Mine", "under_way")


def test_what_a_practice_contributes_to_is_compared_too(client):
    first, second, third = (CommitmentFactory(number=number) for number in (1, 2, 3))
    revision = RevisionFactory(commitments=[first], themes=["hate"])
    client.force_login(acting_for(revision.practice.city))
    address = f"/en/my-city/practices/{revision.practice_id}/edit/audience/"
    mine = fields_of(client.get(address)) | {"commitments": [first.pk, second.pk]}
    theirs = fields_of(client.get(address)) | {"commitments": [third.pk], "themes": ["hate", "youth"]}
    assert client.post(address, theirs).status_code == 302
    page = client.post(address, mine)
    found = {each.field.name: (each.theirs, each.yours, each.take) for each in page.context["editing"].differences}
    assert found == {
        "commitments": ("3. Short 3", "1. Short 1, 2. Short 2", ""),
        "themes": (
            "Hate crime and discrimination, Work with young people", "Hate crime and discrimination", "theirs",
        ),
    }  # fmt: skip
    assert client.post(address, fields_of(page) | {"take-commitments": "theirs"}).status_code == 302
    assert (list(revision.commitments.all()), Revision.objects.get().themes) == ([third], ["hate", "youth"])


def test_a_milestone_is_compared(client, colleagues):
    milestone = MilestoneFactory(pledge=colleagues[0], title_en="First", due_on=dt.date(2027, 1, 1))
    address = f"/en/my-city/milestones/{milestone.pk}/"
    mine = fields_of(client.get(address)) | {"title_en": "Mine"}
    theirs = fields_of(client.get(address)) | {"title_en": "Theirs"}
    client.post(address, theirs)
    assert [each.theirs for each in client.post(address, mine).context["editing"].differences] == ["Theirs"]


def test_a_form_whose_signature_is_not_ours_is_compared_whole(client, colleagues):
    pledge, _ben = colleagues
    address = f"/en/my-city/pledges/{pledge.pk}/edit/"
    mine = fields_of(client.get(address)) | {"title_en": "Mine", "opened": "forged"}
    assert [each.take for each in client.post(address, mine).context["editing"].differences] == [""]


def test_words_kept_before_somebody_else_saved_are_compared_when_they_are_saved(client, colleagues):
    pledge, _ben = colleagues
    address = f"/en/my-city/pledges/{pledge.pk}/edit/"
    client.post("/en/editing/keep/", fields_of(client.get(address)) | {"title_en": "Mine"})
    Pledge.objects.filter(pk=pledge.pk).update(title_en="Theirs")
    page = client.get(address)
    assert "Somebody has changed the text since" in page.text
    assert [each.theirs for each in press(client, page).context["editing"].differences] == ["Theirs"]
    # Left there and opened again, it is still a text of before.
    assert [each.theirs for each in press(client, client.get(address)).context["editing"].differences] == ["Theirs"]

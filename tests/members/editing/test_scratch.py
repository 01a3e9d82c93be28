"""What is typed is kept on the server, outside history, until it is saved or discarded; nobody else reads it."""

import json

import pytest

from commitments.models import Pledge
from members.models import MAX_SCRATCH_CHARACTERS, Role, Scratch
from practices.models import Revision
from tests.factories import CityFactory, CommitmentFactory, ModeratorFactory, PledgeFactory, RevisionFactory, acting_for
from tests.forms import fields_of, press

pytestmark = pytest.mark.django_db

LONG = "« É » ✓ " * 3_000 + "end"


@pytest.fixture
def draft(client):
    """A draft, with the focal point of its city logged in."""
    revision = RevisionFactory(practice__city__time_zone="America/Toronto", lead_en="The mayor")
    client.force_login(acting_for(revision.practice.city, name="Anna", time_zone="America/Toronto"))
    return revision


def edit(draft) -> str:
    return f"/en/my-city/practices/{draft.practice_id}/edit/story/"


def test_words_are_kept_while_they_are_typed_and_are_there_in_both_languages(client, draft, time_machine):
    time_machine.move_to("2026-11-25T15:42:00Z", tick=False)
    before = Revision.pgh_event_model.objects.count()
    typed = fields_of(client.get(edit(draft))) | {
        "challenge_en": LONG, "lead_en": "x" * 400, "started_on": "janvier 2016", "scope": "city",
    }  # fmt: skip
    assert client.post("/en/editing/keep/", typed).json() == {"time": "10:42", "others": []}
    assert Revision.pgh_event_model.objects.count() == before
    for address in (edit(draft), f"/fr/ma-ville/pratiques/{draft.practice_id}/modifier/story/"):
        shown = fields_of(client.get(address))
        assert {name: shown.get(name, []) for name in typed if name not in ("csrfmiddlewaretoken", "opened")} == {
            name: value for name, value in typed.items() if name not in ("csrfmiddlewaretoken", "opened")
        }
    assert "until 25 November 2026, 10:42" in client.get(edit(draft)).text


def test_saving_empties_the_scratch_copy_and_what_arrives_late_does_not_bring_it_back(client, draft):
    typed = fields_of(client.get(edit(draft))) | {"lead_en": "Kept"}
    client.post("/en/editing/keep/", typed)
    assert client.post(edit(draft), typed).status_code == 302
    assert client.post("/en/editing/keep/", typed | {"lead_en": "Late"}).status_code == 409
    assert not Scratch.objects.exists()


def test_what_cannot_be_saved_is_kept_at_once_and_counted(client, draft):
    typed = fields_of(client.get(edit(draft))) | {
        "challenge_en": "x" * 24_310, "lead_en": "y" * 301, "started_on": "janvier 2016",
    }  # fmt: skip
    page = client.post(edit(draft), typed)
    assert "maxlength" not in page.text
    assert page.context["form"].errors == {
        "challenge_en": ["24,310 characters; at most 20,000."],
        "lead_en": ["301 characters; at most 300."],
        "started_on": [
            "“janvier 2016” is not a date: enter a year, a year and month, or a full date, such as 2018-07."
        ],
    }
    assert fields_of(client.get(edit(draft)))["challenge_en"] == "x" * 24_310


def test_an_untouched_form_leaves_no_copy_and_one_written_back_removes_it(client, draft):
    form = fields_of(client.get(edit(draft)))
    client.post("/en/editing/keep/", form | {"lead_en": "Changed"})
    assert Scratch.objects.count() == 1
    client.post("/en/editing/keep/", form)
    assert not Scratch.objects.exists()


@pytest.mark.parametrize(("button", "told"), [("cancel_to", True), ("leave_to", False)])
def test_cancel_and_the_other_language_keep_the_words(client, draft, button, told):
    form = fields_of(client.get(edit(draft))) | {"lead_en": "Half a title"}
    page = client.post("/en/editing/leave/", form | {button: "/fr/ma-ville/"})
    assert (page.status_code, page.url) == (302, "/fr/ma-ville/")
    assert fields_of(client.get(edit(draft)))["lead_en"] == "Half a title"
    messages = [str(each) for each in client.get(edit(draft)).context["messages"]]
    assert bool(messages) in (told, False)


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_a_form_is_left_for_this_site_only(client, draft, address):
    form = fields_of(client.get(edit(draft)))
    assert client.post("/en/editing/leave/", form | {"leave_to": address}).status_code == 404


def test_kept_words_are_discarded_after_a_question(client, draft):
    client.post("/en/editing/keep/", fields_of(client.get(edit(draft))) | {"lead_en": "Half a title"})
    link = client.get(edit(draft)).text.split('href="/en/editing/discard/')[1].split('"')[0].replace("&amp;", "&")
    question = client.get(f"/en/editing/discard/{link}")
    assert Scratch.objects.exists()
    assert press(client, question).url == edit(draft)
    assert not Scratch.objects.exists()
    assert fields_of(client.get(edit(draft)))["lead_en"] == "The mayor"


def test_too_much_is_refused_in_words(client, draft):
    form = fields_of(client.get(edit(draft))) | {"lead_en": "x" * MAX_SCRATCH_CHARACTERS}
    response = client.post("/en/editing/keep/", form)
    assert response.status_code == 413
    assert "at most 1,000,000" in response.json()["problem"]


def test_nobody_reads_or_writes_the_words_of_another(client, draft):
    typed = fields_of(client.get(edit(draft))) | {"lead_en": "A secret"}
    client.post("/en/editing/keep/", typed)
    client.force_login(acting_for(draft.practice.city, Role.EDITOR))
    assert "A secret" not in client.get(edit(draft)).text
    assert client.post("/en/editing/keep/", typed).status_code == 401
    assert client.post("/en/editing/leave/", typed | {"leave_to": "/en/"}).status_code == 404
    client.logout()
    assert client.post("/en/editing/keep/", typed).status_code == 401
    assert Scratch.objects.count() == 1


# --- Sent once -------------------------------------------------------------------------------------------------------


def test_the_same_form_sent_twice_is_saved_once_and_other_words_again(client):
    city = CityFactory()
    client.force_login(acting_for(city))
    new = f"/en/my-city/{city.slug}/pledges/new/"
    form = fields_of(client.get(new)) | {"title_en": "Once", "commitment": CommitmentFactory().pk, "status": "planned"}
    first, second = client.post(new, form), client.post(new, form)
    assert (first.url, Pledge.objects.count()) == (second.url, 1)
    assert client.post(new, form | {"title_en": "Another"}).url != first.url
    assert Pledge.objects.count() == 2


@pytest.mark.parametrize("what", ["report", "milestones/new"])
def test_an_update_and_a_milestone_are_saved_once(client, what):
    pledge = PledgeFactory()
    client.force_login(acting_for(pledge.city))
    address = f"/en/my-city/pledges/{pledge.pk}/{what}/"
    form = fields_of(client.get(address)) | {
        "what_changed_en": "It moved.", "title_en": "A step", "due_on": "2027-01-01", "status": "under_way",
    }  # fmt: skip
    assert [client.post(address, form).status_code for _time in range(2)] == [302, 302]
    assert pledge.updates.count() + pledge.milestones.count() == 1


def test_a_decision_is_made_once(client):
    revision = RevisionFactory(status="submitted")
    client.force_login(ModeratorFactory())
    desk = f"/en/desk/{revision.pk}/decide/send_back/"
    form = fields_of(client.get(desk)) | {"reason": "Too short."}
    assert [client.post(desk, form).status_code, revision.transitions.count()] == [302, 1]
    client.post(desk, form)
    assert revision.transitions.count() == 1


# --- Presence --------------------------------------------------------------------------------------------------------


def test_colleagues_see_each_other_until_one_has_been_away(client, draft, time_machine):
    time_machine.move_to("2026-11-25T15:40:00Z", tick=False)
    form = fields_of(client.get(edit(draft)))
    time_machine.move_to("2026-11-25T15:45:00Z", tick=False)
    anna, ben = draft.practice.city.memberships.get(user__name="Anna").user, acting_for(draft.practice.city)
    client.post("/en/editing/keep/", form | {"lead_en": "More"})
    client.force_login(ben)
    assert "Anna has been writing here since 15:40." in client.get(edit(draft)).text
    time_machine.move_to("2026-11-25T15:56:00Z", tick=False)
    assert "Anna" not in client.get(edit(draft)).text
    client.force_login(anna)
    assert client.get(edit(draft)).context["editing"].others != []


def test_moderators_read_each_others_names(client):
    revision = RevisionFactory(status="submitted")
    client.force_login(ModeratorFactory(name="Carla"))
    client.get(f"/en/desk/{revision.pk}/decide/send_back/")
    client.force_login(ModeratorFactory())
    assert "Carla has been writing here since" in client.get(f"/en/desk/{revision.pk}/decide/send_back/").text


def test_a_city_reads_no_name_of_the_staff(client):
    city = CityFactory()
    staff = ModeratorFactory(name="Carla", is_superuser=True)
    client.force_login(staff)
    client.get(f"/en/my-city/{city.slug}/people/")
    client.force_login(acting_for(city))
    page = client.get(f"/en/my-city/{city.slug}/people/").text
    assert "Carla" not in page
    assert "A member of the network’s staff has been writing here" in page


def test_a_signed_field_holds_no_words(client, draft):
    from django.core import signing

    held = signing.loads(fields_of(client.get(edit(draft)))["opened"], salt="members.editing")
    assert draft.lead_en not in json.dumps(held)

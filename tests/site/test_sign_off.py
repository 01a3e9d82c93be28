"""A city's own sign-off: who may do what, whether it is on or off, and what waits for a focal point."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from commitments import pledges
from commitments.models import Milestone, Pledge, ProgressUpdate
from members import proposals
from members.models import City, Proposal, Role
from members.permissions import may_release
from practices import moderation
from practices.models import Revision
from scn_portal.site.todo.tasks_of import tasks_of
from tests.factories import (
    CityFactory,
    MilestoneFactory,
    PledgeFactory,
    RevisionFactory,
    acting_for,
    harmless,
    staff_for_cities,
)

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 5, 3)
DONE, REFUSED = "done", "refused"
# Written by hand. The city has asked for its sign-off, or has not; the doors are the functions, whatever the page.
#                        off: focal  editor   on: focal  editor
TABLE = {
    "publish":               (DONE,  DONE,        DONE,  REFUSED),
    "report":                (DONE,  DONE,        DONE,  REFUSED),
    "tick":                  (DONE,  DONE,        DONE,  REFUSED),
    "tick of a draft":       (DONE,  DONE,        DONE,  DONE),
    "delete a milestone":    (DONE,  DONE,        DONE,  REFUSED),
    "change":                (DONE,  DONE,        DONE,  REFUSED),
    "change a draft":        (DONE,  DONE,        DONE,  DONE),
    "change what is down":   (DONE,  DONE,        DONE,  REFUSED),
    "take down":             (DONE,  DONE,        DONE,  DONE),
    "submit":                (DONE,  DONE,        DONE,  REFUSED),
    "withdraw":              (DONE,  DONE,        DONE,  DONE),
}  # fmt: skip
WHO = (("off", Role.FOCAL_POINT), ("off", Role.EDITOR), ("on", Role.FOCAL_POINT), ("on", Role.EDITOR))


def draft(city) -> Pledge:
    return PledgeFactory(city=city, published_at=None)


def taken_down(city, by) -> Pledge:
    return pledges.take_down(PledgeFactory(city=city), reason="A name.", by=by)


def update() -> ProgressUpdate:
    return ProgressUpdate(status="under_way", reported_on=TODAY, what_changed_en="Begun.", source_language="en")


DOORS = {
    "publish": lambda city, by: pledges.publish(draft(city), by=by),
    "report": lambda city, by: pledges.report(PledgeFactory(city=city), update(), by=by),
    "tick": lambda city, by: pledges.reach(MilestoneFactory(pledge__city=city), on=TODAY, by=by),
    "tick of a draft": lambda city, by: pledges.reach(MilestoneFactory(pledge=draft(city)), on=TODAY, by=by),
    "delete a milestone": lambda city, by: pledges.delete_milestone(MilestoneFactory(pledge__city=city), by=by),
    "change": lambda city, by: pledges.require_release(PledgeFactory(city=city), by=by),
    "change a draft": lambda city, by: pledges.require_release(draft(city), by=by),
    "change what is down": lambda city, by: pledges.require_release(taken_down(city, by), by=by),
    "take down": lambda city, by: pledges.take_down(PledgeFactory(city=city), reason="A name.", by=by),
    "submit": lambda city, by: moderation.submit(revision=RevisionFactory(practice__city=city), by=by, harm=harmless()),
    "withdraw": lambda city, by: moderation.withdraw(
        revision=RevisionFactory(practice__city=city, status="submitted"), by=by
    ),
}


def test_the_table_names_every_door():
    assert TABLE.keys() == DOORS.keys()


@pytest.mark.parametrize("door", DOORS)
def test_each_door_opens_as_the_table_says(door):
    for (sign_off, role), expected in zip(WHO, TABLE[door], strict=True):
        city = CityFactory(needs_sign_off=sign_off == "on")
        by = acting_for(city, role)
        try:
            with transaction.atomic():
                DOORS[door](city, by)
            found = DONE
        except (ValidationError, PermissionDenied):
            found = REFUSED
        assert (sign_off, role, found) == (sign_off, role, expected)


def test_who_may_release():
    for sign_off in (False, True):
        city = CityFactory(needs_sign_off=sign_off)
        closed = acting_for(city, is_active=False)
        people = [
            acting_for(city),
            acting_for(city, Role.EDITOR),
            acting_for(city, Role.VIEWER),
            acting_for(CityFactory()),
        ]
        found = [may_release.test(person, city) for person in [*people, closed, staff_for_cities()]]
        assert found == [True, not sign_off, False, False, False, False]


# --- Turning it on and off -------------------------------------------------------------------------------------------


@pytest.fixture
def city():
    return CityFactory(name_en="Testford", slug="testford", needs_sign_off=True)


@pytest.fixture
def ada(city):
    """Its focal point."""
    return acting_for(city, name="Ada")


@pytest.fixture
def ed(city):
    """Its editor."""
    return acting_for(city, Role.EDITOR, name="Ed")


def test_it_is_off_until_a_focal_point_turns_it_on(client):
    city = CityFactory()
    client.force_login(acting_for(city))
    assert not City.objects.get(pk=city.pk).needs_sign_off
    page = reverse("my_city_people", args=[city.slug])
    assert "Ask for the sign-off" in client.get(page).text
    answer = client.post(reverse("sign_off", args=[city.slug]), {"on": "1"}, follow=True)
    assert "editors propose, and a focal point publishes and submits" in answer.text
    assert City.objects.get(pk=city.pk).needs_sign_off
    assert City.pgh_event_model.objects.filter(pgh_obj=city).latest("pgh_id").needs_sign_off
    client.post(reverse("sign_off", args=[city.slug]), {"off": "1"})
    assert not City.objects.get(pk=city.pk).needs_sign_off


def test_nobody_else_turns_it_on(client):
    city = CityFactory()
    acting_for(city)
    for person in (acting_for(city, Role.EDITOR), acting_for(city, Role.VIEWER), staff_for_cities()):
        client.force_login(person)
        assert client.post(reverse("sign_off", args=[city.slug]), {"on": "1"}).status_code == 404
        with pytest.raises(PermissionDenied):
            proposals.turn(city, on=True, by=person)
    assert "Ask for the sign-off" not in client.get(reverse("my_city_people", args=[city.slug])).text
    assert not City.objects.get(pk=city.pk).needs_sign_off


# --- What waits for a focal point ------------------------------------------------------------------------------------


def proposed(user) -> list[tuple[str, str]]:
    return [(task.label, task.path) for task in tasks_of(user) if task.kind == "proposed"]


def test_an_editor_proposes_a_pledge_and_a_focal_point_publishes_it(client, city, ada, ed):
    pledge = draft(city)
    workspace = reverse("pledge_workspace", args=[pledge.pk])
    client.force_login(ed)
    assert "Read and publish" not in client.get(workspace).text
    publish = reverse("pledge_publish", args=[pledge.pk])
    assert "a focal point publishes this: Ada." in client.post(publish, follow=True).text
    answer = client.post(reverse("pledge_propose", args=[pledge.pk]), follow=True)
    client.post(reverse("pledge_propose", args=[pledge.pk]))
    assert "Proposed by Ed" in answer.text
    assert Proposal.objects.count() == 1
    assert proposed(ed) == []
    assert not Pledge.objects.public().exists()
    assert proposed(ada) == [("A pledge waits for your release", publish)]
    client.force_login(ada)
    assert client.post(publish).status_code == 302
    assert Pledge.objects.public().get() == pledge
    assert proposed(ada) == []


def test_an_editor_proposes_a_practice_and_a_focal_point_submits_it(client, city, ada, ed):
    revision = RevisionFactory(practice__city=city, author=ed)
    client.force_login(ed)
    check = reverse("practice_check", args=[revision.practice_id])
    page = client.get(check, follow=True)
    assert "Propose to the focal point" in page.text
    assert "Submit for review" not in page.text
    answer = client.post(reverse("practice_propose", args=[revision.practice_id]), follow=True)
    assert "It waits for a focal point to submit it." in answer.text
    assert proposed(ada) == [("A practice waits for your release", check)]
    client.force_login(ada)
    assert "Submit for review" in client.get(check).text
    moderation.submit(revision=revision, by=ada, harm=harmless())
    assert proposed(ada) == []
    assert not Proposal.objects.exists()
    revision.refresh_from_db()
    with pytest.raises(moderation.Refused):
        moderation.propose(revision=revision, by=ed)
    assert Revision.objects.get().author == ed


UPDATE = {"status": "under_way", "reported_on": "2026-05-03", "what_changed_en": "Two schools began."}


def test_an_editor_proposes_an_update_and_stays_its_author(client, city, ada, ed):
    pledge = PledgeFactory(city=city)
    report = reverse("pledge_report", args=[pledge.pk])
    client.force_login(ed)
    assert "Publish this update" not in client.get(report).text
    answer = client.post(report, UPDATE, follow=True)
    assert "Update proposed by Ed" in answer.text
    proposal = Proposal.objects.get()
    page = reverse("proposed_update", args=[proposal.pk])
    assert client.get(page).status_code == 404
    assert client.post(reverse("proposed_update_discard", args=[proposal.pk])).status_code == 404
    assert not ProgressUpdate.objects.exists()
    assert proposed(ada) == [("An update waits for your release", page)]
    client.force_login(ada)
    form = client.get(page).context["form"]
    assert {name: form[name].value() for name in UPDATE} == UPDATE
    client.post(page, UPDATE | {"what_changed_en": "Three schools began."})
    published = ProgressUpdate.objects.get()
    assert (published.author, published.what_changed_en) == (ed, "Three schools began.")
    assert proposed(ada) == []
    with pytest.raises(ValidationError, match="already published or discarded"):
        pledges.report(pledge, update(), by=ada, released=proposal)


def test_a_focal_point_discards_a_proposed_update(client, city, ada, ed):
    pledge = PledgeFactory(city=city)
    proposal = proposals.propose(f"update:{pledge.pk}", city=city, by=ed, fields=UPDATE)
    client.force_login(ada)
    client.post(reverse("proposed_update_discard", args=[proposal.pk]))
    assert not Proposal.objects.exists()
    assert not ProgressUpdate.objects.exists()


def test_a_change_of_a_published_pledge_is_refused_and_its_words_stay(client, city, ada, ed):
    milestone = MilestoneFactory(pledge=PledgeFactory(city=city, title_en="Train teachers"))
    client.force_login(ed)
    for name, pk in (("pledge_edit", milestone.pledge_id), ("milestone_new", milestone.pledge_id),
                     ("milestone_edit", milestone.pk)):  # fmt: skip
        assert "a focal point publishes this: Ada." in client.get(reverse(name, args=[pk]), follow=True).text
    sent = client.post(
        reverse("milestone_edit", args=[milestone.pk]), {"title_en": "Another title", "due_on": "2027-01-01"}
    )
    assert sent.status_code == 200
    assert "Another title" in sent.text
    assert "a focal point publishes this: Ada." in sent.text
    client.post(reverse("milestone_reach", args=[milestone.pk]))
    found = Milestone.objects.get()
    assert (found.title_en, found.done_on) == (milestone.title_en, None)


def test_a_city_without_a_focal_point_is_told_to_ask_the_staff(city, ed):
    with pytest.raises(ValidationError, match="Ask the staff"):
        pledges.publish(draft(city), by=ed)


def test_only_those_who_write_propose(city, ada):
    for person in (acting_for(city, Role.VIEWER), acting_for(CityFactory())):
        with pytest.raises(PermissionDenied):
            proposals.propose("pledge:1", city=city, by=person)


def test_the_database_keeps_one_proposal_of_a_draft(city, ed):
    Proposal.objects.create(city=city, about="pledge:1", by=ed)
    with pytest.raises(IntegrityError, match="proposal_once"):
        Proposal.objects.create(city=city, about="pledge:1", by=ed)

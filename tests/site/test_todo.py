"""What is asked of a city: each reason appears on its day, for those whom it concerns, and goes when dealt with."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from commitments import pledges
from commitments.models import Pledge, ProgressUpdate
from members import people
from members.models import Invitation, Membership, Role
from practices import conversation, moderation
from practices.models import Revision
from scn_portal.site.todo import reasons
from scn_portal.site.todo.reasons import REASONS, months_before
from scn_portal.site.todo.tasks_of import tasks_of
from tests.factories import (
    CityFactory,
    InvitationFactory,
    MilestoneFactory,
    ModeratorFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    RevisionFactory,
    acting_for,
    harmless,
    moved,
)

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2030, 3, 4, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def city(time_machine):
    """A city that has just confirmed its facts, at NOON."""
    time_machine.move_to(NOON, tick=False)
    return CityFactory(name_en="Testford", slug="testford")


@pytest.fixture
def ada(city):
    """Its focal point."""
    ada = acting_for(city, name="Ada")
    city.confirm(by=ada)
    return ada


def kinds(user) -> list[str]:
    return [task.kind for task in tasks_of(user)]


def today() -> dt.date:
    return timezone.localdate()


# --- Each reason: how it is made, how long until it appears, and what ends it ----------------------------------------


def a_text_sent_back(city, ada):
    revision = RevisionFactory(practice__city=city, status="submitted", author=ada)
    moderation.send_back(revision=revision, by=ModeratorFactory(), reason="Say what did not work.")
    return lambda: moderation.submit(revision=revision, by=ada, harm=harmless())


def a_question(city, ada):
    revision = RevisionFactory(practice__city=city, status="submitted", author=ada, title_fr="Fr")
    conversation.ask(revision=revision, by=ModeratorFactory(), words="Who paid?", language="en")
    return lambda: conversation.answer(revision=revision, by=ada, words="The city.", language="en")


def a_milestone(city, ada):
    pledge = PledgeFactory(city=city, title_fr="Fr", created_by=ada)
    milestone = MilestoneFactory(pledge=pledge, due_on=today() + 10 * DAY)

    def reached():
        milestone.done_on = today()
        milestone.save()

    return reached


def a_pledge_with_a_date(city, ada):
    pledge = PledgeFactory(city=city, title_fr="Fr", due_on=today() + 10 * DAY)
    return lambda: report(pledge, ada, status="done")


def a_quiet_pledge(city, ada):
    pledge = PledgeFactory(city=city, title_fr="Fr")
    return lambda: report(pledge, ada)


def report(pledge: Pledge, by, status: str = "under_way"):
    update = ProgressUpdate(reported_on=today(), status=status, what_changed_en="News.", source_language="en")
    pledges.report(pledge, update, by=by)


def an_invitation(city, ada):
    invitation = InvitationFactory(city=city, invited_by=ada, expires_at=timezone.now() + 14 * DAY)
    return lambda: Invitation.objects.filter(pk=invitation.pk).update(withdrawn_at=timezone.now())


def confirmed_facts(city, ada):
    return lambda: city.confirm(by=ada)


def confirmed_people(city, ada):
    return lambda: people.confirm(city, by=ada)


def a_missing_translation(city, ada):
    pledge = PledgeFactory(city=city, description_en="Words.")
    return lambda: Pledge.objects.filter(pk=pledge.pk).update(title_fr="Titre", description_fr="Mots.")


def a_result_to_tell(city, ada):
    pledge = PledgeFactory(city=city, title_fr="Fr", created_by=ada)
    report(pledge, ada, status="done")
    return lambda: Pledge.objects.filter(pk=pledge.pk).update(degree_of_change="full")


def a_proposed_pledge(city, ada):
    draft = PledgeFactory(city=city, published_at=None)
    pledges.propose(draft, by=acting_for(city, Role.EDITOR))
    return lambda: pledges.publish(draft, by=ada)


CASES = {
    "asked": (a_question, None, "The network’s staff ask you something"),
    "sent_back": (a_text_sent_back, None, "A moderator asks for changes"),
    "proposed": (a_proposed_pledge, None, "A pledge waits for your release"),
    "milestones": (a_milestone, dt.date(2030, 3, 15), "A milestone is overdue"),
    "pledges": (a_pledge_with_a_date, dt.date(2030, 3, 15), "A pledge is overdue"),
    "invitations": (an_invitation, dt.date(2030, 3, 15), "An invitation is about to expire"),
    "no_news": (a_quiet_pledge, dt.date(2030, 9, 4), "A pledge has had no update for six months"),
    "facts": (confirmed_facts, dt.date(2031, 3, 4), "The facts about your city are to be confirmed"),
    "people": (confirmed_people, dt.date(2031, 3, 4), "The people of your city are to be confirmed"),
    "results": (a_result_to_tell, None, "A pledge is done: say what came of it"),
    "translations": (a_missing_translation, None, "A translation is missing"),
}


@pytest.mark.parametrize("kind", CASES)
def test_a_reason_appears_on_its_day_and_goes_when_dealt_with(client, city, ada, time_machine, kind):
    make, day, label = CASES[kind]
    deal_with_it = make(city, ada)
    if day:
        time_machine.move_to(dt.datetime.combine(day - DAY, NOON.time(), tzinfo=dt.UTC), tick=False)
        assert kind not in kinds(ada)
        time_machine.move_to(dt.datetime.combine(day, NOON.time(), tzinfo=dt.UTC), tick=False)
    client.force_login(ada)
    page = client.get("/en/my-city/testford/")
    task = next(task for task in page.context["tasks"] if task.kind == kind)
    assert task.label == label
    assert label in page.text
    assert f'href="{task.path}"' in page.text
    assert client.get(task.path).status_code == 200
    deal_with_it()
    assert kind not in kinds(ada)


def test_a_draft_that_nobody_touches_is_asked_about_after_thirty_days(city, ada, time_machine):
    # The database dates what it keeps by its own clock, so this begins on the day it is.
    begun = dt.datetime.now(dt.UTC)
    time_machine.move_to(timezone.now(), tick=False)
    real = revision_now(city, ada)
    time_machine.move_to(real + 29 * DAY, tick=False)
    assert "drafts" not in kinds(ada)
    time_machine.move_to(real + 30 * DAY + dt.timedelta(hours=1), tick=False)
    assert "drafts" in kinds(ada)
    assert begun
    moved(Revision.objects.all(), status="withdrawn")
    assert "drafts" not in kinds(ada)


def revision_now(city, ada) -> dt.datetime:
    """Make a draft; the moment by the database's clock."""
    revision = RevisionFactory(practice__city=city, author=ada, created_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    event = Revision.pgh_event_model.objects.filter(pgh_obj=revision).latest("pgh_id")
    return event.pgh_created_at


def test_every_reason_is_tried_here():
    assert {reason.key for reason in REASONS} == CASES.keys() | {"drafts"}


def test_a_draft_of_a_pledge_that_nobody_touched_is_asked_about_until_it_is_published(city, ada, time_machine):
    draft = PledgeFactory(city=city, title_fr="Fr", published_at=None, due_on=today() - DAY)
    MilestoneFactory(pledge=draft, due_on=today() - DAY)
    assert kinds(ada) == []
    time_machine.move_to(NOON + 31 * DAY, tick=False)
    assert kinds(ada) == ["drafts"]
    pledges.publish(draft, by=ada)
    assert "drafts" not in kinds(ada)


def test_the_most_urgent_comes_first(city, ada, time_machine):
    pledge = PledgeFactory(city=city, due_on=today() - DAY)
    PledgeFactory(city=city, title_fr="Fr", due_on=today() - 9 * DAY)
    MilestoneFactory(pledge=pledge, due_on=today() - DAY)
    a_text_sent_back(city, ada)
    found = tasks_of(ada)
    assert [task.kind for task in found] == ["sent_back", "milestones", "pledges", "pledges", "translations"]
    assert found[2].since < found[3].since


def test_the_reason_of_the_moderator_stands_in_the_list(client, city, ada):
    a_text_sent_back(city, ada)
    client.force_login(ada)
    assert "Say what did not work." in client.get("/en/my-city/testford/").text


def test_an_empty_list_says_so(client, city, ada):
    client.force_login(ada)
    assert "Nothing waits for you." in client.get("/en/my-city/testford/").text


def test_a_pledge_that_is_overdue_is_not_asked_about_twice(city, ada, time_machine):
    PledgeFactory(city=city, title_fr="Fr", due_on=today() + DAY)
    time_machine.move_to(NOON + 300 * DAY, tick=False)
    assert kinds(ada) == ["pledges"]


@pytest.mark.parametrize("status", ["done", "dropped"])
def test_nothing_is_asked_of_a_closed_pledge(city, ada, time_machine, status):
    pledge = PledgeFactory(city=city, title_fr="Fr", status=status, due_on=today() + DAY)
    MilestoneFactory(pledge=pledge, due_on=today() + DAY)
    time_machine.move_to(NOON + 300 * DAY, tick=False)
    assert kinds(ada) == []


def test_an_update_that_was_taken_down_is_no_news(city, ada, time_machine):
    pledge = PledgeFactory(city=city, title_fr="Fr")
    time_machine.move_to(NOON + 180 * DAY, tick=False)
    update = ProgressUpdateFactory(pledge=pledge, reported_on=today(), author=ada)
    time_machine.move_to(NOON + 200 * DAY, tick=False)
    assert kinds(ada) == []
    pledges.take_down(update, reason="A name.", by=ada)
    assert kinds(ada) == ["no_news"]


def test_which_fields_lack_a_translation_and_which_have_fallen_behind(city, ada):
    PledgeFactory(city=city, description_en="Words.", title_fr="Titre")
    stale = PledgeFactory(city=city, title_fr="Titre", translation_changed_at=NOON)
    Pledge.objects.filter(pk=stale.pk).update(source_changed_at=NOON + DAY)
    RevisionFactory(practice__city=city, status="published", approach_en="So.", title_fr="Titre", author=ada)
    details = {task.detail for task in tasks_of(ada)}
    assert details == {
        "Missing in French: description", "Older than the English: title",
        "Missing in French: Summary, What the city does",
    }  # fmt: skip


def test_a_translation_is_asked_for_behind_many_that_are_whole(city, ada, monkeypatch):
    monkeypatch.setattr(reasons, "MOST_OF_A_KIND", 1)
    whole = {"title_fr": "Titre", "summary_fr": "Résumé", "approach_fr": "Démarche"}
    for number in range(3):
        RevisionFactory(
            practice__city=city, status="published", title_en=f"Whole {number}", author=ada,
            **(whole if number < 2 else {}),
        )  # fmt: skip
    assert [task.about.value for task in tasks_of(ada) if task.kind == "translations"] == ["Whole 2"]


def test_a_fact_that_changed_is_to_be_confirmed_again(city, ada):
    type(city).objects.filter(pk=city.pk).update(population=5)
    (task,) = tasks_of(ada)
    assert (task.kind, task.detail) == ("facts", "A fact has changed since your city confirmed them on 4 March 2030.")


# --- For whom --------------------------------------------------------------------------------------------------------


def test_people_and_invitations_are_the_focal_points_own(city, ada, time_machine):
    editor = acting_for(city, Role.EDITOR)
    InvitationFactory(city=city, invited_by=ada, expires_at=NOON + DAY)
    time_machine.move_to(NOON + 366 * DAY, tick=False)
    Invitation.objects.update(expires_at=timezone.now() + DAY)
    assert kinds(ada) == ["invitations", "facts", "people"]
    assert kinds(editor) == ["facts"]


def test_a_viewer_is_asked_for_nothing(client, city, ada):
    a_text_sent_back(city, ada)
    viewer = acting_for(city, Role.VIEWER)
    assert tasks_of(viewer) == []
    client.force_login(viewer)
    assert 'id="todo"' not in client.get("/en/my-city/testford/").text


def test_a_city_is_asked_for_its_own_alone(city, ada):
    other = CityFactory()
    a_text_sent_back(other, acting_for(other))
    assert tasks_of(ada) == []


def test_the_day_is_that_of_the_reader(city, ada, time_machine):
    MilestoneFactory(pledge=PledgeFactory(city=city, title_fr="Fr"), due_on=today())
    time_machine.move_to(NOON.replace(hour=22), tick=False)
    with timezone.override("UTC"):
        assert kinds(ada) == []
    with timezone.override("Africa/Nairobi"):  # where it is one o'clock of the next day
        assert kinds(ada) == ["milestones"]


# --- Below the list --------------------------------------------------------------------------------------------------


def test_each_row_says_when_it_changed_by_whom_and_in_which_languages(client, city, ada):
    editor = acting_for(city, Role.EDITOR, name="Grace")
    pledge = PledgeFactory(city=city, title_fr="Fr")
    client.force_login(editor)
    written = {"commitment": pledge.commitment_id, "title_en": "Changed", "title_fr": "Changé"}
    assert client.post(reverse("pledge_edit", args=[pledge.pk]), written).status_code == 302
    page = " ".join(client.get("/en/my-city/testford/").text.split())
    assert "by Grace · English, French" in page


def test_an_update_is_a_change_of_its_pledge(client, city, ada):
    pledge = PledgeFactory(city=city, title_fr="Fr")
    ProgressUpdateFactory(pledge=pledge, author=ada, created_at=NOON)
    client.force_login(ada)
    page = " ".join(client.get("/en/my-city/testford/").text.split())
    assert "Changed on 4 March 2030 by Ada · English, French" in page


def test_a_city_reads_no_name_of_the_staff(client, city, ada):
    pledge = PledgeFactory(city=city)
    ProgressUpdateFactory(pledge=pledge, author=ModeratorFactory(name="Mona"), created_at=NOON)
    client.force_login(ada)
    page = client.get("/en/my-city/testford/").text
    assert ("Mona" in page, "by a member of the network’s staff" in page) == (False, True)
    assert "par une personne de l’équipe du réseau" in client.get("/fr/ma-ville/testford/").text


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_takes_the_same_queries_however_much_a_city_has(
    client, city, ada, time_machine, django_assert_num_queries, rows
):
    fill(city, ada, rows)
    client.force_login(ada)
    with django_assert_num_queries(PAGE_QUERIES):
        page = client.get("/en/my-city/testford/")
    assert len(page.context["tasks"]) >= 6 * rows


@pytest.mark.soak
def test_the_page_takes_no_more_queries_with_two_hundred_pledges_and_practices(
    client, city, ada, time_machine, django_assert_num_queries
):
    fill(city, ada, 200)
    client.force_login(ada)
    with django_assert_num_queries(PAGE_QUERIES):
        assert client.get("/en/my-city/testford/").status_code == 200


PAGE_QUERIES = 30


def fill(city, ada, rows: int) -> None:
    """So many of each kind of row that something is asked about."""
    for _ in range(rows):
        pledge = PledgeFactory(city=city, due_on=today() - DAY, created_by=ada)
        MilestoneFactory(pledge=pledge, due_on=today() - DAY)
        ProgressUpdateFactory(pledge=pledge, author=ada)
        RevisionFactory(practice__city=city, status="sent_back", author=ada)
        RevisionFactory(practice__city=city, status="published", author=ada)
        InvitationFactory(city=city, invited_by=ada, expires_at=NOON + DAY)
        acting_for(city, Role.EDITOR)
    Membership.objects.update(created_at=NOON - 400 * DAY)


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        ("2026-08-31", 6, "2026-02-28"), ("2024-08-31", 6, "2024-02-29"), ("2026-03-04", 12, "2025-03-04"),
        ("2026-01-15", 1, "2025-12-15"), ("2026-12-31", 12, "2025-12-31"), ("2024-02-29", 12, "2023-02-28"),
    ],
)  # fmt: skip
def test_the_same_day_months_before(day, months, before):
    assert months_before(dt.date.fromisoformat(day), months) == dt.date.fromisoformat(before)

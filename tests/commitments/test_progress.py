"""Reporting progress: dated, appended, never changed; the pledge stands where its latest update says."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from commitments import pledges
from commitments.models import ProgressUpdate
from tests.factories import CityFactory, PledgeFactory, ProgressUpdateFactory, UserFactory, acting_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def pledge():
    recorded = dt.datetime(2026, 1, 15, 9, 0, tzinfo=dt.UTC)
    return PledgeFactory(city=CityFactory(name_en="Testford"), status="planned", created_at=recorded)


@pytest.fixture
def official(client, pledge):
    """The focal point of the pledge's city, logged in."""
    user = acting_for(pledge.city)
    client.force_login(user)
    return user


def report(client, pledge, **changes):
    sent = {"reported_on": "2026-03-01", "status": "under_way", "what_changed_en": "Forty trained"} | changes
    return client.post(f"/en/my-city/pledges/{pledge.pk}/report/", sent)


def test_an_update_is_public_at_once_and_moves_the_pledge(client, pledge, official):
    response = report(
        client, pledge, obstacles_fr="Budget", obstacle_kind="capacity", evidence="https://example.org/report"
    )
    assert response.url == f"/en/my-city/pledges/{pledge.pk}/"
    update = ProgressUpdate.objects.get()
    assert (update.pledge, update.author, update.source_language) == (pledge, official, "en")
    pledge.refresh_from_db()
    assert pledge.status == "under_way"
    client.logout()
    page = client.get("/en/cities/testford/").text
    for shown in (
        "People, money or skills",
        "Forty trained",
        "1 March 2026",
        "Under way",
        "example.org/report",
        '<div lang="fr"><p>Budget</p>',
    ):
        assert shown in page


def test_the_status_is_that_of_the_latest_update_and_one_of_the_past_leaves_it(client, pledge, official):
    report(client, pledge, reported_on="2026-03-01", status="under_way")
    report(client, pledge, reported_on="2026-01-01", status="adopted", what_changed_en="We had paused", anyway="on")
    pledge.refresh_from_db()
    assert pledge.status == "under_way"
    report(client, pledge, reported_on="2026-03-01", status="done", what_changed_en="The same day, later")
    pledge.refresh_from_db()
    assert pledge.status == "done"
    assert [update.what_changed_en for update in pledge.updates.newest_first()] == [
        "The same day, later", "Forty trained", "We had paused",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("reported", "status"),
    [
        ([("2015-01-01", "under_way")], "under_way"),
        ([("2026-01-14", "under_way")], "under_way"),
        ([("2015-01-01", "under_way"), ("2016-01-01", "adopted")], "adopted"),
        ([("2026-01-15", "under_way"), ("2015-01-01", "adopted")], "under_way"),
    ],
)
def test_whatever_day_a_pledge_was_typed_in_its_status_is_that_of_the_latest_update(
    client, pledge, official, reported, status
):
    for day, said in reported:
        assert report(client, pledge, reported_on=day, status=said, anyway="on").status_code == 302
    pledge.refresh_from_db()
    assert (pledge.status, pledge.updates.count()) == (status, len(reported))


def test_an_update_that_was_taken_down_holds_no_status(client, pledge, official):
    report(client, pledge, reported_on="2026-03-01", status="adopted")
    pledges.take_down(ProgressUpdate.objects.get(), reason="A name.", by=official)
    report(client, pledge, reported_on="2026-02-01", status="under_way")
    pledge.refresh_from_db()
    assert pledge.status == "under_way"


def test_the_form_says_which_updates_leave_the_status_and_the_answer_says_that_one_did(client, pledge, official):
    page = f"/en/my-city/pledges/{pledge.pk}/report/"
    assert "leaves the status as it is" not in client.get(page).text
    report(client, pledge, reported_on="2026-03-01")
    said = " ".join(client.get(page).text.split())
    assert "The latest update is of 1 March 2026." in said
    assert "leaves the status as it is: Under way." in said
    report(client, pledge, reported_on="2026-02-01", status="adopted", anyway="on")
    assert "the status of the pledge stays as it was" in client.get(f"/en/my-city/pledges/{pledge.pk}/").text


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"what_changed_en": ""}, "what_changed_en", "Enter a text in French, in English or in both."),
        ({"status": "forgotten"}, "status", "Select a valid choice. forgotten is not one of the available choices."),
        ({"reported_on": ""}, "reported_on", "Enter the date."),
        ({"reported_on": "yesterday"}, "reported_on", "Enter a valid date."),
        (
            {"reported_on": "2199-01-01"}, "reported_on",
            "The date cannot be in the future: an update says what has already happened.",
        ),
        ({"evidence": "see the report"}, "evidence", "Line 1 is not a web address: “see the report”."),
        ({"evidence": "https://a.example/\0"}, "evidence", "Line 1 is not a web address: “https://a.example/\ufffd”."),
        ({"obstacle_kind": ""}, "obstacle_kind", "Choose what kind of obstacle it is."),
        (
            {"status": "paused"}, "reason_en",
            "To pause or drop a pledge, give the reason in 20 characters or more.",
        ),
        (
            {"status": "dropped", "reason_fr": "Trop court."}, "reason_en",
            "To pause or drop a pledge, give the reason in 20 characters or more.",
        ),
        (
            {"reason_en": "The money went elsewhere."}, "reason_en",
            "A reason is given only where the pledge is paused or dropped.",
        ),
        (
            {"obstacles_fr": "x" * 20_001}, "obstacles_fr",
            "20,001 characters; at most 20,000.",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_beside_its_field_and_nothing_typed_is_lost(
    client, pledge, official, changes, field, message
):
    response = report(client, pledge, obstacles_en="Already typed", **({"obstacle_kind": "design"} | changes))
    assert response.status_code == 200
    assert response.context["form"].errors == {field: [message]}
    assert "Already typed" in response.text
    pledge.refresh_from_db()
    assert (pledge.status, pledge.updates.count()) == ("planned", 0)


def test_a_reporter_may_date_an_update_by_their_own_clock_and_no_further(pledge, time_machine):
    time_machine.move_to("2026-05-04T11:00:00Z", tick=False)  # already the 5th in Kiribati
    author = UserFactory()
    update = ProgressUpdateFactory.build(pledge=pledge, author=author, reported_on=dt.date(2026, 5, 5))
    pledges.report(pledge, update, by=author)
    ahead = ProgressUpdateFactory.build(pledge=pledge, author=author, reported_on=dt.date(2026, 5, 6))
    with pytest.raises(ValidationError):
        pledges.report(pledge, ahead, by=author)
    assert [each.reported_on for each in pledge.updates.all()] == [dt.date(2026, 5, 5)]


def test_there_is_no_page_that_changes_an_update(client, pledge, official):
    report(client, pledge)
    update = ProgressUpdate.objects.get()
    for address in (f"/en/my-city/updates/{update.pk}/", f"/en/my-city/pledges/{pledge.pk}/report/{update.pk}/"):
        assert client.post(address, {"what_changed_en": "Rewritten"}).status_code == 404
    assert ProgressUpdate.objects.get().what_changed_en == "Forty trained"


def test_an_update_in_french_alone_is_shown_to_all_and_labelled(client, pledge, official):
    report(client, pledge, what_changed_en="", what_changed_fr="Quarante formés")
    assert ProgressUpdate.objects.get().source_language == "fr"
    page = client.get("/en/cities/testford/").text
    assert '<div lang="fr"><p>Quarante formés</p>' in page
    assert "(in French)" in page


def test_pausing_gives_its_reason_on_the_public_page(client, pledge, official):
    report(client, pledge, status="paused", reason_fr="Le budget a été supprimé.")
    pledge.refresh_from_db()
    assert pledge.status == "paused"
    assert "Le budget a été supprimé." in client.get(f"/fr/promesses/{pledge.pk}/").text


def test_status_and_date_come_before_the_text(client, pledge, official):
    page = client.get(f"/en/my-city/pledges/{pledge.pk}/report/").text
    named = [page.index(f'name="{name}"') for name in ("status", "reported_on", "what_changed_en", "reason_en")]
    assert named == sorted(named)


# --- What came of it --------------------------------------------------------------------------------------------------


def test_a_pledge_that_is_done_is_asked_what_came_of_it_and_the_public_reads_it(client, pledge, official):
    answer = report(client, pledge, status="done")
    assert answer.url == f"/en/my-city/pledges/{pledge.pk}/result/"
    public = f"/en/pledges/{pledge.pk}/"
    assert 'id="result"' not in client.get(public).text
    refused = client.post(answer.url, {"lessons_en": "Ask first."}).context["form"].errors
    assert set(refused) == {"degree_of_change", "result_en"}
    told = {"degree_of_change": "limited", "result_fr": "Deux puits.", "lessons_en": "Ask first.",
            "closing_evidence": "https://example.org/wells"}  # fmt: skip
    assert client.post(answer.url, told).status_code == 302
    page = client.get(public).text
    for shown in ("Limited change", "Deux puits.", "Ask first.", "example.org/wells"):
        assert shown in page
    report(client, pledge, reported_on="2026-04-01", status="under_way")
    assert "Deux puits." not in client.get(public).text


def test_a_pledge_that_is_not_done_has_no_result_to_tell(client, pledge, official):
    assert client.get(f"/en/my-city/pledges/{pledge.pk}/result/").status_code == 404

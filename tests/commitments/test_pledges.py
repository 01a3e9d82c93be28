"""An official records, changes and reports on a pledge, through the pages; the public reads it at once."""

import datetime as dt

import pytest

from commitments.models import Milestone, Pledge
from members.models import Role
from tests.factories import CityFactory, CommitmentFactory, MilestoneFactory, PledgeFactory, acting_for

NO_DATE = "“2026-02-30” is not a date: enter a year, a year and month, or a full date, such as 2018-07."
pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    return CityFactory(name_en="Testford")


@pytest.fixture
def official(client, city):
    """The focal point of `city`, logged in."""
    user = acting_for(city)
    client.force_login(user)
    return user


def written(**changes) -> dict:
    """What a sound form of a new pledge sends."""
    return {"commitment": CommitmentFactory(number=4).pk, "title_en": "Train people", "status": "planned"} | changes


def new(city) -> str:
    return f"/en/my-city/{city.slug}/pledges/new/"


@pytest.mark.parametrize("role", [Role.FOCAL_POINT, Role.EDITOR])
def test_an_official_drafts_and_publishes_a_pledge_and_the_public_reads_it_at_once(client, city, role):
    user = acting_for(city, role)
    client.force_login(user)
    form = written(
        description_en="Two days a year.", lead_department="Youth office", announced_on="2025-03",
        starts_on="2026-01-01", due_on="2026-12-31", sources="https://example.org/a\r\n\r\n https://example.org/b",
    )  # fmt: skip
    response = client.post(new(city), form)
    pledge = Pledge.objects.get()
    assert (response.status_code, response.url) == (302, f"/en/my-city/pledges/{pledge.pk}/")
    assert (pledge.city, pledge.created_by, pledge.commitment.number, pledge.status) == (city, user, 4, "planned")
    assert (pledge.title_en, pledge.source_language) == ("Train people", "en")
    assert (pledge.starts_on, pledge.due_on) == (dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    assert pledge.sources == ["https://example.org/a", "https://example.org/b"]

    assert "Train people" not in client.get("/en/cities/testford/").text
    client.post(f"/en/my-city/pledges/{pledge.pk}/publish/")
    client.logout()
    page = client.get("/en/cities/testford/").text
    for shown in ("Train people", "Two days a year.", "Youth office", "March 2025", "31 December 2026", "Planned"):
        assert shown in page
    assert "Train people" in client.get("/en/commitments/4/").text


@pytest.mark.parametrize(
    ("given", "page", "source"),
    [
        ({"title_en": "Words"}, "en", "en"),
        ({"title_en": "Words"}, "fr", "en"),
        ({"title_en": "", "title_fr": "Mots"}, "fr", "fr"),
        ({"title_en": "", "title_fr": "Mots"}, "en", "fr"),
        ({"title_en": "Words", "title_fr": "Mots"}, "en", "en"),
        ({"title_en": "Words", "title_fr": "Mots"}, "fr", "fr"),
    ],
)
def test_a_pledge_is_written_in_either_language_or_in_both(client, city, official, given, page, source):
    address = {"en": new(city), "fr": f"/fr/ma-ville/{city.slug}/promesses/nouvelle/"}[page]
    assert client.post(address, written(**given)).status_code == 302
    pledge = Pledge.objects.get()
    assert (pledge.title_en or "", pledge.title_fr or "") == (given["title_en"], given.get("title_fr", ""))
    assert pledge.source_language == source


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"title_en": ""}, "title_en", "Enter a text in French, in English or in both."),
        ({"title_en": "   "}, "title_en", "Enter a text in French, in English or in both."),
        ({"title_en": "x" * 201}, "title_en", "201 characters; at most 200."),
        ({"title_en": "nul\0"}, "title_en", "Null characters are not allowed."),
        ({"commitment": ""}, "commitment", "Choose one of the seven commitments."),
        (
            {"commitment": "99999"}, "commitment",
            "Select a valid choice. That choice is not one of the available choices.",
        ),
        ({"starts_on": "2026-05-02", "due_on": "2026-05-01"}, "due_on", "The due date cannot be before the start."),
        ({"due_on": "2026-02-30"}, "due_on", NO_DATE),
        ({"starts_on": "2027", "due_on": "2026-05"}, "due_on", "The due date cannot be before the start."),
        (
            {"announced_on": "spring"}, "announced_on",
            "“spring” is not a date: enter a year, a year and month, or a full date, such as 2018-07.",
        ),
        ({"sources": "https://example.org\nnot one"}, "sources", "Line 2 is not a web address: “not one”."),
        ({"sources": "javascript:alert(1)"}, "sources", "Line 1 is not a web address: “javascript:alert(1)”."),
        ({"status": "dropped"}, "status", "Select a valid choice. dropped is not one of the available choices."),
        ({"status": "forgotten"}, "status", "Select a valid choice. forgotten is not one of the available choices."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_beside_its_field_and_nothing_typed_is_lost(
    client, city, official, changes, field, message
):
    form = written(description_fr="Déjà écrit", lead_department="Kept office") | changes
    response = client.post(new(city), form)
    assert response.status_code == 200
    assert response.context["form"].errors == {field: [message]}
    assert f'id="id_{field}_error"' in response.text
    assert f'href="#id_{field}"' in response.text
    for kept in ("Déjà écrit", "Kept office"):
        assert kept in response.text
    if changes.get(field, "").isprintable() and field not in ("status", "commitment"):
        assert response.context["form"][field].value() == changes[field]
    assert not Pledge.objects.exists()


def test_a_change_is_public_at_once_and_makes_the_other_language_stale(client, city, official, time_machine):
    time_machine.move_to("2026-05-04T08:00:00Z")
    client.post(new(city), written(title_fr="Former"))
    pledge = Pledge.objects.get()
    client.post(f"/en/my-city/pledges/{pledge.pk}/publish/")
    time_machine.move_to("2026-05-05T08:00:00Z")
    same = {"commitment": pledge.commitment_id, "title_fr": "Former"}
    assert client.post(f"/en/my-city/pledges/{pledge.pk}/edit/", same | {"title_en": "Train many"}).status_code == 302
    pledge.refresh_from_db()
    assert (pledge.title_en, pledge.status, pledge.translation_is_stale) == ("Train many", "planned", True)
    assert "Train many" in client.get("/en/cities/testford/").text
    time_machine.move_to("2026-05-06T08:00:00Z")
    client.post(f"/en/my-city/pledges/{pledge.pk}/edit/", same | {"title_en": "Train many", "title_fr": "Mieux former"})
    pledge.refresh_from_db()
    assert (pledge.source_language, pledge.translation_is_stale) == ("en", False)


def test_changing_a_pledge_cannot_change_its_status(client, city, official):
    pledge = PledgeFactory(city=city, status="under_way", commitment=CommitmentFactory(number=4))
    client.post(f"/en/my-city/pledges/{pledge.pk}/edit/", written(status="done"))
    pledge.refresh_from_db()
    assert (pledge.title_en, pledge.status) == ("Train people", "under_way")


def test_a_milestone_is_added_changed_and_public(client, city, official):
    pledge = PledgeFactory(city=city)
    added = client.post(
        f"/en/my-city/pledges/{pledge.pk}/milestones/new/", {"title_fr": "Étape", "due_on": "2026-06-01"}
    )
    milestone = Milestone.objects.get()
    assert added.url == f"/en/my-city/pledges/{pledge.pk}/"
    assert (milestone.pledge, milestone.title_fr) == (pledge, "Étape")
    done = {"title_fr": "Étape", "due_on": "2026-06-01", "done_on": "2026-05-30"}
    assert client.post(f"/en/my-city/milestones/{milestone.pk}/", done).status_code == 302
    page = client.get("/en/cities/testford/").text
    assert '<span lang="fr">Étape</span>' in page
    assert "done on 30 May 2026" in page
    refused = client.post(
        f"/en/my-city/milestones/{milestone.pk}/", {"title_fr": "", "title_en": "", "due_on": "2026-06-01"}
    )
    assert refused.context["form"].errors == {"title_en": ["Enter a text in French, in English or in both."]}


@pytest.mark.parametrize("who", ["viewer", "elsewhere", "anonymous"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_else_writes(client, city, who, method):
    pledge = PledgeFactory(city=city, title_en="As it was", commitment=CommitmentFactory(number=4))
    milestone = MilestoneFactory(pledge=pledge)
    if who != "anonymous":
        client.force_login(acting_for(city, Role.VIEWER) if who == "viewer" else acting_for(CityFactory()))
    mine = f"/en/my-city/pledges/{pledge.pk}"
    for page in (
        new(city), f"{mine}/edit/", f"{mine}/report/", f"{mine}/milestones/new/",
        f"/en/my-city/milestones/{milestone.pk}/",
    ):  # fmt: skip
        response = getattr(client, method)(page, written(what_changed_en="Change", status="done"))
        if who == "anonymous":
            assert (response.status_code, response.url.partition("?")[0]) == (302, "/en/accounts/login/")
        else:
            assert response.status_code == 404
    assert [(p.title_en, p.status, p.updates.count(), p.milestones.count()) for p in Pledge.objects.all()] == [
        ("As it was", "announced", 0, 1)
    ]


def test_an_overdue_pledge_is_marked_and_a_finished_one_is_not(client, city, time_machine):
    time_machine.move_to("2026-05-04T08:00:00Z")
    PledgeFactory(city=city, due_on="2026-05-04")
    assert "overdue" not in client.get("/en/cities/testford/").text
    PledgeFactory(city=city, due_on="2026-05-03", status="done")
    assert "overdue" not in client.get("/en/cities/testford/").text
    PledgeFactory(city=city, due_on="2026-05-03")
    assert client.get("/en/cities/testford/").text.count("overdue") == 1

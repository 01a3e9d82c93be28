"""The API: what it gives of each row, to whom, and what it keeps to itself."""

import datetime as dt
import json
import re

import pytest

from commitments.loading import load_declaration
from commitments.models import Commitment
from commitments.pledges import take_down
from members.models import City
from practices.choices import Status
from practices.models import Adaptation, Revision
from practices.moderation import archive
from scn_portal.base.http.caching import PUBLIC
from tests.factories import (
    CityFactory,
    EndorsementFactory,
    MilestoneFactory,
    ModeratorFactory,
    PledgeFactory,
    PracticeFactory,
    ProgressUpdateFactory,
    RegionFactory,
    RevisionFactory,
    UserFactory,
    commit,
    moved,
)

pytestmark = pytest.mark.django_db

# Each address, and how many queries it takes however many rows there are.
QUERIES = {
    "/api/v1/": 0,
    "/api/v1/openapi.json": 2,
    "/api/v1/declaration": 2,
    "/api/v1/commitments": 1,
    "/api/v1/commitments/4": 1,
    "/api/v1/cities": 2,
    "/api/v1/cities?region=region-1&commitment=4&has_practices=yes": 4,
    "/api/v1/cities/testford-1": 2,
    "/api/v1/pledges": 2,
    "/api/v1/pledges?city=testford-1&status=announced": 3,
    "/api/v1/pledges?q=pledge": 4,
    "/api/v1/pledges/{pledge}": 4,  # the last for the documents of its updates
    "/api/v1/milestones": 2,
    "/api/v1/milestones?pledge={pledge}": 2,
    "/api/v1/milestones/{milestone}": 1,
    "/api/v1/updates": 3,
    "/api/v1/updates?city=testford-1": 4,
    "/api/v1/updates/{update}": 2,
    "/api/v1/removals": 3,
    "/api/v1/practices": 3,
    "/api/v1/practices?q=practice&theme=youth": 6,
    "/api/v1/practices/practice-of-1": 7,
}


@pytest.fixture(autouse=True)
def melbourne():
    return load_declaration()


def network(count: int) -> None:
    """`count` cities, each with a pledge that has a past, and a practice, all under commitment 4."""
    fourth = Commitment.objects.of_melbourne().get(number=4)
    for number in range(1, count + 1):
        region = RegionFactory(slug=f"region-{number}")
        city = CityFactory(name_en=f"Testford {number}", region=region, country=["CA", "KE", "FR"][number % 3])
        EndorsementFactory(city=city)
        pledge = PledgeFactory(city=city, commitment=fourth, description_en="Described.", due_on="2030-01-01")
        for _each in range(count):
            MilestoneFactory(pledge=pledge)
            ProgressUpdateFactory(pledge=pledge)
        RevisionFactory(
            practice__city=city, practice__slug=f"practice-of-{number}", status="published", commitments=[fourth],
            themes=["youth"],
        )  # fmt: skip
        former = CityFactory()
        commit()
        City.objects.filter(pk=former.pk).update(status="former")
    commit()


def get_json(client, address: str, **query) -> dict:
    response = client.get(f"/api/v1/{address}", query)
    assert response.status_code == 200, response.text
    return response.json()


# --- What it gives ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 3])
def test_an_answer_takes_the_same_queries_for_one_row_as_for_three(client, django_assert_num_queries, rows):
    network(rows)
    pledge = Commitment.objects.get(number=4).pledges.first()
    keys = {"pledge": pledge.pk, "milestone": pledge.milestones.first().pk, "update": pledge.updates.first().pk}
    for address in QUERIES:
        client.get(address.format(**keys))  # what is remembered from one request to the next is no query of it
        with django_assert_num_queries(QUERIES[address] + 1):  # and the count of the limit
            assert client.get(address.format(**keys)).status_code == 200


def test_a_city(client, settings):
    city = CityFactory(
        name_en="Testford", name_fr="Gué-Test", country="XK", latitude=-34.5, longitude=0, joined_year=2018,
        status="engaged", unit_type="county", region__slug="north",
    )  # fmt: skip
    EndorsementFactory(city=city, endorsed_on="2018-07", signatory_name="Somebody Known")
    answer = get_json(client, "cities/testford")
    assert answer["name"] == {"fr": "Gué-Test", "en": "Testford", "source_language": None}
    assert answer["country"] == {"code": "XK", "fr": "Kosovo", "en": "Kosovo"}
    assert answer["region"]["slug"] == "north"
    assert answer["coordinates"] == {"latitude": -34.5, "longitude": 0.0}
    assert answer["unit_type"] == {"key": "county", "fr": "Comté", "en": "County"}
    assert answer["status"]["key"] == "engaged"
    assert (answer["joined_year"], answer["population"], answer["time_zone"]) == (2018, None, None)
    assert answer["endorsements"] == [
        {"declaration": "melbourne-2018", "endorsed_on": "2018-07", "proof": "https://example.org/proof"}
    ]
    assert answer["licence"] == "https://creativecommons.org/licenses/by/4.0/"
    assert answer["links"] == {
        "self": f"{settings.SITE_URL}/api/v1/cities/testford",
        "html": {"fr": f"{settings.SITE_URL}/fr/villes/testford/", "en": f"{settings.SITE_URL}/en/cities/testford/"},
        "pledges": f"{settings.SITE_URL}/api/v1/pledges?city=testford",
        "practices": f"{settings.SITE_URL}/api/v1/practices?city=testford",
    }


def test_a_pledge_with_its_milestones_and_what_was_reported(client):
    pledge = PledgeFactory(
        title_en=None, title_fr="Promettre", source_language="fr", announced_on="2024-05", status="under_way",
        sources=["https://example.org/a"], city__name_en="Testford",
    )  # fmt: skip
    step = MilestoneFactory(pledge=pledge, title_en="First step", due_on="2026-01-31", done_on="2026-02-01")
    report = ProgressUpdateFactory(pledge=pledge, what_changed_en="Begun.", evidence=["https://example.org/b"])
    answer = get_json(client, f"pledges/{pledge.pk}")
    assert answer["title"] == {"fr": "Promettre", "en": None, "source_language": "fr"}
    assert answer["city"]["slug"] == "testford"
    assert answer["commitment"]["number"] == 1
    assert (answer["announced_on"], answer["starts_on"]) == ("2024-05", None)
    assert answer["status"] == {"key": "under_way", "fr": "En cours", "en": "Under way"}
    (milestone,) = answer["milestones"]
    assert milestone["title"] == {"fr": None, "en": "First step", "source_language": None}
    assert (milestone["due_on"], milestone["done_on"]) == ("2026-01-31", "2026-02-01")
    (update,) = answer["updates"]
    assert (update["reported_on"], update["what_changed"]["en"]) == ("2026-03-02", "Begun.")
    assert update["evidence"] == ["https://example.org/b"]
    assert answer["links"]["html"]["fr"].endswith(f"/fr/promesses/{pledge.pk}/")
    # The same rows, with the same ids, in their own lists, which name the pledge and its city.
    listed = get_json(client, f"milestones?pledge={pledge.pk}")["results"], get_json(client, "updates")["results"]
    for (row,), shown, of in zip(listed, (milestone, update), (step, report), strict=True):
        assert row.items() >= shown.items()
        assert (row["id"], row["pledge"]["id"], row["city"]["slug"]) == (of.pk, pledge.pk, "testford")
        assert client.get(row["links"]["self"]).json() == row
    assert get_json(client, f"updates?pledge={pledge.pk + 1}")["count"] == 0


def test_a_pledge_shows_at_most_fifty_updates_and_where_all_of_them_are(client, monkeypatch):
    monkeypatch.setattr("commitments.api.MAX_UPDATES", 2)
    pledge = PledgeFactory()
    days = ["2026-03-01", "2026-03-03", "2026-03-02"]
    for day in days:
        ProgressUpdateFactory(pledge=pledge, reported_on=day)
    answer = get_json(client, f"pledges/{pledge.pk}")
    assert [update["reported_on"] for update in answer["updates"]] == ["2026-03-03", "2026-03-02"]
    assert client.get(answer["links"]["updates"]).json()["count"] == 3


@pytest.mark.parametrize(("written_by", "origin"), [(UserFactory, "city"), (lambda: None, "compiled")])
def test_a_pledge_says_who_wrote_it(client, written_by, origin):
    pledge = PledgeFactory(created_by=written_by())
    assert get_json(client, f"pledges/{pledge.pk}")["origin"]["key"] == origin


def test_dates_are_those_of_the_first_publication_and_of_the_last_change(client):
    first, last = dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    old = RevisionFactory(status="archived", published_at=first)
    RevisionFactory(practice=old.practice, status="published", published_at=last)
    city = old.practice.city
    pledge = PledgeFactory(city=city)
    ProgressUpdateFactory(pledge=pledge)
    milestone = MilestoneFactory(pledge=pledge)
    City.objects.filter(pk=city.pk).update(population=7)
    (practice,) = get_json(client, "practices")["results"]
    assert (practice["published_at"], practice["modified_at"]) == ("2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z")
    changed = get_json(client, f"pledges/{pledge.pk}")
    assert changed["published_at"] == changed["created_at"] < changed["modified_at"] == changed["updated_at"]
    shown = get_json(client, f"cities/{city.slug}"), get_json(client, f"milestones/{milestone.pk}")
    assert all(row["published_at"] <= row["modified_at"] for row in shown)


def test_a_practice_in_the_words_of_its_live_revision(client):
    revision = RevisionFactory(
        practice__slug="lone", status="published", title_fr="Pratique", themes=["youth", "hate"], evaluation="external",
        lessons_en="It rained.", website="https://example.org/",
    )  # fmt: skip
    RevisionFactory(practice=revision.practice, title_en="Not yet public")
    answer = get_json(client, "practices/lone")
    assert answer["title"]["fr"] == "Pratique"
    assert answer["lessons"] == {"fr": None, "en": "It rained.", "source_language": "en"}
    assert [theme["key"] for theme in answer["themes"]] == ["youth", "hate"]
    assert answer["evaluation"]["fr"]
    assert [commitment["number"] for commitment in answer["commitments"]] == [1]
    assert (answer["adapted_from"], answer["adapted_by"], answer["documents"]) == ([], [], [])


def test_the_declaration_and_its_seven_commitments(client):
    PledgeFactory(commitment=Commitment.objects.get(number=4))
    answer = get_json(client, "declaration")
    assert answer["source_language"] == "fr"
    assert [commitment["number"] for commitment in answer["commitments"]] == [1, 2, 3, 4, 5, 6, 7]
    commitments = get_json(client, "commitments")["results"]
    assert [commitment["city_count"] for commitment in commitments] == [
        0,
        0,
        0,
        1,
        0,
        0,
        0,
    ]
    assert get_json(client, "commitments/4")["wording"]["source_language"] == "fr"


@pytest.mark.parametrize("language", ["fr", "en", "de"])
@pytest.mark.parametrize("address", ["cities", "pledges", "practices", "declaration", "openapi.json"])
def test_an_answer_is_the_same_whatever_language_the_reader_speaks(client, address, language):
    network(2)
    german = client.get(f"/api/v1/{address}", headers={"accept-language": "de"})
    assert client.get(f"/api/v1/{address}", headers={"accept-language": language}).content == german.content
    assert german["Content-Language"] == "en, fr"
    assert "accept-language" not in german.get("Vary", "").lower()


# --- What it keeps to itself -----------------------------------------------------------------------------------------


def everything(client) -> str:
    """Every answer that there is, whole."""
    said = []
    for kind in ("cities", "pledges", "milestones", "updates", "practices", "commitments"):
        listed = get_json(client, kind)["results"]
        said.append(json.dumps(listed))
        said += [client.get(row["links"]["self"]).text for row in listed]
    return "\n".join([*said, client.get("/api/v1/declaration").text])


def test_nobodys_name_and_nothing_unpublished_is_in_any_answer(client):
    person = UserFactory(name="Nobodys Business", email="private@example.org")
    city = CityFactory(name_en="Testford", confirmed_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), confirmed_by=person)
    EndorsementFactory(city=city, signatory_name="Nobodys Signature")
    pledge = PledgeFactory(city=city, created_by=person)
    ProgressUpdateFactory(pledge=pledge, author=person, what_changed_en="Standing.")
    ProgressUpdateFactory(
        pledge=pledge, author=person, what_changed_en="Secret: taken down",
        taken_down_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), taken_down_by=person,
    )  # fmt: skip
    live = RevisionFactory(practice__city=city, status="published", author=person)
    for status in Status:
        if status not in (Status.PUBLISHED, Status.DRAFT):
            RevisionFactory(practice__city=city, title_en=f"Secret: {status}", status=status)
    draft = RevisionFactory(practice=live.practice, title_en="Secret: draft")
    hidden = RevisionFactory(practice=PracticeFactory(city=city, slug="hidden-away"), title_en="Secret: alone")
    Adaptation.objects.create(revision=draft, original=hidden.practice)
    said = everything(client)
    assert "Standing." in said
    assert live.title_en in said
    for kept in ("Secret", "Nobodys", "@example.org", "hidden-away", "Too short."):
        assert kept not in said
    assert client.get("/api/v1/practices/hidden-away").status_code == 404
    assert get_json(client, "practices")["count"] == 1
    assert get_json(client, "practices", q="secret")["count"] == 0


def test_a_practice_is_adapted_from_what_is_public(client):
    live, draft = RevisionFactory(status="published", practice__slug="seen"), RevisionFactory()
    later = RevisionFactory(practice__slug="later")
    for original in (live, draft):
        Adaptation.objects.create(revision=later, original=original.practice)
    day = dt.datetime(2026, 3, 3, tzinfo=dt.UTC)
    moved(Revision.objects.filter(pk=later.pk), status=Status.PUBLISHED, submitted_at=day, published_at=day)
    (link,) = get_json(client, "practices/later")["adapted_from"]
    assert link.endswith("/api/v1/practices/seen")
    (link,) = get_json(client, "practices/seen")["adapted_by"]
    assert link.endswith("/api/v1/practices/later")


def test_a_city_that_has_left_is_not_listed_and_keeps_its_address(client):
    CityFactory(name_en="Testford", status="former")
    assert get_json(client, "cities")["results"] == []
    assert get_json(client, "cities/testford")["status"]["key"] == "former"


def test_pledges_of_a_city_that_has_left_are_listed_when_filtered_by_that_city(client):
    pledge = PledgeFactory(city=CityFactory(name_en="Testford", status="former"))
    assert get_json(client, "pledges")["results"] == []
    assert [row["id"] for row in get_json(client, "pledges?city=testford")["results"]] == [pledge.pk]
    assert get_json(client, f"pledges/{pledge.pk}")["id"] == pledge.pk
    for kind, make in (("updates", ProgressUpdateFactory), ("milestones", MilestoneFactory)):
        row = make(pledge=pledge)
        assert get_json(client, kind)["results"] == []
        for narrowed in (f"{kind}?city=testford", f"{kind}?pledge={pledge.pk}"):
            assert [each["id"] for each in get_json(client, narrowed)["results"]] == [row.pk]


def test_no_field_of_the_document_is_about_a_person(client):
    names = re.findall(r'"(\w+)": \{', client.get("/api/v1/openapi.json").text)
    private = {"author", "email", "created_by", "confirmed_by", "signatory_name", "taken_down_by", "taken_down_reason"}
    assert not private & set(names)
    assert names.count("reason") == 2, "of an update, alone and with its pledge: why it is paused or dropped"


# --- What was removed ------------------------------------------------------------------------------------------------


def test_what_was_removed_is_named_by_kind_and_key_and_not_by_a_word(client, settings):
    revision = RevisionFactory(status="published", title_en="Secret practice", practice__slug="secret-practice")
    update = ProgressUpdateFactory(what_changed_en="Secret update")
    pledge = PledgeFactory(title_en="Secret pledge")
    city = CityFactory(name_en="Testford")
    RevisionFactory(status="submitted", title_en="Secret draft")
    commit()
    assert get_json(client, "removals")["results"] == []
    archive(revision=revision, by=ModeratorFactory(), reason="A name.")
    take_down(update, reason="A name.", by=UserFactory())
    keys = {"practice": revision.practice_id, "update": update.pk, "pledge": pledge.pk, "city": city.pk}
    pledge.delete()
    City.objects.filter(pk=city.pk).update(status="former")
    commit()
    answer = get_json(client, "removals")
    assert {row["kind"]: row["id"] for row in answer["results"]} == keys
    assert {row["kind"]: row["address"] for row in answer["results"]} == {
        "practice": None,
        "update": f"{settings.SITE_URL}/api/v1/updates/{update.pk}",
        "pledge": f"{settings.SITE_URL}/api/v1/pledges/{keys['pledge']}",
        "city": f"{settings.SITE_URL}/api/v1/cities/testford",
    }
    assert "ecret" not in json.dumps(answer)
    assert [row["kind"] for row in get_json(client, "removals?kind=practice")["results"]] == ["practice"]


def test_removals_are_read_page_by_page_and_since_a_day_and_what_comes_back_leaves_them(client):
    city = CityFactory()
    pledges = [PledgeFactory(city=city) for _number in range(2)]
    commit()
    pledges[0].delete()
    commit()
    page = get_json(client, "removals?limit=1")
    City.objects.filter(pk=city.pk).update(status="former")
    commit()
    later = client.get(page["resume"]).json()
    rest = client.get(later["next"]).json()
    assert {row["kind"] for row in [*later["results"], *rest["results"]]} == {"city", "pledge"}
    today = page["results"][0]["removed_at"][:10]
    assert get_json(client, f"removals?since={today}")["count"] == 3
    assert get_json(client, "removals?since=2999-01-01")["count"] == 0
    City.objects.filter(pk=city.pk).update(status="member")
    commit()
    assert get_json(client, "removals")["count"] == 1
    assert [row["id"] for row in get_json(client, "pledges")["results"]] == [pledges[1].pk]


# --- How it answers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["", "openapi.json", "declaration", "cities", "cities/testford", "cities/nowhere"])
def test_any_page_of_the_web_may_read_it_without_a_cookie(client, address):
    CityFactory(name_en="Testford")
    response = client.get(f"/api/v1/{address}", headers={"origin": "https://elsewhere.example"})
    assert response["Access-Control-Allow-Origin"] == "*"
    assert not response.cookies
    assert "cookie" not in response.get("Vary", "").lower()
    assert "Access-Control-Allow-Credentials" not in response


@pytest.mark.parametrize(
    "address", ["", "openapi.json", "declaration", "commitments", "cities", "pledges", "practices"]
)
def test_a_client_with_the_current_response_gets_a_304(client, address):
    network(1)
    first = client.get(f"/api/v1/{address}")
    assert first["Cache-Control"] == PUBLIC
    again = client.get(f"/api/v1/{address}", headers={"if-none-match": f'"other", {first["ETag"]}'})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert again["Access-Control-Allow-Origin"] == "*"
    assert client.get(f"/api/v1/{address}", headers={"if-none-match": '"other"'}).status_code == 200


def test_an_answer_that_changed_has_another_etag(client):
    city = CityFactory()
    commit()
    before = client.get("/api/v1/cities")["ETag"]
    assert client.get("/api/v1/cities")["ETag"] == before
    city.population = 7
    city.save()
    commit()
    assert client.get("/api/v1/cities")["ETag"] != before


def test_head_and_options_are_sane(client):
    CityFactory()
    head, got = client.head("/api/v1/cities"), client.get("/api/v1/cities")
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", got["ETag"])
    options = client.options("/api/v1/cities", headers={"origin": "https://elsewhere.example"})
    assert (options.status_code, options["Allow"]) == (204, "GET, HEAD, OPTIONS")
    assert options["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "trace"])
@pytest.mark.parametrize("address", ["/api/v1/cities", "/api/v1/cities/x", "/api/v1/openapi.json", "/api/nothing"])
def test_there_is_nothing_but_reading(client, method, address):
    response = getattr(client, method)(address)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert response.json()["error"]["code"] == "method_not_allowed"

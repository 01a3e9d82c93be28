"""What the API is asked: filters, pages, and everything that makes no sense."""

import datetime as dt
import logging

import pytest
import time_machine
from django.db import OperationalError
from django.test import Client

from commitments.facets import PLEDGE_FACETS
from commitments.loading import load_declaration
from commitments.models import Commitment, Pledge
from commitments.pledges import take_down
from practices.facets import PRACTICE_FACETS
from scn_portal.base.api.pagination import MAX_SORTED, cursor_of, read_cursor
from scn_portal.base.api.params import values_of
from scn_portal.base.models import PublicRecord
from scn_portal.site.cities.filters import CITY_FACETS
from tests.factories import (
    CityFactory,
    MilestoneFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    RevisionFactory,
    UserFactory,
    commit,
)
from tests.turns import in_turn

pytestmark = pytest.mark.django_db

LISTS = ["cities", "pledges", "practices", "updates", "removals"]
VALUES = [
    "", " ", "-1", "0", str(10**9), "9" * 400, "1.5", "NaN", "\0", "a\0b", "x" * 10_000, "é" * 5_000, "\u202e\ufeff",
    "' OR 1=1 --", "%'; DROP TABLE members_city; --", "\\", "%_%", "<script>alert(1)</script>", "null", "true", "😀",
    "[", "*", "(" * 500, "2026-13-01", "0000-01-01", "2026-W01-1",
]  # fmt: skip


@pytest.fixture(autouse=True)
def melbourne():
    return load_declaration()


def get_json(client, address: str, query=None) -> dict:
    response = client.get(f"/api/v1/{address}", query)
    assert response.status_code == 200, response.text
    return response.json()


def fault(response) -> tuple[int, str, str | None]:
    """The status, the code and the field of an answer in the one shape for faults."""
    body = response.json()
    assert list(body) == ["error"]
    assert list(body["error"]) == ["code", "message", "field"]
    assert body["error"]["message"]
    assert response["Access-Control-Allow-Origin"] == "*"
    return response.status_code, body["error"]["code"], body["error"]["field"]


# --- Filters ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("kept_at_once")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("region=north", {"one"}),
        ("region=north&region=south", {"one", "two"}),
        ("region=north&country=KE", set()),
        ("country=FR&country=KE", {"two"}),
        ("unit_type=county", {"one"}),
        ("commitment=4", {"one"}),
        ("has_practices=yes", {"two"}),
        ("joined=2018", {"two"}),
        ("q=éclair", {"two"}),
        ("", {"one", "two", "three"}),
    ],
)
def test_cities_are_narrowed_as_on_their_page(client, query, found):
    one = CityFactory(name_en="One", region__slug="north", unit_type="county")
    two = CityFactory(name_en="Two", name_fr="Eclair", region__slug="south", country="KE", joined_year=2018)
    CityFactory(name_en="Three", region__slug="west")
    PledgeFactory(city=one, commitment=Commitment.objects.get(number=4))
    RevisionFactory(practice__city=two, status="published")
    answer = get_json(client, f"cities?{query}")
    assert {city["slug"] for city in answer["results"]} == found
    assert answer["count"] == len(found)


def test_pledges_and_practices_of_a_city(client):
    city = CityFactory(name_en="Testford")
    pledge, _other = PledgeFactory(city=city, status="done"), PledgeFactory(status="done")
    revision, _other = RevisionFactory(practice__city=city, status="published"), RevisionFactory(status="published")
    assert [row["id"] for row in get_json(client, "pledges?city=testford&status=done")["results"]] == [pledge.pk]
    assert get_json(client, "pledges?city=testford&status=paused")["results"] == []
    (row,) = get_json(client, "practices?city=testford")["results"]
    assert row["slug"] == revision.practice.slug


def test_words_find_practices_as_on_the_page(client):
    RevisionFactory(status="published", practice__slug="eleves", title_fr="Avec les élèves")
    RevisionFactory(status="published", title_en="Something else")
    assert [row["slug"] for row in get_json(client, "practices?q=eleve")["results"]] == ["eleves"]
    assert get_json(client, "practices?q=-")["count"] in (0, 2)


def test_the_best_matches_come_first_then_those_with_some_of_the_words(client):
    RevisionFactory(status="published", practice__slug="some", title_en="Prison visits")
    RevisionFactory(
        status="published", practice__slug="aside", title_en="Football", summary_en="Also for families of a prison."
    )
    RevisionFactory(status="published", practice__slug="whole", title_en="Families and prison", summary_en="Prison.")
    RevisionFactory(status="published", practice__slug="other", title_en="Something else")
    whole = get_json(client, "practices?q=prison+families")
    found = [(row["slug"], row["match"]) for row in whole["results"]]
    assert found == [("whole", "all"), ("aside", "all"), ("some", "some")]
    assert (whole["count"], whole["next"], whole["resume"]) == (3, None, None)
    assert [row["slug"] for row in walk(client, "/api/v1/practices?q=prison+families&limit=1")] == [
        "whole", "aside", "some",
    ]  # fmt: skip
    assert [row["match"] for row in get_json(client, "practices")["results"]] == [None] * 4


def test_words_find_pledges_and_cities(client):
    pledge, _other = PledgeFactory(title_en="Train teachers", status="done"), PledgeFactory(title_en="Plant trees")
    assert [row["id"] for row in get_json(client, "pledges?q=teacher&status=done")["results"]] == [pledge.pk]
    assert get_json(client, "pledges?q=teacher&status=paused")["count"] == 0
    for name in ("West Ford", "Fordham", "Elsewhere"):
        CityFactory(name_en=name, name_fr=name)
    assert [row["slug"] for row in get_json(client, "cities?q=ford")["results"]] == ["fordham", "west-ford"]


@pytest.mark.parametrize("facets", [CITY_FACETS, PLEDGE_FACETS, PRACTICE_FACETS])
def test_every_filter_of_the_page_is_one_of_the_list_and_the_document_names_its_values(client, facets):
    CityFactory(region__slug="north")
    address = {id(CITY_FACETS): "cities", id(PLEDGE_FACETS): "pledges", id(PRACTICE_FACETS): "practices"}[id(facets)]
    document = get_json(client, "openapi.json")
    parameters = {row["name"]: row["schema"] for row in document["paths"][f"/api/v1/{address}"]["get"]["parameters"]}
    for facet in facets:
        assert parameters[facet.name]["items"]["enum"] == values_of(facet)
        for value in values_of(facet)[:3]:
            get_json(client, address, {facet.name: value})
        response = client.get(f"/api/v1/{address}", {facet.name: "nowhere"})
        assert fault(response) == (422, "unknown_value", facet.name)
    assert "“nowhere” is no value of region. There is: north." in client.get("/api/v1/cities?region=nowhere").text


def test_what_is_no_parameter_is_not_ignored(client):
    assert fault(client.get("/api/v1/cities?contry=FR")) == (422, "unknown_parameter", "contry")
    assert fault(client.get("/api/v1/pledges?city=nowhere")) == (404, "not_found", "city")


@pytest.mark.parametrize("address", LISTS)
def test_more_parameters_than_anybody_needs_are_refused(client, address):
    query = "&".join(f"q{number}=1" for number in range(1001))
    assert fault(client.get(f"/api/v1/{address}?{query}")) == (400, "bad_request", None)


# --- Pages -----------------------------------------------------------------------------------------------------------


def walk(client, address: str) -> list[dict]:
    """The rows of every page, from the first to the last."""
    rows, pages = [], 0
    while address:
        answer = client.get(address).json()
        rows += answer["results"]
        address = answer["next"]
        pages += 1
        assert pages < 20
    return rows


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_hold_every_row_once(client, limit):
    pledges = [PledgeFactory() for _number in range(5)]
    rows = walk(client, f"/api/v1/pledges?limit={limit}&status=announced")
    assert [row["id"] for row in rows] == [pledge.pk for pledge in pledges]


def test_what_is_added_or_taken_away_between_two_pages_disturbs_no_other_row(client):
    first, second, third = PledgeFactory(), PledgeFactory(), PledgeFactory()
    page = get_json(client, "pledges?limit=2")
    Pledge.objects.filter(pk=second.pk).delete()  # the very row that the cursor was made of
    fourth = PledgeFactory()
    rest = walk(client, page["next"])
    assert [row["id"] for row in [*page["results"], *rest]] == [first.pk, second.pk, third.pk, fourth.pk]


def test_what_changes_while_somebody_reads_comes_again_at_the_end(client):
    first, second, third = PledgeFactory(), PledgeFactory(), PledgeFactory()
    commit()
    page = get_json(client, "pledges?limit=1")
    first.save()
    commit()
    rest = walk(client, page["next"])
    assert [row["id"] for row in rest] == [second.pk, third.pk, first.pk]


def test_a_copy_is_kept_by_asking_for_what_came_after_it(client):
    first, _second = PledgeFactory(), PledgeFactory()
    commit()
    page = get_json(client, "pledges?limit=1&status=announced")
    assert page["resume"] is None
    page = client.get(page["next"]).json()
    assert page["next"] is None
    nothing = client.get(page["resume"]).json()
    assert (nothing["results"], nothing["resume"]) == ([], page["resume"])
    third = PledgeFactory()
    first.save()
    commit()
    assert {row["id"] for row in walk(client, page["resume"])} == {third.pk, first.pk}


def test_a_copy_of_nothing_can_be_kept_up_to_date_too(client):
    resume = get_json(client, "pledges")["resume"]
    pledge = PledgeFactory()
    commit()
    assert [row["id"] for row in client.get(resume).json()["results"]] == [pledge.pk]


def long_ago() -> None:
    """Everything so far was recorded in May 2020."""
    commit()
    PublicRecord.objects.update(changed_at=dt.datetime(2020, 5, 1, 12, tzinfo=dt.UTC))


@pytest.mark.parametrize("max_sorted", [MAX_SORTED, 0])
def test_only_what_changed_since_a_day(client, monkeypatch, max_sorted):
    monkeypatch.setattr("scn_portal.base.api.pagination.MAX_SORTED", max_sorted)
    old, touched, reported, stepped = (PledgeFactory() for _number in range(4))
    long_ago()
    ProgressUpdateFactory(pledge=reported)
    MilestoneFactory(pledge=stepped)
    touched.save()
    commit()
    changed = {row["id"] for row in get_json(client, "pledges?updated_since=2020-05-02")["results"]}
    assert changed == {touched.pk, reported.pk, stepped.pk}
    assert get_json(client, "pledges?updated_since=2020-05-01")["count"] == 4
    assert old.pk in {row["id"] for row in get_json(client, "pledges?updated_since=2020-05-01")["results"]}
    CityFactory()
    assert get_json(client, "cities?updated_since=9999-12-31")["count"] == 0


def test_what_was_stamped_long_before_it_was_committed_has_changed_since(client):
    long_ago()
    with time_machine.travel("2020-05-01T12:00:00Z", tick=False):
        pledge = PledgeFactory()
    commit()
    assert [row["id"] for row in get_json(client, "pledges?updated_since=2020-05-02")["results"]] == [pledge.pk]


def test_taking_an_update_down_is_a_change_of_its_pledge(client):
    update = ProgressUpdateFactory()
    long_ago()
    assert get_json(client, "pledges?updated_since=2020-05-02")["count"] == 0
    take_down(update, reason="A name.", by=UserFactory())
    commit()
    assert [row["id"] for row in get_json(client, "pledges?updated_since=2020-05-02")["results"]] == [update.pledge_id]


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize("limit", ["0", "-1", "101", str(10**9), "x", "1.5", ""])
def test_a_page_of_another_size_is_refused(client, address, limit):
    assert fault(client.get(f"/api/v1/{address}", {"limit": limit})) == (422, "invalid_value", "limit")


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize(
    "cursor",
    ["", "x", "0" * 31, "0" * 33, "F" * 32, "8" + "0" * 31, "0" * 16 + "8" + "0" * 15, "0" * 31 + "\n", "0" * 30],
)
def test_a_cursor_that_is_none_is_refused(client, address, cursor):
    assert fault(client.get(f"/api/v1/{address}", {"cursor": cursor})) == (400, "bad_cursor", "cursor")


@pytest.mark.parametrize("cursor", ["0" * 32, ("7" + "f" * 15) * 2])
@pytest.mark.parametrize("address", LISTS)
def test_whatever_looks_like_a_cursor_is_one(client, address, cursor):
    ProgressUpdateFactory()
    RevisionFactory(status="published")
    removed = PledgeFactory()
    commit()
    removed.delete()
    commit()
    found = get_json(client, f"{address}?cursor={cursor}")["results"]
    assert bool(found) == (cursor[0] == "0")


def test_a_cursor_says_what_it_was_made_of():
    assert cursor_of(1_000_001, 258) == f"{1_000_001:016x}{258:016x}"
    assert read_cursor(cursor_of(2**63 - 1, 258)) == (2**63 - 1, 258)


# --- Nonsense --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("address", "values"), in_turn(LISTS, VALUES, of=2))
def test_no_value_of_any_parameter_makes_it_fail(client, address, values):
    document = get_json(client, "openapi.json")
    CityFactory(name_en="Testford")
    for parameter in document["paths"][f"/api/v1/{address}"]["get"]["parameters"]:
        for value in values:
            response = client.get(f"/api/v1/{address}", {parameter["name"]: value})
            if response.status_code != 200:
                status, _code, field = fault(response)
                assert status in (400, 404, 422), value
                assert field == parameter["name"]


@pytest.mark.parametrize(
    "query", ["q=%FF%FE", "q=%ED%A0%80", "%FF=%FF", "region=%C0%AF", "&&&=&=", "cursor=%00", "q=%00"]
)
@pytest.mark.parametrize("address", LISTS)
def test_a_query_that_is_not_utf_8_is_answered(client, address, query):
    assert client.get(f"/api/v1/{address}?{query}").status_code in (200, 400, 422)


@pytest.mark.parametrize(
    "address",
    [
        "/api", "/api/", "/api/v1", "/api/v2/cities", "/api/v1/nothing", "/api/v1/cities/", "/api/v1/cities/nowhere",
        "/api/v1/cities/%00", "/api/v1/cities/%FF", f"/api/v1/cities/{'x' * 10_000}", "/api/v1/pledges/x",
        "/api/v1/pledges/0", f"/api/v1/pledges/{10**30}", f"/api/v1/pledges/{'9' * 5000}", "/api/v1/pledges/-1",
        "/api/v1/practices/nothing",
        "/api/v1/updates/0", "/api/v1/milestones/x", "/api/v1/removals/1",
        "/api/v1/commitments/8", f"/api/v1/commitments/{10**30}",
    ],
)  # fmt: skip
def test_an_address_that_leads_nowhere_says_so_in_json(client, address):
    assert fault(client.get(address)) == (404, "not_found", None)


@pytest.mark.parametrize(
    ("error", "status", "code"), [(ValueError("secret"), 500, "our_fault"), (OperationalError("secret"), 503, "away")]
)
def test_a_server_error_is_answered_without_its_message_and_logged_with_it(monkeypatch, caplog, error, status, code):
    def fail(*args, **options):
        raise error

    monkeypatch.setattr("scn_portal.site.cities.api.paginate", fail)
    with caplog.at_level(logging.ERROR):
        response = Client(raise_request_exception=False).get("/api/v1/cities")
    assert fault(response) == (status, code, None)
    assert "secret" not in response.text
    assert "secret" in caplog.text


@pytest.mark.parametrize("address", ["/api", "/api/", "/api/v1/practices/%0A", "/api/%0Ax", "/api/v1/nothing/at/all"])
def test_whatever_stands_under_api_is_answered_in_json(client, address):
    assert fault(client.get(address)) == (404, "not_found", None)


@pytest.mark.parametrize(
    "address",
    [
        "cities?", "pledges?", "milestones?", "updates?", "practices?", "cities?country=CA&", "pledges?country=CA&",
        "practices?country=CA&theme=youth&", "updates?updated_since=2020-01-01&",
    ],
)  # fmt: skip
def test_a_list_that_is_too_long_to_sort_has_the_same_pages(client, monkeypatch, address):
    for number, country in enumerate(["CA", "KE", "CA", "CA", "KE"] if "country" in address else ["CA"] * 3):
        city = CityFactory(name_en=f"Testford {number}", country=country)
        pledge = PledgeFactory(city=city)
        MilestoneFactory(pledge=pledge)
        ProgressUpdateFactory(pledge=pledge)
        RevisionFactory(practice__city=city, status="published", themes=["youth"])
        commit()

    def pages() -> list:
        answers = [client.get(f"/api/v1/{address}limit=2").json()]
        answers.append(client.get(answers[0]["next"]).json())
        answers.append(client.get(answers[1]["resume"]).json())
        return [(answer["results"], answer["next"], answer["resume"]) for answer in answers]

    sorted_pages = pages()
    assert [len(results) for results, _next, _resume in sorted_pages] == [2, 1, 0]
    monkeypatch.setattr("scn_portal.base.api.pagination.MAX_SORTED", 0)
    assert pages() == sorted_pages


def test_of_very_many_rows_the_number_says_that_there_are_more(client, monkeypatch):
    CityFactory(), CityFactory(), CityFactory()
    monkeypatch.setattr("scn_portal.base.totals.count_up_to.__defaults__", (2,))
    answer = client.get("/api/v1/cities?limit=1").json()
    assert (answer["count"], len(answer["results"])) == (3, 1)

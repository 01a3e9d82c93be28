"""A pledge that is surely older than the Declaration is an action already taken: shown apart, and counted nowhere."""

import json

import pytest

from commitments.loading import DATA, load_declaration
from commitments.models import Commitment, Pledge
from scn_portal.base.partial_dates import is_surely_before
from tests.factories import CityFactory, PledgeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept_at_once")]


@pytest.fixture
def fourth() -> Commitment:
    load_declaration()
    return Commitment.objects.of_melbourne().get(number=4)


@pytest.fixture
def city(fourth):
    """A city with an action of January 2011 and a pledge of 2019, both done, under the fourth commitment."""
    city = CityFactory(name_en="Testford", name_fr="Testford")
    done = {"city": city, "commitment": fourth, "status": "done"}
    PledgeFactory(title_en="Old action", announced_on="2011-01", **done)
    PledgeFactory(title_en="New pledge", announced_on="2019", **done)
    return city


@pytest.fixture
def only_prior(fourth):
    city = CityFactory(name_en="Testford", latitude=1, longitude=2)
    return PledgeFactory(city=city, commitment=fourth, title_en="Old action", announced_on="2017", status="done")


@pytest.mark.parametrize(
    ("announced_on", "prior"),
    [
        ("2017", True),
        ("2018-06", True),
        ("2018-06-30", True),
        ("2018", False),
        ("2018-07", False),
        ("2018-07-01", False),
        ("2019", False),
        ("", False),
    ],
)
def test_only_what_is_surely_older_counts_as_older(fourth, announced_on, prior):
    pledge = PledgeFactory(commitment=fourth, announced_on=announced_on)
    assert is_surely_before(announced_on, "2018-07") == prior
    assert pledge.is_prior == prior
    assert Pledge.objects.before_declaration().exists() == prior
    assert Pledge.objects.since_declaration().exists() != prior


@pytest.mark.parametrize(
    ("address", "words", "date"),
    [
        ("/en/cities/testford/", "Action already taken", "January 2011"),
        ("/fr/villes/testford/", "Action déjà menée", "janvier 2011"),
        ("/en/commitments/4/", "Action already taken", "January 2011"),
        ("/fr/engagements/4/", "Action déjà menée", "janvier 2011"),
    ],
)
def test_it_is_shown_apart_with_its_real_date(client, city, address, words, date):
    page = client.get(address)
    pledges, _heading, rest = page.text.partition('id="prior"')
    apart = rest.partition("</section>")[0]
    assert words in apart
    assert date in apart
    assert ("Old action" in apart, "New pledge" in apart, "New pledge" in pledges) == (True, False, True)
    assert "1 January 2011" not in page.text
    assert 'data-status="done"' not in apart


def test_the_page_of_a_commitment_does_not_count_it(client, city, fourth):
    context = client.get("/en/commitments/4/").context
    assert (context["progress"].pledges, context["page"].paginator.count) == (1, 1)
    assert [region.pledge_count for region in context["regions"]] == [1]


def test_a_city_with_nothing_else_has_no_pledge_anywhere(client, only_prior):
    assert "No pledge is recorded yet." in client.get("/en/cities/testford/").text
    commitments = client.get("/en/").context["network"].commitments
    assert [commitment.city_count for commitment in commitments if commitment.number == 4] == [0]
    assert client.get("/api/v1/commitments/4").json()["city_count"] == 0
    assert client.get("/en/cities/?commitment=4").context["page"].paginator.count == 0
    assert client.get("/en/matrix/").context["rows"] == []
    matrix = client.get("/en/matrix/?all=yes").context
    assert [column.cities for column in matrix["columns"]] == [0] * 7
    assert [cell.words for _city, cells in matrix["rows"] for cell in cells] == [""] * 7
    assert client.get("/en/cities/map.json").json()["features"][0]["properties"]["pledged"] == []
    badge = client.get("/en/cities/testford/badge.svg").text
    assert "No pledges yet" in badge
    assert rows_of(client, "matrix")[0]["pledges_4"] is None
    assert not any(mark.pledged for mark in client.get("/en/search/?q=testford").context["page"][0].marks)


def test_api_and_files_mark_it(client, city):
    marks = {row["title"]["en"]: row["prior_to_declaration"] for row in get_json(client, "pledges")["results"]}
    assert marks == {"Old action": True, "New pledge": False}
    assert [row["prior_to_declaration"] for row in rows_of(client, "pledges")] == [True, False]


def test_the_search_calls_it_by_its_name(client, city):
    page = client.get("/en/search/?q=action+old").text
    assert "Action already taken" in page


def test_what_is_due_is_not_asked_of_it(client, only_prior, time_machine):
    time_machine.move_to("2026-05-03")
    Pledge.objects.update(due_on="2026-06-01")
    assert "VEVENT" not in client.get("/en/calendar.ics").text


def test_the_source_of_aarhus_gives_a_month():
    rows = json.loads((DATA / "pledges.json").read_text())
    assert [row["adopted"] for row in rows if row["city"] == "Aarhus" and row["adopted"] < "2012"] == ["2011-01"]


def get_json(client, address: str) -> dict:
    return client.get(f"/api/v1/{address}").json()


def rows_of(client, dataset: str) -> list[dict]:
    return json.loads(b"".join(client.get(f"/en/data/{dataset}.json").streaming_content))["rows"]

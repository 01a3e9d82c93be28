"""The home page: the network in one breath, the seven lines, what is new."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from commitments.loading import load_declaration
from commitments.models import Commitment
from tests.factories import CityFactory, PledgeFactory, RevisionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept_at_once")]


@pytest.fixture(autouse=True)
def _melbourne() -> None:
    load_declaration()


def test_it_counts_the_cities_of_the_network_and_draws_them(client):
    CityFactory(country="CA", latitude=45.0, longitude=-73.0)
    CityFactory(country="CA")
    CityFactory(country="KE", latitude=-4.0, longitude=39.0)
    CityFactory(country="FR", latitude=48.0, longitude=2.0, status="former")
    page = client.get("/en/")
    assert (page.context["network"].cities["count"], page.context["network"].cities["country_count"]) == (3, 2)
    assert "3 members, in 2 countries." in page.text
    assert "Map of the world: the cities whose place is known (2)" in page.text


def test_each_number_leads_to_the_list_of_just_those(client):
    melbourne = Commitment.objects.of_melbourne()
    CityFactory(status="engaged")
    former = CityFactory(status="former")
    city = CityFactory()
    for status, announced_on in (("done", "2019"), ("done", ""), ("under_way", ""), ("done", "2015"), ("paused", "")):
        PledgeFactory(city=city, commitment=melbourne[0], status=status, announced_on=announced_on)
    PledgeFactory(city=former, commitment=melbourne[0], status="done")
    RevisionFactory(practice__city=city, status="published", commitments=list(melbourne))
    RevisionFactory(practice__city=city, status="draft")
    RevisionFactory(practice__city=former, status="published")
    # The practice of a former member stays public, as the list has it.
    for home in ("/en/", "/fr/"):
        numbers = re.findall(r'<a href="([^"]+)">\s*<strong>(\d+)</strong>', client.get(home).text)
        assert [int(number) for _address, number in numbers] == [1, 4, 2, 2]
        assert [client.get(address).context["page"].paginator.count for address, _number in numbers] == [1, 4, 2, 2]


def test_lately_are_the_five_changes_last_recorded_with_their_days(client):
    city = CityFactory(name_en="Testford", name_fr="Testville")
    for number in range(6):
        pledge = PledgeFactory(city=city, title_en=f"Pledge {number}", announced_on="2019-05")
        type(pledge).objects.filter(pk=pledge.pk).update(
            published_at=dt.datetime(2099, 3, number + 1, 12, tzinfo=dt.UTC)
        )
    lately = client.get("/en/").text.partition("lately")[2]
    lately = " ".join(re.sub(r"<[^>]+>", " ", lately[: lately.index("</section>")]).split())
    assert re.findall(r"\d+ March 2099 · Pledge recorded Pledge \d", lately) == [
        f"{number + 1} March 2099 · Pledge recorded Pledge {number}" for number in (5, 4, 3, 2, 1)
    ]
    assert lately.count("announced: May 2019") == 5
    assert '<time datetime="2099-03-06">6 mars 2099</time>' in client.get("/fr/").text


def test_a_network_without_any_city_has_a_home(client):
    page = client.get("/fr/")
    assert page.status_code == 200
    assert page.context["network"].cities["count"] == 0


def test_each_line_has_a_station_a_city(client):
    fourth = Commitment.objects.of_melbourne().get(number=4)
    PledgeFactory.create_batch(2, commitment=fourth)
    PledgeFactory(commitment=fourth, city__status="former")
    page = client.get("/en/")
    assert [commitment.city_count for commitment in page.context["network"].commitments] == [0, 0, 0, 2, 0, 0, 0]
    assert page.text.count('<svg width="0" height="16">') == 6
    assert page.text.count('<svg width="32" height="16">') == 1


def test_the_newest_practices_are_the_three_last_published(client):
    for day in range(1, 5):
        RevisionFactory(
            title_en=f"Of day {day}", status="published", published_at=dt.datetime(2026, 3, day, tzinfo=dt.UTC)
        )
    RevisionFactory(title_en="A draft")
    page = client.get("/en/")
    assert [practice.live.title_en for practice in page.context["network"].practices] == [
        "Of day 4",
        "Of day 3",
        "Of day 2",
    ]
    assert "A draft" not in page.text


@pytest.mark.parametrize("rows", [1, 3])
def test_it_takes_ten_queries_and_one_for_each_kind_of_change_shown(client, django_assert_num_queries, rows):
    commitment = Commitment.objects.of_melbourne().first()
    for number in range(rows + 2):  # of each kind enough to fill the five lines
        city = CityFactory(latitude=number, longitude=number)
        PledgeFactory(city=city, commitment=commitment)
        RevisionFactory(practice__city=city, status="published", commitments=[commitment], published_at=timezone.now())
    for address in ("/en/", "/fr/"):
        with django_assert_num_queries(13):
            page = client.get(address)
        assert {change.kind for change in page.context["network"].changes} == {"pledge", "practice"}

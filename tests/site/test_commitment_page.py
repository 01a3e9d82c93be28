"""The page of a commitment: how it stands across the network, region by region, and what serves it."""

import datetime as dt
import re

import pytest
import time_machine

from commitments.loading import load_declaration
from commitments.models import Commitment
from tests.factories import CityFactory, MilestoneFactory, PledgeFactory, RegionFactory, RevisionFactory

pytestmark = pytest.mark.django_db

MAY = dt.datetime(2026, 5, 3, 12, tzinfo=dt.UTC)


@pytest.fixture
def fourth() -> Commitment:
    load_declaration()
    return Commitment.objects.of_melbourne().get(number=4)


def opened(client, **asked):
    response = client.get("/en/commitments/4/", asked)
    assert response.status_code == 200
    return response


def pledges_shown(client, **asked) -> list[str]:
    return [pledge.title_en for pledge in opened(client, **asked).context["shown"].page]


def test_its_progress_counts_cities_and_their_pledges_by_status(client, fourth):
    city = CityFactory()
    for status in ("done", "done", "under_way"):
        PledgeFactory(city=city, commitment=fourth, status=status)
    PledgeFactory(commitment=fourth, status="done")
    PledgeFactory(commitment=Commitment.objects.of_melbourne().get(number=5), status="done")
    PledgeFactory(commitment=fourth, status="done", city__status="former")
    page = opened(client)
    progress = page.context["shown"].statistics.progress
    assert (progress.cities, progress.pledges) == (2, 4)
    counted = [(row.status, row.pledges, row.share) for row in progress.by_status]
    assert counted == [("under_way", 1, 33), ("done", 3, 100)]
    assert "<strong>2</strong> cities have made pledges under this commitment." in page.text
    link = '<a href="/en/pledges/?status=done&amp;commitment=4">Done</a>'
    assert re.search(rf'<th scope="row">\s*{re.escape(link)}\s*</th>\s*<td>3</td>', page.text)
    assert len(client.get("/en/pledges/?status=done&commitment=4").context["pledges"]) == 3


def test_a_commitment_that_nobody_pledged_under_says_so_without_a_table(client, fourth):
    page = opened(client)
    assert "No city has made a pledge under this commitment yet." in page.text
    assert "<table" not in page.text
    assert "%" not in page.text.partition('id="across"')[2].partition("</section>")[0]


@pytest.fixture
def two_regions(fourth):
    """Pledges in two regions, whose names stand in another order in each language; a city that left beside them."""
    first = RegionFactory(slug="first", name_en="Alpha", name_fr="Zêta")
    second = RegionFactory(slug="second", name_en="Beta", name_fr="Écho")
    RegionFactory(slug="none")
    one, two = CityFactory(name_en="Oneford", region=first), CityFactory(name_en="Twoford", region=second)
    three = CityFactory(name_en="Aford", region=second)
    for city, title in ((one, "P1"), (two, "P2"), (two, "P3"), (three, "P4")):
        PledgeFactory(city=city, commitment=fourth, title_en=title, created_at=MAY)
    PledgeFactory(city__region=first, city__status="former", commitment=fourth, title_en="Left")


def test_the_pledges_are_listed_region_by_region_in_the_alphabet_of_the_language(client, two_regions):
    assert pledges_shown(client) == ["P1", "P4", "P2", "P3"]
    counts = [
        (region.slug, region.city_count, region.pledge_count)
        for region in opened(client).context["shown"].statistics.regions
    ]
    assert counts == [("first", 1, 1), ("second", 2, 3)]
    french = client.get("/fr/engagements/4/").context
    assert [region.slug for region in french["shown"].statistics.regions] == ["second", "first"]
    assert [pledge.title_en for pledge in french["shown"].page] == ["P4", "P2", "P3", "P1"]


@pytest.mark.parametrize("asked", ["none", "atlantis", "", "\0", "' OR 1=1", "x" * 10_000])
def test_a_region_without_pledges_narrows_nothing(client, two_regions, asked):
    assert len(pledges_shown(client, region=asked)) == 4


def test_a_region_narrows_the_list_and_not_the_progress(client, two_regions):
    page = opened(client, region="first")
    assert [pledge.title_en for pledge in page.context["shown"].page] == ["P1"]
    assert page.context["shown"].statistics.progress.pledges == 4
    assert re.search(r'<a href="\?region=first#pledges"\s*aria-current="true">Alpha</a>', page.text)


def test_the_list_is_paged_and_keeps_its_region(client, fourth, monkeypatch):
    monkeypatch.setattr("scn_portal.site.commitment_page.PLEDGES_PER_PAGE", 2)
    city = CityFactory()
    PledgeFactory.create_batch(3, city=city, commitment=fourth)
    first, second = opened(client, region=city.region.slug), opened(client, region=city.region.slug, page=2)
    assert (len(first.context["shown"].page), len(second.context["shown"].page)) == (2, 1)
    assert 'href="?region=somewhere&amp;page=2"' in first.text


@time_machine.travel(MAY, tick=False)
def test_the_milestones_due_next_are_those_that_can_still_be_met(client, fourth):
    standing = PledgeFactory(commitment=fourth)
    MilestoneFactory(pledge=standing, title_en="Later", due_on="2026-08-01")
    MilestoneFactory(pledge=standing, title_en="Today", due_on="2026-05-03")
    MilestoneFactory(pledge=standing, title_en="Yesterday", due_on="2026-05-02")
    MilestoneFactory(pledge=standing, title_en="Reached", due_on="2026-06-01", done_on="2026-05-01")
    MilestoneFactory(pledge=PledgeFactory(commitment=fourth, status="dropped"), due_on="2026-06-01")
    MilestoneFactory(pledge=PledgeFactory(commitment=fourth, city__status="former"), due_on="2026-06-01")
    MilestoneFactory(due_on="2026-06-01")  # under another commitment
    assert [milestone.title_en for milestone in opened(client).context["shown"].milestones] == ["Today", "Later"]


def test_the_practices_that_serve_it_are_the_newest_live_ones(client, fourth):
    other = Commitment.objects.of_melbourne().get(number=5)
    for day in range(1, 9):
        published_at = dt.datetime(2026, 3, day, tzinfo=dt.UTC)
        RevisionFactory(title_en=f"Day {day}", status="published", published_at=published_at, commitments=[fourth])
    RevisionFactory(title_en="Draft", commitments=[fourth])
    RevisionFactory(title_en="Archived", status="archived", commitments=[fourth])
    RevisionFactory(title_en="Elsewhere", status="published", commitments=[other])
    shown = [revision.title_en for revision in opened(client).context["shown"].revisions]
    assert shown == ["Day 8", "Day 7", "Day 6", "Day 5", "Day 4", "Day 3"]


@pytest.mark.parametrize(("number", "before", "after"), [(1, None, 2), (4, 3, 5), (7, 6, None)])
def test_each_commitment_leads_to_those_beside_it(client, fourth, number, before, after):
    page = client.get(f"/en/commitments/{number}/").text
    for rel, beside in (("prev", before), ("next", after)):
        assert (f'<a rel="{rel}" href="/en/commitments/{beside}/">' in page) is (beside is not None)


@pytest.mark.parametrize("number", ["0", "8", "99999999999999999999"])
def test_there_are_seven_commitments(client, fourth, number):
    assert client.get(f"/en/commitments/{number}/").status_code == 404


def test_the_list_counts_the_cities_of_the_network(client, fourth):
    PledgeFactory(commitment=fourth)
    PledgeFactory(commitment=fourth, city__status="former")
    counts = [commitment.city_count for commitment in client.get("/en/commitments/").context["commitments"]]
    assert counts == [0, 0, 0, 1, 0, 0, 0]

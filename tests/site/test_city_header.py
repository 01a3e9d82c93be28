"""The head of the page of a city: its status, its numbers, what changed last."""

import datetime as dt
import re

import pytest

from commitments.models import Pledge
from members.models import City
from tests.factories import (
    SOME_DAY,
    CityFactory,
    DeclarationFactory,
    EndorsementFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    RevisionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> City:
    DeclarationFactory(adopted_on="2018-07")
    return CityFactory(joined_year=2015)


def answers(client, city: City, language: str = "en") -> dict[str, str]:
    """What the head says, by its labels."""
    page = client.get(f"/{language}/{'cities' if language == 'en' else 'villes'}/{city.slug}/").text
    head = page.partition('<dl class="answer">')[2].partition("</dl>")[0]
    pairs = re.findall(r"<dt>(.*?)</dt>\s*<dd.*?>(.*?)</dd>", head, re.DOTALL)
    return {_words(label): _words(value) for label, value in pairs}


def _words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split()).replace(" ,", ",").replace(" :", ":").replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("status", "english", "french"),
    [
        ("member", "Member since 2015", "Membre depuis 2015"),
        ("engaged", "Partner city (not a member)", "Ville partenaire (non membre)"),
        ("applicant", "Applicant", "Ville candidate"),
        ("former", "Former member", "Ancien membre"),
    ],
)
def test_it_says_what_the_city_is_in_the_network(client, city, status, english, french):
    City.objects.filter(pk=city.pk).update(status=status)
    assert answers(client, city)["In the network"] == english
    assert answers(client, city, "fr")["Dans le réseau"] == french


def test_it_counts_pledges_those_kept_and_practices_and_keeps_earlier_action_apart(client, city):
    for status, announced_on in (("done", "2019"), ("done", "2020-05"), ("under_way", ""), ("done", "2015")):
        PledgeFactory(city=city, status=status, announced_on=announced_on)
    RevisionFactory(practice__city=city, status="published")
    RevisionFactory(practice__city=city, status="draft")
    said = answers(client, city)
    assert (said["Pledges"], said["Before the Declaration"], said["Practices"]) == (
        "3 pledges, 2 kept", "1 action already taken", "1 practice"
    )  # fmt: skip
    french = answers(client, city, "fr")
    assert (french["Promesses"], french["Pratiques"]) == ("3 promesses, 2 tenues", "1 pratique")


def test_where_there_is_nothing_it_says_so_and_asks_whose_city_it_is(client, city):
    said = answers(client, city)
    assert (said["Pledges"], said["Practices"], said["Last change"]) == ("No pledge", "No practice", "Nothing recorded")
    assert "Before the Declaration" not in said
    assert "Is this your city?" in client.get(city.get_absolute_url()).text
    PledgeFactory(city=city, title_en="Train teachers")
    assert answers(client, city)["Pledges"] == "1 pledge, none kept yet"
    assert "Is this your city?" not in client.get(city.get_absolute_url()).text


def test_it_says_when_a_declaration_was_signed_and_nothing_where_that_is_not_known(client, city):
    assert "Signed" not in client.get(city.get_absolute_url()).text
    EndorsementFactory(city=city, endorsed_on="2018-07", signatory_name="A. Person", signatory_title="Mayor")
    assert answers(client, city)["A declaration"] == "Signed: July 2018 A. Person, Mayor"


def day(number: int) -> dt.datetime:
    return SOME_DAY + dt.timedelta(days=number)


def pledge_of(city: City, title: str, created: int, updated: int, **fields) -> Pledge:
    """A pledge recorded and last saved on those days."""
    pledge = PledgeFactory(city=city, title_en=title, **fields)
    Pledge.objects.filter(pk=pledge.pk).update(
        created_at=day(created), published_at=day(created), updated_at=day(updated)
    )
    return pledge


def test_the_last_change_says_when_and_what_and_leads_there(client, city):
    first = pledge_of(city, "Train teachers", 0, 0)
    assert answers(client, city)["Last change"] == "2 March 2026 Pledge recorded: Train teachers"
    assert f'<a href="/en/pledges/{first.pk}/">Train teachers</a></span>' in client.get(city.get_absolute_url()).text
    pledge_of(city, "Open a line", 0, 1, announced_on="2015")
    assert answers(client, city)["Last change"] == "3 March 2026 Text changed: Open a line"
    pledge_of(city, "Earlier still", 2, 2, announced_on="2014")
    assert answers(client, city)["Last change"] == "4 March 2026 Action recorded: Earlier still"
    ProgressUpdateFactory(pledge=first, created_at=day(3))
    ProgressUpdateFactory(pledge=first, created_at=day(9), taken_down_at=day(10), taken_down_by=UserFactory())
    Pledge.objects.filter(pk=first.pk).update(updated_at=day(3) + dt.timedelta(milliseconds=5))
    assert answers(client, city)["Last change"] == "5 March 2026 Progress reported: Train teachers"
    revision = RevisionFactory(
        practice__city=city, practice__slug="work", status="published", title_en="Work", published_at=day(4)
    )
    assert answers(client, city)["Last change"] == "6 March 2026 Practice published: Work"
    RevisionFactory(practice=revision.practice, number=0, status="superseded", published_at=day(-9))
    assert answers(client, city)["Last change"] == "6 March 2026 New version of a practice: Work"


def test_what_the_stops_mean_is_one_click_away(client, city):
    page = client.get(city.get_absolute_url()).text
    folded = re.search(r'<details class="what-is-this">(.*?)</details>', page, re.DOTALL)[1]
    assert "<summary>What is this?</summary>" in folded
    assert "filled: pledge" in folded
    assert page.count("filled: pledge") == 1


def test_in_brief_has_the_host_of_a_source_alone_and_no_time_zone(client):
    city = CityFactory(source="https://www.example.org/blog/2016/06/14/a-very-long-address", time_zone="Europe/Oslo")
    page = client.get(city.get_absolute_url()).text
    assert re.search(r'href="https://www.example.org/blog/2016/06/14/a-very-long-address"[^>]*>example.org</a>', page)
    assert "Europe/Oslo" not in page

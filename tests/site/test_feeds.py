"""Atom feeds, held against RFC 4287 by parsing them."""

import datetime as dt
import re
from xml.etree import ElementTree

import pytest
from django.utils import timezone
from django.utils.http import http_date

from commitments.models import Commitment, Pledge
from commitments.pledges import take_down
from practices.moderation import archive
from scn_portal.base.http.caching import PUBLIC
from tests.factories import (
    SOME_DAY,
    CityFactory,
    CommitmentFactory,
    ModeratorFactory,
    PledgeFactory,
    PracticeFactory,
    ProgressUpdateFactory,
    RevisionFactory,
    UserFactory,
    commit,
    moved,
)

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# English address, French address, queries.
FEEDS = [
    ("/en/practices/feed.xml", "/fr/pratiques/flux.xml", 3),
    ("/en/cities/testford/feed.xml", "/fr/villes/testford/flux.xml", 6),
    ("/en/commitments/1/feed.xml", "/fr/engagements/1/flux.xml", 6),
]
ADDRESSES = [address for english, french, _queries in FEEDS for address in (english, french)]


def network(rows: int):
    city = CityFactory(name_en="Testford")
    for _number in range(rows):
        ProgressUpdateFactory(pledge=PledgeFactory(city=city, description_en="Described."))
        RevisionFactory(practice__city=city, status="published")
    return city


def parsed(client, address: str) -> ElementTree.Element:
    response = client.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    return ElementTree.fromstring(response.content)


def moment(part: ElementTree.Element, name: str) -> dt.datetime:
    return dt.datetime.fromisoformat(part.findtext(f"{ATOM}{name}"))


def titles(feed: ElementTree.Element) -> list[str]:
    return [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_feed_has_all_that_the_standard_asks_for(client, settings, address):
    network(3)
    feed = parsed(client, address)
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == (3 if "practices" in address or "pratiques" in address else 9)
    assert feed.get(LANG) == address[1:3]
    ids = [element.findtext(f"{ATOM}id") for element in [feed, *entries]]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", identifier) for identifier in ids)
    for each in [feed, *entries]:
        assert each.findtext(f"{ATOM}title")
        assert dt.datetime.fromisoformat(each.findtext(f"{ATOM}updated")).tzinfo
        for once in ("id", "title", "updated", "rights", "content", "published", "subtitle"):
            assert len(each.findall(f"{ATOM}{once}")) <= 1
        assert each.findtext(f"{ATOM}author/{ATOM}name")
        links = [link for link in each.findall(f"{ATOM}link") if link.get("rel") != "license"]
        assert all(link.get("href").startswith(f"{settings.SITE_URL}/{address[1:3]}/") for link in links)
        assert [link.get("rel") for link in links].count("alternate") == 1
        assert "CC BY 4.0" in each.findtext(f"{ATOM}rights")
    assert feed.find(f"{ATOM}link[@rel='self']").get("href") == settings.SITE_URL + address
    assert max(entry.findtext(f"{ATOM}updated") for entry in entries) <= feed.findtext(f"{ATOM}updated")
    for entry in entries:
        assert moment(entry, "published") <= moment(entry, "updated")
        assert entry.find(f"{ATOM}content").get("type") == "html"
        assert all(category.get("term") for category in entry.iter(f"{ATOM}category"))


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("english", "french", "queries"), FEEDS)
def test_a_feed_takes_the_same_queries_for_one_row_as_for_three(
    client, django_assert_num_queries, rows, english, french, queries
):
    network(rows)
    for address in (english, french):
        with django_assert_num_queries(queries):
            assert client.get(address).status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_feed_is_the_same_for_every_reader_and_need_not_be_fetched_twice(client, address):
    network(1)
    first = client.get(address)
    assert not first.cookies
    assert "cookie" not in first.get("Vary", "").lower()
    assert "public" in first["Cache-Control"]
    assert client.get(address, headers={"if-none-match": first["ETag"]}).status_code == 304


def test_a_reader_who_asks_for_what_changed_since_learns_that_something_was_taken_down(client):
    pledge = PledgeFactory(city=CityFactory(name_en="Testford"))
    report = ProgressUpdateFactory(pledge=pledge, what_changed_en="Never to be read again")
    assert "Never to be read" in client.get("/en/cities/testford/feed.xml").text
    now = http_date(report.created_at.timestamp() + 1)
    take_down(report, reason="A name.", by=UserFactory())
    answer = client.get("/en/cities/testford/feed.xml", headers={"if-modified-since": now})
    assert answer.status_code == 200
    assert "Never to be read" not in answer.text


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_cache_keeps_what_was_taken_down_for_longer_than_ten_seconds_without_asking(client, address):
    network(1)
    assert client.get(address)["Cache-Control"] == PUBLIC


def test_updated_of_a_feed_never_goes_backwards(client):
    addresses = [english for english, _french, _queries in FEEDS] + ["/en/changes/feed.xml"]
    city = CityFactory(name_en="Testford")
    update = ProgressUpdateFactory(pledge=PledgeFactory(city=city))
    revision = RevisionFactory(practice__city=city, status="published", published_at=timezone.now())
    pledge = PledgeFactory(city=city)
    commit()
    before = [moment(parsed(client, address), "updated") for address in addresses]
    take_down(update, reason="A name.", by=UserFactory())
    archive(revision=revision, by=ModeratorFactory(), reason="A name.")
    pledge.delete()
    commit()
    after = [moment(parsed(client, address), "updated") for address in addresses]
    assert all(earlier < later for earlier, later in zip(before, after, strict=True))


def test_a_practice_that_comes_back_keeps_the_day_of_its_first_publication(client):
    first, second = SOME_DAY, SOME_DAY + dt.timedelta(days=30)
    old = RevisionFactory(status="archived", published_at=first)
    RevisionFactory(practice=old.practice, status="published", published_at=second)
    (entry,) = parsed(client, "/en/practices/feed.xml").iter(f"{ATOM}entry")
    assert (moment(entry, "published"), moment(entry, "updated")) == (first, second)


def test_no_id_holds_the_name_of_the_host_and_each_language_has_its_own(client, settings):
    network(1)

    def ids(address: str) -> set[str]:
        return {element.text for element in parsed(client, address).iter(f"{ATOM}id")}

    english, french = ids("/en/practices/feed.xml"), ids("/fr/pratiques/flux.xml")
    assert english.isdisjoint(french)
    assert english & ids("/en/cities/testford/feed.xml")
    settings.SITE_URL = "https://elsewhere.example"
    assert ids("/en/practices/feed.xml") == english


def test_a_city_that_has_left_tells_its_own_news_and_not_those_of_a_commitment(client):
    PledgeFactory(city=CityFactory(name_en="Leftford", status="former"), title_en="Pledged before it left")
    assert titles(parsed(client, "/en/cities/leftford/feed.xml")) == ["Pledged before it left"]
    assert titles(parsed(client, "/en/commitments/1/feed.xml")) == []


def test_only_what_is_public_is_news(client):
    city = network(1)
    pledge = Pledge.objects.get()
    gone = ProgressUpdateFactory(pledge=pledge, what_changed_en="Never to be read")
    take_down(gone, reason="A name.", by=UserFactory())
    RevisionFactory(practice=PracticeFactory(city=city), status="submitted", title_en="Unread by a moderator")
    text = client.get("/en/cities/testford/feed.xml").text
    assert "Never to be read" not in text
    assert "Unread by a moderator" not in text
    assert text.count("<entry") == 3


def test_a_feed_holds_the_newest_fifty(client):
    city = CityFactory(name_en="Testford")
    for number in range(51):
        day = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(days=number)
        RevisionFactory(practice__city=city, status="published", title_en=f"Number {number}", published_at=day)
    found = titles(parsed(client, "/en/cities/testford/feed.xml"))
    assert found == [f"Number {number}" for number in range(50, 0, -1)]


def test_the_feed_of_practices_is_narrowed_as_their_list_is(client, settings):
    second = CommitmentFactory(number=2)
    RevisionFactory(status="published", title_en="Of one")
    RevisionFactory(status="published", title_en="Of two", commitments=[second])
    feed = parsed(client, "/en/practices/feed.xml?commitment=2&page=9")
    assert titles(feed) == ["Of two"]
    whole = parsed(client, "/en/practices/feed.xml?commitment=99")
    assert sorted(titles(whole)) == ["Of one", "Of two"]
    own = [each.find(f"{ATOM}link[@rel='self']").get("href").removeprefix(settings.SITE_URL) for each in (feed, whole)]
    assert own == ["/en/practices/feed.xml?commitment=2", "/en/practices/feed.xml"]
    assert feed.findtext(f"{ATOM}id") != whole.findtext(f"{ATOM}id")


def test_a_text_in_the_other_language_says_so(client):
    RevisionFactory(
        status="published", source_language="fr", title_fr="Pratique seule", title_en=None,
        summary_fr="Résumé.", summary_en=None,
    )  # fmt: skip
    (entry,) = parsed(client, "/en/practices/feed.xml").iter(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "Pratique seule (in French)"
    assert entry.get(LANG) == "fr"
    assert '<div lang="fr"><p>Résumé.</p>' in entry.findtext(f"{ATOM}content")


def test_what_people_paste_is_safe_and_breaks_no_feed(client):
    city = CityFactory(name_en="Testford")
    text = "\x0b<script>alert(1)</script> **bold** ]]> \x1f"
    PledgeFactory(city=city, title_en="A \x0b & <b> \x01", description_en=text)
    (entry,) = parsed(client, "/en/cities/testford/feed.xml").iter(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "A  & <b> "
    assert "<script" not in entry.findtext(f"{ATOM}content")
    assert "<strong>bold</strong>" in entry.findtext(f"{ATOM}content")


def test_the_id_of_an_entry_survives_a_new_title_and_a_new_address(client):
    revision = RevisionFactory(status="published")

    def identity() -> str:
        (entry,) = parsed(client, "/en/practices/feed.xml").iter(f"{ATOM}entry")
        return entry.findtext(f"{ATOM}id")

    before = identity()
    revision.practice.slug = "moved"
    revision.practice.save()
    assert identity() == before


@pytest.mark.parametrize(
    ("announced_on", "title", "dated"),
    [
        ("2011-01", "Action already taken: Plant trees", "Newly recorded. Action already taken: January 2011"),
        ("2019", "Plant trees", "Newly recorded. Announced: 2019"),
    ],
)
def test_an_entry_says_newly_recorded_with_the_date_of_the_thing_itself(client, announced_on, title, dated):
    pledge = PledgeFactory(title_en="Plant trees", announced_on=announced_on)
    entry = parsed(client, f"/en/cities/{pledge.city.slug}/feed.xml").find(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == title
    assert dated in entry.findtext(f"{ATOM}content")


def test_the_entry_of_a_practice_says_when_it_started_and_whether_it_is_new(client):
    revision = RevisionFactory(status="published", started_on="2015")
    address = f"/en/cities/{revision.practice.city.slug}/feed.xml"
    assert "Newly recorded. Started: 2015" in parsed(client, address).findtext(f"{ATOM}entry/{ATOM}content")
    moved(type(revision).objects.filter(pk=revision.pk), status="superseded")
    RevisionFactory(status="published", number=2, practice=revision.practice)
    assert "Changed. Date not known" in parsed(client, address).findtext(f"{ATOM}entry/{ATOM}content")


def test_an_empty_feed_does_not_claim_to_be_new(client):
    feed = parsed(client, "/en/practices/feed.xml")
    assert feed.findtext(f"{ATOM}updated").startswith("2018-07-01")
    assert titles(feed) == []


@pytest.mark.parametrize(
    "address",
    [
        "/en/cities/nowhere/feed.xml",
        "/en/cities/a%00b/feed.xml",
        "/en/commitments/8/feed.xml",
        f"/en/commitments/{10**30}/feed.xml",
        "/fr/villes/nulle-part/flux.xml",
    ],
)
def test_an_unknown_feed_is_not_found(client, address):
    CommitmentFactory()
    assert Commitment.objects.exists()
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("query", ["commitment=%00", "commitment=%FF", "commitment='--", "commitment=" + "9" * 10_000])
def test_bad_filters_are_no_filters(client, query):
    network(1)
    assert len(titles(parsed(client, f"/en/practices/feed.xml?{query}"))) == 1


@pytest.mark.parametrize("address", ["/en/practices/feed.xml", "/en/calendar.ics", "/en/picture.png", "/robots.txt"])
def test_they_are_only_read(client, address):
    assert client.post(address).status_code == 405

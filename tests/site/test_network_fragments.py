"""Fragments of the pages that show the whole network: not a byte differs, nothing stays that was taken down."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from commitments import pledges
from commitments.loading import load_declaration
from commitments.models import Commitment
from members.models import City
from tests.factories import CityFactory, MilestoneFactory, PledgeFactory, RevisionFactory, UserFactory

pytestmark = pytest.mark.usefixtures("fragments_on")

PAGES = (
    "/en/", "/fr/", "/en/commitments/4/", "/fr/engagements/4/", "/en/commitments/4/?page=1", "/en/about/",
    "/en/commitments/", "/en/changes/", "/en/nothing-here/", "/en/pledges/?status=done",
    "/en/open-data/api/", "/fr/donnees-ouvertes/dictionnaire/",
)  # fmt: skip


@pytest.fixture
def something() -> Commitment:
    load_declaration()
    fourth = Commitment.objects.of_melbourne().get(number=4)
    city = CityFactory(latitude=45.0, longitude=-73.0)
    pledge = PledgeFactory(city=city, commitment=fourth, title_en="Canary of a pledge", status="done")
    MilestoneFactory(pledge=pledge, due_on="2099-01-01", title_en="Canary of a milestone")
    PledgeFactory(city=city, commitment=fourth, title_fr="Une promesse", announced_on="2011")
    RevisionFactory(practice__city=city, status="published", commitments=[fourth])
    return fourth


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
def test_turned_off_no_byte_differs(client, something, settings, page):
    settings.FRAGMENTS = False
    built = client.get(page).content
    settings.FRAGMENTS = True

    assert [client.get(page).content for _ in range(2)] == [built, built]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "page",
    ["/en/", "/fr/", "/en/commitments/4/", "/fr/engagements/4/", "/en/changes/", "/fr/donnees-ouvertes/api/",
     "/en/open-data/dictionary/"],
)  # fmt: skip
def test_what_is_kept_asks_for_the_generation_alone(client, something, settings, django_assert_num_queries, page):
    settings.FRAGMENTS = True
    built = client.get(page).content

    with django_assert_num_queries(0):  # that one passes Django by
        assert client.get(page).content == built


@pytest.mark.django_db
def test_what_somebody_adds_to_an_address_is_kept_for_nobody_else(client, something, settings):
    settings.FRAGMENTS = True

    assert "canary" in client.get("/en/commitments/4/?region=canary").text
    assert "canary" not in client.get("/en/commitments/4/").text


@pytest.mark.django_db(transaction=True)
def test_a_change_is_seen_at_once_and_what_is_taken_down_is_nowhere(client, something, settings):
    settings.FRAGMENTS = True
    shown = ("/en/", "/en/commitments/4/", "/en/changes/", "/en/pledges/")
    assert all("Canary of a pledge" in client.get(page).text for page in shown)

    new = PledgeFactory(commitment=something, title_en="Another one")
    seen = [page for page in shown if "Another one" in client.get(page).text]
    pledge = something.pledges.get(title_en="Canary of a pledge")
    pledges.take_down(pledge, by=UserFactory(), reason="It named somebody who never agreed.")
    left = [page for page in shown if "Canary" in client.get(page).text]

    assert new.pk
    assert seen == list(shown)
    assert left == []


@contextmanager
def committed_after(words: str, change: Callable[[], object]) -> Iterator[list[str]]:
    """Inside the block, somebody else commits `change` as soon as a query with `words` was answered. Yields the
    query."""
    answered: list[str] = []

    def by_somebody_else() -> None:
        try:
            change()
        finally:
            connection.close()

    def watched(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if words in sql and not answered:
            answered.append(sql)
            changing = threading.Thread(target=by_somebody_else)
            changing.start()
            changing.join()
        return answer

    with connection.execute_wrapper(watched):
        yield answered


@pytest.mark.django_db(transaction=True)
def test_whoever_has_a_session_leaves_nothing_to_others_that_is_older_than_its_number(client, something, settings):
    """Of a page that is asked for by its number, rows are read before the first fragment is shown."""
    city = CityFactory(name_en="Firstname")
    PledgeFactory(city=city, commitment=something)
    address = f"/en/commitments/4/?region={city.region.slug}"
    client.cookies[settings.SESSION_COOKIE_NAME] = "whatever"

    rename = City.objects.filter(pk=city.pk).update
    with committed_after('"members_city"."name_en"', lambda: rename(name_en="Secondname")) as answered:
        assert "Firstname" in client.get(address).text
    assert answered

    client.cookies.clear()
    assert "Secondname" in client.get(address).text

"""Pages of cities with parts that are kept: the same bytes, at once what a change makes of them, nothing taken down."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from commitments import pledges
from commitments.loading import load_declaration
from commitments.models import Commitment, Pledge
from members import hiding
from members.models import City, Region
from scn_portal.site import city_records
from scn_portal.site.models import CityRecord
from tests.factories import (
    CityFactory,
    MilestoneFactory,
    ModeratorFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    RegionFactory,
    RevisionFactory,
    UpdateDocumentFactory,
    UserFactory,
    commit,
)

pytestmark = pytest.mark.usefixtures("kept_at_once", "fragments_on")

ADDRESSES = [
    "/en/cities/", "/en/cities/?sort=name&region=north", "/en/cities/?commitment=4", "/en/cities/alphaford/",
    "/en/cities/betaford/", "/en/cities/goneford/", "/en/cities/map.json", "/en/cities/map.json?near=alphaford",
    "/en/matrix/", "/en/matrix/?all=yes&country=CA", "/en/countries/ca/", "/en/regions/north/", "/en/embed/map/",
    "/en/compare/?city=alphaford&city=betaford", "/en/embed/cities/alphaford/", "/en/cities/alphaford/badge.svg",
    "/en/cities/alphaford/feed.xml", "/en/cities/alphaford/calendar.ics", "/en/print/cities/", "/en/print/matrix/",
    "/fr/villes/", "/fr/villes/alphaford/", "/fr/tableau/", "/fr/pays/ca/", "/fr/regions/north/",
]  # fmt: skip


@pytest.fixture
def network(db) -> dict:
    return _network()


def _network() -> dict:
    """Three cities of two regions, the first with something of each kind, and one that has left."""
    load_declaration()
    fourth = Commitment.objects.of_melbourne().get(number=4)
    north = RegionFactory(slug="north")
    first = CityFactory(name_en="Alphaford", region=north, country="CA", latitude=1.0, longitude=1.0, joined_year=2019)
    second = CityFactory(name_en="Betaford", region=north, country="CA", latitude=2.0, longitude=1.0)
    CityFactory(name_en="Gammaford", region=RegionFactory(slug="south"), country="KE", latitude=3.0, longitude=1.0)
    gone = CityFactory(name_en="Goneford", status="former")
    pledge = PledgeFactory(city=first, commitment=fourth, title_en="Canary pledge", due_on="2099-01-01")
    PledgeFactory(city=second, commitment=fourth)
    PledgeFactory(city=gone, commitment=fourth, title_en="Canary of a former member")
    update = ProgressUpdateFactory(pledge=pledge, what_changed_en="Canary update")
    UpdateDocumentFactory(pledge=pledge, update_row=update, title="Canary document")
    step = MilestoneFactory(pledge=pledge, title_en="Canary milestone", due_on="2099-02-01")
    RevisionFactory(practice__city=first, status="published", title_en="Canary practice", commitments=[fourth])
    return {"first": first, "pledge": pledge, "update": update, "step": step, "former": gone}


def answers(client, *, kept: bool, settings) -> dict[str, bytes]:
    settings.FRAGMENTS = kept
    found = {address: client.get(address) for address in ADDRESSES}
    assert {address: answer.status_code for address, answer in found.items() if answer.status_code != 200} == {}
    return {address: answer.content for address, answer in found.items()}


def test_what_is_kept_changes_no_byte(client, network, settings):
    plain = answers(client, kept=False, settings=settings)
    assert answers(client, kept=True, settings=settings) == plain
    assert answers(client, kept=True, settings=settings) == plain  # from what is kept


def test_a_page_that_is_kept_takes_no_query_besides_the_generation(client, network, django_assert_num_queries):
    for address in ("/en/cities/alphaford/", "/en/cities/?sort=name", "/en/cities/?page=1"):
        client.get(address)
        with django_assert_num_queries(0):
            client.get(address)


READ = [
    "/en/cities/", "/en/cities/alphaford/", "/en/cities/betaford/", "/en/cities/goneford/", "/en/cities/map.json",
    "/en/matrix/", "/en/countries/ca/", "/en/regions/north/", "/en/cities/alphaford/feed.xml",
    "/en/cities/alphaford/calendar.ics",
]  # fmt: skip


def shown(client, words: str) -> list[str]:
    """The addresses whose answer has the words, once what was changed is committed."""
    commit()
    return [address for address in READ if words in client.get(address).text]


def test_a_change_is_on_every_page_at_once(client, network):
    shown(client, "Alphaford")
    City.objects.filter(slug="alphaford").update(name_en="Renamed", name_fr="Renommée")
    assert shown(client, "Alphaford") == []
    assert {"/en/cities/", "/en/cities/alphaford/", "/en/matrix/", "/en/countries/ca/"} <= set(shown(client, "Renamed"))
    assert "/en/cities/betaford/" in shown(client, "Renamed"), "as a neighbour"
    Region.objects.filter(slug="north").update(name_en="Other region")
    assert {"/en/cities/", "/en/cities/alphaford/", "/en/regions/north/"} <= set(shown(client, "Other region"))
    Commitment.objects.filter(number=4).update(short_en="Other words")
    assert {"/en/cities/", "/en/cities/alphaford/", "/en/matrix/"} <= set(shown(client, "Other words"))
    Pledge.objects.filter(pk=network["pledge"].pk).update(title_en="Said otherwise")
    assert {"/en/cities/alphaford/", "/en/cities/alphaford/feed.xml"} <= set(shown(client, "Said otherwise"))


@pytest.fixture
def committed(transactional_db) -> dict:
    return _network()


def test_what_was_taken_down_is_in_no_answer_once_that_is_committed(client, committed):
    by = ModeratorFactory()
    assert "/en/cities/alphaford/" in shown(client, "Canary update")
    for words, down in (
        (("Canary milestone",), lambda: pledges.take_down(committed["step"], reason="It names somebody.", by=by)),
        (("Canary update", "Canary document"),
         lambda: pledges.take_down(committed["update"], reason="It names somebody.", by=by)),
        (("Canary pledge",), lambda: pledges.take_down(committed["pledge"], reason="It names somebody.", by=by)),
        (("Canary practice", "Alphaford"), lambda: hiding.hide(committed["first"], reason="It is in danger.", by=by)),
    ):  # fmt: skip
        assert all(shown(client, each) for each in words)
        down()
        assert [shown(client, each) for each in words] == [[] for _each in words]
    former = committed["former"].pledges.get()
    assert shown(client, former.title_en) == ["/en/cities/goneford/"]
    pledges.take_down(former, reason="It names somebody.", by=by)
    assert shown(client, former.title_en) == []
    assert city_records.KEPT.wrong() == []


# --- What is kept of each city ---------------------------------------------------------------------------------------


def record(city: City) -> CityRecord:
    return CityRecord.objects.get(city=city)


def test_the_record_of_a_city_is_true_after_any_change(network):
    first, former = network["first"], network["former"]
    kept = record(first)
    assert (kept.pledge_count, kept.prior_count, kept.practice_count, kept.record_count) == (1, 0, 1, 2)
    assert (kept.pledged_under, kept.has_mark) == ([4], True)
    assert kept.standings == {"4": [[network["pledge"].status], network["pledge"].pk, 1, 1]}
    with connection.cursor() as cursor:
        cursor.execute("UPDATE commitments_pledge SET announced_on = '2012' WHERE id = %s", [network["pledge"].pk])
    assert (record(first).pledge_count, record(first).prior_count, record(first).pledged_under) == (0, 1, [])
    assert record(first).version > kept.version
    PledgeFactory(city=former, commitment=network["pledge"].commitment)
    assert record(former).pledge_count == 2, "what a former member pledges has no public record"
    ProgressUpdateFactory(pledge=former.pledges.first())
    assert city_records.KEPT.wrong() == []


def test_the_version_of_the_network_rises_with_what_cities_are_found_by_alone(network):
    before = city_records.network_version()
    ProgressUpdateFactory(pledge=network["pledge"])
    assert city_records.network_version() == before
    for change in (
        lambda: City.objects.filter(slug="betaford").update(population=5),
        lambda: PledgeFactory(city=network["first"], commitment=Commitment.objects.of_melbourne().get(number=1)),
        lambda: RevisionFactory(practice__city__name_en="Newford", status="published"),
        lambda: hiding.hide(City.objects.get(slug="betaford"), reason="It is in danger.", by=UserFactory()),
    ):
        change()
        assert city_records.network_version() > before
        before = city_records.network_version()


def test_a_city_that_is_deleted_is_another_version_too(network):
    """Though it was not the one that changed last."""
    lone = CityFactory()
    commit()
    City.objects.filter(pk=network["first"].pk).update(population=7)
    commit()
    before = city_records.network_version()
    lone.delete()
    commit()
    assert city_records.network_version() > before


def test_a_command_compares_what_is_kept_and_makes_it_anew(network):
    call_command("kept", "cities", check=True)
    CityRecord.objects.filter(city=network["first"]).update(pledge_count=9)
    with pytest.raises(CommandError, match=f"cities: 1 wrong: {network['first'].pk}"):
        call_command("kept", "cities", check=True)
    call_command("kept", "cities")
    call_command("kept", "cities", check=True)


def test_many_rows_of_a_city_in_one_transaction_are_counted_once(network):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    before = record(network["first"]).version
    PledgeFactory.create_batch(3, city=network["first"], commitment=network["pledge"].commitment)
    assert record(network["first"]).version == before, "until the transaction ends"
    commit()
    assert record(network["first"]).pledge_count == 4

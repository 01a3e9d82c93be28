"""Counts that are kept of large lists: what is read, when it is counted anew, what a page shows without them."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.http import QueryDict

from members.models import City
from scn_portal.base import facets, generation, kept_counts, tasks
from scn_portal.base.facet_counts import Statement
from scn_portal.base.facets import Facet, FacetedSearch
from scn_portal.base.models import KeptCount
from scn_portal.base.totals import Total
from scn_portal.site.cities.filters import CITY_FACETS
from tests.factories import CityFactory, PledgeFactory, RegionFactory, commit

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(monkeypatch):
    """A network that is large with four cities: more than three are not counted on a page."""
    monkeypatch.setattr(kept_counts, "_registered", kept_counts._Registry())
    monkeypatch.setattr(facets, "MAX_COUNTED", 3)
    kept_counts.register("cities", rows=City.objects.listed, facets=CITY_FACETS, above=3)
    north, south = RegionFactory(slug="north"), RegionFactory(slug="south")
    for country, region in (("KE", south), ("KE", south), ("CA", north), ("KE", north)):
        CityFactory(country=country, region=region)
    return "cities"


def ask(query: str = "", **options) -> FacetedSearch:
    options = {"kept": "cities"} | options
    return FacetedSearch(City.objects.listed(), CITY_FACETS, QueryDict(query), language="en", **options)


def offered(faceted: FacetedSearch, name: str) -> list[tuple[str, int | None]]:
    facet = next(facet for facet in faceted.facet_options if facet.name == name)
    return [(option.value, option.count) for option in facet.options]


def test_a_large_list_is_shown_with_its_kept_counts_in_one_query(kept, django_assert_num_queries):
    kept_counts.rebuild()
    CityFactory(country="CA")  # since then
    with django_assert_num_queries(1):
        faceted = ask()
        assert offered(faceted, "country") == [("KE", 3), ("CA", 1)]
        assert faceted.total == Total(4)


def test_of_a_narrowed_list_that_is_still_large_no_number_is_invented(kept):
    CityFactory(country="CA")
    kept_counts.rebuild()
    faceted = ask("status=member&unit_type=city&region=north&region=south")
    assert faceted.total == Total(3, is_exact=False)
    assert offered(faceted, "country") == [("KE", None), ("CA", None)]  # the most frequent first
    assert offered(ask("status=member"), "status") == [("member", 5)]  # without its own choice, nothing narrows it
    assert ask(is_narrowed=True).total == Total(3, is_exact=False)
    assert offered(ask(is_narrowed=True), "country") == [("KE", None), ("CA", None)]


def test_of_one_choice_the_number_is_kept(kept):
    CityFactory(country="CA")
    kept_counts.rebuild()
    CityFactory(country="CA")  # since then
    assert ask("status=member").total == Total(5)
    assert ask("unit_type=city&region=nowhere").total == Total(5)


def test_of_two_choices_the_number_is_kept_and_no_row_is_read(kept):
    CityFactory(country="CA", region__slug="north")
    kept_counts.rebuild()
    assert not KeptCount.objects.filter(facet="region&country").exists(), "no pair that a page counts is kept"
    assert ask("region=north&country=CA").total == Total(2)
    City.objects.filter(country="CA").delete()
    both = ask("status=member&unit_type=city")
    assert both.total == Total(5)
    assert offered(both, "country") == [("KE", None), ("CA", None)]
    # Where one of two values leaves too many, both do; how many is not known.
    assert ask("status=member&unit_type=city&unit_type=county").total == Total(3, is_exact=False)
    assert ask("unit_type=city&unit_type=county").total == Total(3, is_exact=False)


def test_a_worker_counts_pairs_anew_where_another_number_has_changed(kept, monkeypatch):
    counted = []
    count_pairs = Statement.count_pairs
    monkeypatch.setattr(Statement, "count_pairs", lambda *given: counted.append(1) or count_pairs(*given))
    kept_counts.rebuild(only_if_changed=True)
    PledgeFactory(city=CityFactory.create(status="former"))
    commit()
    kept_counts.rebuild(only_if_changed=True)
    assert counted == [1]
    CityFactory()
    commit()
    kept_counts.rebuild(only_if_changed=True)
    assert counted == [1, 1]
    kept = kept_counts.read("cities", with_pairs=True)["cities"]
    assert kept.counts["status&unit_type", "member&city"] == 5
    assert set(kept_counts.read("cities")["cities"].counts) == {key for key in kept.counts if "&" not in key[0]}
    assert kept_counts.differences() == {}


def test_what_leaves_statements_is_counted_exactly(kept):
    kept_counts.rebuild()
    CityFactory(country="CA", region__slug="south")
    faceted = ask("country=CA")
    assert faceted.total == Total(2)
    assert sorted(offered(faceted, "region")) == [("north", 1), ("south", 1)]


def test_a_page_works_before_anything_is_kept(kept):
    assert ask().total == Total(3, is_exact=False)
    assert [value for value, _count in offered(ask(), "region")] == ["north", "south"]


def test_a_small_list_is_counted_and_never_kept(kept):
    City.objects.filter(country="CA").delete()
    assert kept_counts.rebuild() == ["cities"]
    assert kept_counts.read("cities") == {}
    CityFactory(country="FR").delete()
    assert offered(ask(), "country") == [("KE", 3)]


def test_a_worker_counts_anew_only_after_something_public_changed(kept):
    commit()
    assert tasks.keep_counts() == ["cities"]
    commit()
    assert tasks.keep_counts() == ["cities"]
    assert tasks.keep_counts() == []
    CityFactory()
    commit()
    assert tasks.keep_counts() == ["cities"]
    assert kept_counts.read("cities")["cities"].total == 5


def test_other_numbers_raise_the_generation_once(kept):
    commit()
    tasks.keep_counts()
    commit()
    after = generation.current().number
    assert tasks.keep_counts() == ["cities"], "its own numbers have changed what pages say"
    commit()
    assert tasks.keep_counts() == []
    assert generation.current().number == after


def test_numbers_with_names_are_kept_where_they_sum_to_more(kept):
    numbers = {("status", "done"): 2, ("status", "announced"): 2}
    kept_counts.register("pledges", counts=lambda: numbers, above=3)
    kept_counts.register("few", counts=lambda: numbers, above=4)
    kept_counts.rebuild()
    read = kept_counts.read("pledges", "few")
    assert read["pledges"].counts == numbers
    assert "few" not in read


def test_the_command_counts_and_verifies(kept):
    call_command("kept", "counts", stdout=StringIO())
    call_command("kept", "counts", "--check", stdout=StringIO())
    KeptCount.objects.filter(facet="country", value="CA").update(count=7)
    with pytest.raises(CommandError, match="cities country CA: kept 7, counted 1"):
        call_command("kept", "counts", "--check")


def test_no_page_reads_more_rows_than_it_counts(kept, django_assert_num_queries):
    with django_assert_num_queries(1) as read:
        assert ask("status=member").total
    assert read.captured_queries[0]["sql"].count("LIMIT 4") == 2  # a set without the choice, a set with it


def test_the_condition_of_a_facet_is_its_owners(kept):
    by_country = Facet("country", "Country", "country", lambda language: {"KE": "Kenya", "CA": "Canada"})
    turned = Facet("not", "Not", "country", by_country.labels, where=lambda values: ~facets.Q(country__in=values))
    assert {city.country for city in turned.filter_by(City.objects.all(), ["KE"])} == {"CA"}

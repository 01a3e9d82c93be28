"""Narrowing a list: what a choice leaves, what is counted beside it, what makes no sense."""

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db.models import Case, CharField, Func, Value, When
from django.http import QueryDict

from commitments.facets import PLEDGE_FACETS
from commitments.models import Commitment, Pledge
from members.models import City
from practices.choices import Theme
from practices.models import Revision
from scn_portal.base import facet_counts
from scn_portal.base.facet_options import FacetOptions, Option
from scn_portal.base.facets import Facet, FacetedSearch
from scn_portal.base.statements import fetch
from scn_portal.site.cities.filters import CITY_FACETS
from scn_portal.site.pledges.filters import cities
from tests.factories import CityFactory, CommitmentFactory, PledgeFactory, RegionFactory, RevisionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept_at_once")]


def ask(query: str = "", rows=None, facets=CITY_FACETS, language: str = "en", **options) -> FacetedSearch:
    rows = City.objects.listed() if rows is None else rows
    return FacetedSearch(rows, facets, QueryDict(query), language=language, **options)


def counts(faceted: FacetedSearch) -> dict[str, dict[str, int]]:
    """What is offered, without the facets that offer nothing."""
    offered = {facet.name: {option.value: option.count for option in facet.options} for facet in faceted.facet_options}
    return {name: values for name, values in offered.items() if values}


def names(faceted: FacetedSearch) -> list[str]:
    return sorted(city.name_en for city in faceted.rows)


@pytest.fixture
def three():
    """Three cities in two regions, two with pledges under 4, one of them also under 5, the third with practices."""
    north, south = RegionFactory(slug="north"), RegionFactory(slug="south")
    for number in (4, 5, 6):
        CommitmentFactory(number=number)
    first = CityFactory(name_en="A", region=north, country="CA", joined_year=2019)
    second = CityFactory(name_en="B", region=south, country="CA", unit_type="county")
    third = CityFactory(name_en="C", region=south, country="KE", joined_year=2021)
    for city, number in ((first, 4), (first, 4), (second, 4), (second, 5)):
        PledgeFactory(city=city, commitment=Commitment.objects.get(number=number))
    RevisionFactory(practice__city=third, status="published", commitments=[])
    RevisionFactory(practice__city=third, status="published", commitments=[])
    RevisionFactory(practice__city=first, status="submitted", commitments=[])


def test_every_value_is_counted_once_a_row(three):
    assert counts(ask()) == {
        "status": {"member": 3},
        "region": {"north": 1, "south": 2},
        "country": {"CA": 2, "KE": 1},
        "unit_type": {"city": 2, "county": 1},
        "commitment": {"4": 2, "5": 1},
        "has_practices": {"yes": 1},
        "joined": {"2021": 1, "2019": 1},
    }


def test_of_one_row_too():
    CityFactory(country="FR")
    assert counts(ask()) == {
        "status": {"member": 1},
        "region": {"somewhere": 1},
        "country": {"FR": 1},
        "unit_type": {"city": 1},
    }


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("", ["A", "B", "C"]), ("region=south", ["B", "C"]), ("region=south&region=north", ["A", "B", "C"]),
        ("region=south&country=CA", ["B"]), ("commitment=4", ["A", "B"]), ("commitment=4&commitment=5", ["A", "B"]),
        ("commitment=5&region=north", []), ("has_practices=yes", ["C"]), ("joined=2019&joined=2021", ["A", "C"]),
        ("unit_type=county&commitment=5", ["B"]), ("commitment=6", []), ("country=DE", []),
    ],
)  # fmt: skip
def test_any_value_within_a_facet_and_all_of_the_facets(three, query, left):
    assert names(ask(query)) == left
    assert ask(query).rows.count() == len(left)  # no row twice


def test_a_choice_narrows_the_counts_of_the_other_facets_and_not_its_own(three):
    assert counts(ask("region=south")) == {
        "status": {"member": 2},
        "region": {"north": 1, "south": 2},
        "country": {"CA": 1, "KE": 1},
        "unit_type": {"city": 1, "county": 1},
        "commitment": {"4": 1, "5": 1},
        "has_practices": {"yes": 1},
        "joined": {"2021": 1},
    }


def test_what_is_chosen_stays_on_offer_where_it_leaves_nothing(three):
    faceted = ask("country=KE&commitment=5")
    assert counts(faceted)["country"] == {"CA": 1, "KE": 0}
    assert counts(faceted)["commitment"] == {"5": 0}
    assert [(facet.name, option.label, option.count) for facet, option in faceted.chosen] == [
        ("country", "Kenya", 0),
        ("commitment", "5. Short 5", 0),
    ]


def test_names_are_in_the_requested_language_and_in_its_alphabetical_order():
    for code, slug in (("EG", "b"), ("ZM", "a"), ("FR", "a"), ("DE", "a")):
        CityFactory(country=code, region=RegionFactory(slug=slug))
    offered = {code: ask("", language=code).facet_options for code in ("en", "fr")}
    english, french = ([[option.label for option in facet.options] for facet in offered[code]] for code in offered)
    assert english[1:4] == [["A", "B"], ["Egypt", "France", "Germany", "Zambia"], ["City"]]
    assert french[1:3] == [["Région a", "Région b"], ["Allemagne", "Égypte", "France", "Zambie"]]


def test_the_most_frequent_values_come_first_and_years_and_commitments_in_their_own_order():
    one, two = CommitmentFactory(number=1), CommitmentFactory(number=2)
    for code, joined, commitment in (("ZM", 2021, two), ("ZM", 2021, two), ("FR", 2023, one), ("DE", 2021, two)):
        PledgeFactory(city=CityFactory(country=code, joined_year=joined), commitment=commitment)
    shown = {facet.name: [option.value for option in facet.options] for facet in ask().facet_options}
    assert shown["country"] == ["ZM", "FR", "DE"]
    assert shown["joined"] == ["2023", "2021"]
    assert shown["commitment"] == ["1", "2"]


@pytest.mark.parametrize(
    ("count", "first", "searched"), [(8, 8, False), (9, 6, False), (12, 6, False), (13, 6, True), (0, 0, False)]
)
def test_many_values_are_folded_to_the_first_six_and_never_to_hide_one_or_two(count, first, searched):
    options = [Option(str(number), str(number), 1, False, "") for number in range(count)]
    facet = FacetOptions("country", "Country", options)
    assert (facet.shown_first, facet.is_searched) == (first, searched)


def test_a_name_in_one_language_serves_both():
    PledgeFactory(commitment=CommitmentFactory(number=2, short_en=None))
    assert [option.label for option in ask().facet_options[4].options] == ["2. Bref 2"]


@pytest.mark.parametrize(
    ("query", "unknown"),
    [
        ("region=atlantis", [("Region", "atlantis")]), ("country=ZZ", [("Country", "ZZ")]),
        ("commitment=four", [("Has a pledge under", "four")]),
        ("commitment=" + "9" * 90, [("Has a pledge under", "9" * 90)]),
        ("joined=-1", [("Joined in", "-1")]), ("joined=1e9", [("Joined in", "1e9")]),
        ("region=" + "x" * 10_000, [("Region", "x" * 100)]), ("region=%00", [("Region", "\ufffd")]),
        ("region=a%00b", [("Region", "a\ufffdb")]),
        ("unit_type=%FF%FE", [("Type of local government", "\ufffd\ufffd")]),
        ("region=%ED%A0%80", [("Region", "\ufffd\ufffd\ufffd")]), ("has_practices=no", [("Has practices", "no")]),
        ("region=&country=%20&page=7&sort=x", []), ("region=' OR 1=1 --", [("Region", "' OR 1=1 --")]),
        ("region=atlantis&region=south", [("Region", "atlantis")]),
    ],
)  # fmt: skip
def test_invalid_values_are_listed_and_left_out(three, query, unknown):
    faceted = ask(query)
    assert faceted.ignored_values == unknown
    assert names(faceted) == (["B", "C"] if "region=south" in query else ["A", "B", "C"])
    assert counts(faceted)["country"]["KE"] == 1
    assert faceted.query == ("region=south" if "region=south" in query else "")


def test_a_question_of_more_values_than_anybody_has_is_cut():
    faceted = ask("&".join(f"country=Z{number}" for number in range(900)))
    assert len(faceted.ignored_values) == 50


def test_the_query_is_the_same_for_the_same_choices(three):
    typed = "country=KE&page=3&region=south&country=CA&sort=name&region=south&region=nowhere&country="
    assert ask(typed).query == "region=south&country=CA&country=KE"
    assert ask(typed, extra_params={"q": "é&", "sort": ""}).query == "q=%C3%A9%26&region=south&country=CA&country=KE"
    assert ask(typed, extra_params={"q": "x"}).query_without_facets == "q=x"


def test_a_chosen_option_knows_the_address_of_the_list_without_it(three):
    faceted = ask("country=CA&region=north&region=south")
    without = {option.value: option.without for facet in faceted.facet_options for option in facet.options}
    assert without["CA"] == "region=north&region=south"
    assert without["south"] == "region=north&country=CA"
    assert without["4"] == "", "its box is ticked by the form"


@pytest.mark.parametrize(
    ("query", "queries"), [("", 1), ("region=south&commitment=4&country=KE&joined=2019", 1), ("region=nowhere", 2)]
)
def test_all_is_counted_and_named_in_one_query(three, django_assert_num_queries, query, queries):
    with django_assert_num_queries(queries):
        faceted = ask(query)
        assert faceted.facet_options
        assert faceted.chosen is not None
        assert faceted.ignored_values is not None
        assert faceted.query is not None


def test_a_list_that_is_searched_is_counted_as_found_and_keeps_its_order(three):
    found = City.objects.listed().by_name("en").filter(name_en__in=["A", "C"]).reverse()
    faceted = ask("country=CA&country=KE", rows=found)
    assert [city.name_en for city in faceted.rows] == ["C", "A"]
    assert counts(faceted)["country"] == {"CA": 1, "KE": 1}


# --- Other lists -----------------------------------------------------------------------------------------------------


def test_pledges_are_narrowed_by_what_their_city_is(three):
    faceted = ask("region=south&status=announced", Pledge.objects.all(), PLEDGE_FACETS)
    assert faceted.rows.count() == 2
    assert counts(faceted) == {
        "commitment": {"4": 1, "5": 1},
        "status": {"announced": 2},
        "region": {"north": 2, "south": 2},
        "country": {"CA": 2},
    }


def themes(language: str) -> dict[str, str]:
    return dict(Theme.choices)


LANGUAGES = Func(
    Case(When(title_fr__gt="", then=Value("fr"))), Case(When(title_en__gt="", then=Value("en"))),
    function="array_remove", template="array_remove(ARRAY[%(expressions)s], NULL)",
    output_field=ArrayField(CharField()),
)  # fmt: skip
REVISION_FACETS = [
    Facet("theme", "Theme", "themes", themes, items=True),
    Facet("language", "Language", LANGUAGES, lambda language: {"fr": "French", "en": "English"}, items=True),
]


@pytest.mark.parametrize(
    ("query", "left"),
    [("", 3), ("theme=exit", 2), ("theme=exit&theme=youth", 3), ("theme=hate", 0), ("language=fr", 1),
     ("theme=youth&language=fr", 1), ("theme=exit&language=fr&language=en", 2)],
)  # fmt: skip
def test_the_items_of_an_array_are_values(query, left):
    for given in ({"themes": ["exit", "youth"]}, {"themes": ["exit"]}, {"themes": ["youth"], "title_fr": "Titre"}):
        RevisionFactory(**given)
    faceted = ask(query, Revision.objects.all(), REVISION_FACETS)
    assert faceted.rows.count() == left
    if not query:
        assert counts(faceted) == {"theme": {"exit": 2, "youth": 2}, "language": {"fr": 1, "en": 3}}


def test_of_very_many_values_the_most_frequent_and_those_chosen_are_offered(monkeypatch):
    monkeypatch.setattr("scn_portal.base.facets.MAX_OFFERED", 2)
    region = RegionFactory(slug="north")
    for country in ("CA", "CA", "FR", "KE", "DE"):
        CityFactory(country=country, region=region)
    [offered] = [facet for facet in ask("country=KE").facet_options if facet.name == "country"]
    assert offered.is_cut
    assert [option.value for option in offered.options] == ["CA", "FR", "KE"]
    [offered] = [facet for facet in ask().facet_options if facet.name == "country"]
    assert [(option.label, option.count) for option in offered.options] == [("Canada", 2), ("France", 1)]


def test_of_thousands_of_values_those_are_read_that_are_offered(monkeypatch):
    monkeypatch.setattr("scn_portal.base.facets.MAX_OFFERED", 2)
    fetched = []
    monkeypatch.setattr(facet_counts, "fetch", lambda *asked: fetched.extend(fetch(*asked)) or fetched)
    for slug, count in {"oslo": 3, "lyon": 2, "bath": 2, "ulm": 1, "kyiv": 1}.items():
        PledgeFactory.create_batch(count, city=CityFactory(slug=slug, name_en=slug.title()))
    facet = Facet("city", "City", "city__slug", cities, has_many=True)
    [offered] = ask("city=kyiv", Pledge.objects.all(), [facet]).facet_options
    assert offered.is_cut
    found = [(option.label, option.count) for option in offered.options]
    assert found == [("Oslo", 3), ("Bath", 2), ("Kyiv", 1)]
    assert {value for _kind, _facet, value, *_more in fetched} == {"", "oslo", "lyon", "bath", "kyiv"}


def test_of_few_values_all_are_offered():
    CityFactory(country="CA")
    assert not any(facet.is_cut for facet in ask().facet_options)

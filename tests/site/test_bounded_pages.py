"""What keeps pages from growing: rows read with what is shown alone, numbers that are kept, parts drawn once."""

import pytest
from django.db.models import Model, OuterRef
from django.template import engines
from django.utils import translation

from commitments import statistics
from commitments.loading import load_declaration
from commitments.models import Commitment, Pledge
from members.models import City
from scn_portal.base.facet_options import FacetOptions, Option
from scn_portal.base.languages import Text
from scn_portal.site import city_records
from scn_portal.site.cities import detail
from scn_portal.site.cities.matrix import Cell
from scn_portal.site.models import CityRecord
from scn_portal.site.sharing.calendars import has_deadlines, with_deadlines
from tests.factories import (
    CityFactory,
    MilestoneFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    RegionFactory,
    RevisionFactory,
    moved,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept_at_once")]

PAGES = (
    "/en/", "/en/cities/alphaford/", "/en/commitments/4/", "/en/changes/", "/en/pledges/", "/en/pledges/?q=canary",
    "/en/compare/?city=alphaford&city=betaford", "/en/countries/ca/", "/en/regions/north/", "/en/print/practices/",
    "/en/print/matrix/", "/en/print/cities/", "/en/embed/map/", "/en/practices/",
    "/fr/pratiques/", "/en/practices/?q=canary", "/en/practices/?q=canary&sort=newest", "/en/practices/feed.xml",
    "/en/search/?q=canary", "/api/v1/practices", "/api/v1/practices?q=canary", "/en/cities/alphaford/feed.xml",
    "/api/v1/pledges", "/api/v1/pledges?q=canary", "/api/v1/milestones", "/api/v1/updates", "/api/v1/cities",
)  # fmt: skip


@pytest.fixture
def fourth() -> Commitment:
    load_declaration()
    return Commitment.objects.of_melbourne().get(number=4)


@pytest.fixture
def network(fourth) -> City:
    """Two cities with something of each kind, in both languages."""
    north = RegionFactory(slug="north")
    first = CityFactory(name_en="Alphaford", region=north, country="CA", latitude=1.0, longitude=1.0)
    second = CityFactory(name_en="Betaford", region=north, country="CA", latitude=50.0, longitude=90.0)
    for city in (first, second):
        for status in Pledge.Status:
            pledge = PledgeFactory(city=city, commitment=fourth, status=status, title_en="Canary", due_on="2099-01-01")
            ProgressUpdateFactory(pledge=pledge)
            MilestoneFactory(pledge=pledge, done_on="2020-01-01")
        PledgeFactory(city=city, commitment=fourth, announced_on="2011", title_fr="Plus ancienne")
        RevisionFactory.create_batch(
            3, practice__city=city, status="published", commitments=[fourth], title_en="Canary"
        )
    return first


def test_no_page_asks_again_for_a_column_that_it_did_not_read(client, network, settings, monkeypatch):
    monkeypatch.setattr(detail, "PLEDGES_IN_FULL", 2)
    monkeypatch.setattr(detail, "PRACTICES_IN_FULL", 1)

    def asked_again(row, using=None, fields=None, **options):
        pytest.fail(f"{fields} of {row!r}, one by one")

    monkeypatch.setattr(Model, "refresh_from_db", asked_again)
    assert {client.get(page).status_code for page in PAGES} == {200}
    for name in ("pledges", "milestones", "updates", "cities", "practices"):
        row = client.get(f"/api/v1/{name}?limit=1").json()["results"][0]
        assert client.get(row["links"]["self"].removeprefix(settings.SITE_URL)).status_code == 200


def test_the_pledges_of_cities_by_status_are_kept_as_they_would_be_counted(network):
    cities = City.objects.listed().filter(country="CA")
    counted = statistics.progress(Pledge.objects.of_listed_cities().since_declaration().filter(city__in=cities))

    assert city_records.progress_of(cities) == counted
    assert counted.cities == 2
    assert [status.pledges for status in counted.by_status] == [2] * len(Pledge.Status)

    moved(network.pledges.filter(status=Pledge.Status.PAUSED), status=Pledge.Status.DROPPED)
    kept = city_records.progress_of(cities)
    assert kept is not None
    assert {each.status: each.pledges for each in kept.by_status} == dict.fromkeys(Pledge.Status.values, 2) | {
        "paused": 1,
        "dropped": 3,
    }


def test_a_page_of_a_country_counts_where_that_is_not_kept_yet(client, network):
    kept = client.get("/en/countries/ca/").text
    CityRecord.objects.filter(city=network).update(pledges_by_status=[])
    network.record.refresh_from_db()

    assert city_records.progress_of(City.objects.listed()) is None
    assert city_records.pledges_with_status(network, Pledge.Status.DONE) == 1
    assert client.get("/en/countries/ca/").text == kept


def test_a_city_that_shows_a_part_of_its_pledges_has_the_numbers_of_all(client, network, monkeypatch):
    whole = client.get("/en/cities/alphaford/").context
    monkeypatch.setattr(detail, "PLEDGES_IN_FULL", 2)
    part = client.get("/en/cities/alphaford/").context

    assert len(part["pledges"]) + len(part["prior"]) == 2
    for number in ("pledges", "kept", "prior", "practices"):
        assert getattr(part["summary"], number) == getattr(whole["summary"], number)
    assert [(stop.number, stop.pledged, stop.practised) for stop in part["stops"]] == [
        (stop.number, stop.pledged, stop.practised) for stop in whole["stops"]
    ]


@pytest.mark.parametrize(
    ("fields", "step"),
    [
        ({"due_on": "2099-01-01"}, None),
        ({}, {"due_on": "2099-01-01"}),
        ({}, {"due_on": "2001-01-01"}),
        ({"due_on": "2001-01-01"}, None),
        ({"due_on": "2099-01-01", "status": "dropped"}, {"due_on": "2099-01-01"}),
        ({"announced_on": "2011", "due_on": "2099-01-01"}, None),
    ],
)
def test_a_calendar_is_offered_where_it_has_something(fourth, fields, step):
    pledge = PledgeFactory(commitment=fourth, **fields)
    if step:
        MilestoneFactory(pledge=pledge, **step)
    pledges = Pledge.objects.of_listed_cities()
    asked = Commitment.objects.annotate(
        anywhere=has_deadlines(pledges), here=has_deadlines(pledges.filter(commitment=OuterRef("pk")))
    )
    is_due = with_deadlines(pledges).exists()

    assert {each.anywhere for each in asked} == {is_due}
    assert {each.number for each in asked if each.here} == ({4} if is_due else set())


@pytest.mark.parametrize("announced_on", ["2011", "2018", "2018-07", "2018-07-18", "2018-07-01", "2018-06", "2019", ""])
def test_the_actions_older_than_the_declaration_are_those_that_no_count_has(fourth, announced_on):
    PledgeFactory(commitment=fourth, announced_on=announced_on)
    pledges = Pledge.objects.filter(commitment=fourth)

    assert pledges.before_declaration().exists() != pledges.since_declaration().exists()


# --- Parts that are drawn without a template for each ----------------------------------------------------------------


def render(source: str, language: str = "en", **context) -> str:
    with translation.override(language):
        return " ".join(engines["django"].from_string(source).render(context).split())


def test_a_line_says_what_its_commitment_is_called_now_and_in_each_language(fourth):
    fourth.short_en, fourth.short_fr = "Local <plans>", "Des plans"
    english = render("{% line commitment %}", commitment=fourth)
    assert '<span class="line" data-line="4"> <span class="number">4</span>' in english
    assert "<span>Local &lt;plans&gt;</span>" in english
    assert "<span>Des plans</span>" in render("{% line commitment %}", "fr", commitment=fourth)
    fourth.short_en = "Other words"
    assert "<span>Other words</span>" in render("{% line commitment %}", commitment=fourth)
    fourth.short_en = ""
    assert '<span lang="fr">Des plans</span>' in render("{% line commitment %}", commitment=fourth)


def test_an_option_of_a_filter_is_a_checkbox_with_its_count():
    options = [
        Option("a", "First <of all>", 1234, is_chosen, "") for is_chosen in (True, False)
    ] + [Option("b", "Second", None, False, "")]  # fmt: skip
    drawn = render("{% facet_options facet %}", facet=FacetOptions("kind", "Kind", options))
    first, second, third = (f"<label{part}" for part in drawn.split("<label")[1:])
    assert first.startswith(
        '<label><input type="checkbox" id="facet-kind-a" name="kind" value="a" checked><span>First &lt;of all&gt; <span'
    )
    assert '<span class="facet-count">(1234)</span>' in first
    assert "checked" not in second
    assert "facet-count" not in third


def test_a_cell_of_the_matrix_is_a_link_with_a_mark_for_each_pledge():
    standing = city_records._standing(4, Text("Plans", "en"), ["done"] * 10, 1, 10, 1)
    empty = city_records._standing(5, Text("Youth", "en"), [], None, 0, 0)
    cells = [Cell(standing, "10 pledges: “done” & more", "/en/pledges/?city=a&commitment=4"), Cell(empty, "", "")]
    drawn = render("{% matrix_cells cells %}", cells=cells)
    assert drawn.count('<svg class="mark" data-status="done"') == 8
    assert '<span class="more" aria-hidden="true">+2</span>' in drawn
    assert (
        'class="cell practised" href="/en/pledges/?city=a&amp;commitment=4" title="10 pledges: “done” &amp; more"'
        in drawn
    )
    assert drawn.endswith('<td data-line="5"> <span class="visually-hidden">nothing yet</span> </td>')

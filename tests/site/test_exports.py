"""Downloads: the rows of the page, as files that spreadsheets and programs read, with licence and date inside."""

import csv
import datetime as dt
import io
import json
import re
import tracemalloc
import zipfile
from xml.etree import ElementTree

import pytest
import time_machine

from commitments.loading import load_declaration
from commitments.models import Commitment, Pledge
from members.models import City
from practices.choices import Status
from scn_portal.site.downloads import datasets
from scn_portal.site.downloads.cells import cell, harmless
from scn_portal.site.downloads.dataset import SCHEMA_VERSION
from scn_portal.site.downloads.tables import MAX_LENGTH_CELL
from tests import made_files
from tests.factories import (
    CityFactory,
    EndorsementFactory,
    MilestoneFactory,
    PledgeFactory,
    PracticeFactory,
    ProgressUpdateFactory,
    RegionFactory,
    RevisionFactory,
    UserFactory,
)
from tests.made_files import work_off

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept_at_once")]

DATASETS = list(datasets.DATASETS)
FORMATS = ["csv", "xlsx", "json", "geojson"]
FILES = [(name, format) for name, dataset in datasets.DATASETS.items() for format in dataset.formats]
OF_CITIES = [name for name in DATASETS if name != "commitments"]
TODAY = dt.datetime(2026, 5, 3, 9, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def melbourne():
    return load_declaration()


def taken(client, dataset: str, format: str, language: str = "en", **query) -> bytes:
    """A download, whole."""
    address = f"/{language}/{'data' if language == 'en' else 'donnees'}/{dataset}.{format}"
    response = made_files.taken(client, address, query)
    assert response.status_code == 200
    return b"".join(response)


def as_rows(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def sheet(content: bytes, number: int = 1) -> list[list[str | float]]:
    """The cells of a sheet of an XLSX file: texts as texts, numbers as numbers."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        root = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    return [
        [
            "".join(text.text or "" for text in cell.iter(f"{space}t"))
            if cell.get("t") == "inlineStr"
            else float(cell.findtext(f"{space}v"))
            for cell in row
        ]
        for row in root.iter(f"{space}row")
    ]


def network(count: int) -> None:
    """`count` cities, each with a pledge that has a past, and a practice, under commitment 4."""
    fourth = Commitment.objects.of_melbourne().get(number=4)
    for number in range(1, count + 1):
        city = CityFactory(name_en=f"Testford {number}", region=RegionFactory(slug=f"region-{number}"), country="KE")
        pledge = PledgeFactory(city=city, commitment=fourth, title_en=f"Pledge of {number}")
        MilestoneFactory(pledge=pledge)
        ProgressUpdateFactory(pledge=pledge)
        EndorsementFactory(city=city, declaration=fourth.declaration)
        RevisionFactory(practice__city=city, status="published", commitments=[fourth], title_en=f"Practice of {number}")


# --- What is in it ---------------------------------------------------------------------------------------------------


@time_machine.travel(TODAY, tick=False)
def test_cities_as_csv(client, settings):
    CityFactory(
        name_en="Testford", name_fr="Gué-Test", country="CA", latitude=-34.6, longitude=0.5, unit_type="county",
        region__slug="north", joined_year=2018,
    )  # fmt: skip
    (row,) = as_rows(taken(client, "cities", "csv"))
    expected = {
        "city_slug": "testford", "city_name_en": "Testford", "city_name_fr": "Gué-Test",
        "country_code": "CA", "country_en": "Canada", "country_fr": "Canada",
        "region_slug": "north", "region_en": "North", "region_fr": "Région north",
        "latitude": "-34.6", "longitude": "0.5", "population": "", "joined_year": "2018",
        "unit_type": "county", "unit_type_en": "County", "unit_type_fr": "Comté",
        "status": "member", "status_en": "Member", "status_fr": "Membre",
        "page_en": f"{settings.SITE_URL}/en/cities/testford/", "page_fr": f"{settings.SITE_URL}/fr/villes/testford/",
        "modified_at": "2026-05-03T09:00:00Z",
    }  # fmt: skip
    assert {key: row[key] for key in expected if key != "modified_at"} == {
        key: value for key, value in expected.items() if key != "modified_at"
    }
    assert dt.datetime.fromisoformat(row["modified_at"]).tzinfo == dt.UTC
    assert list(row.items())[-2:] == [
        ("licence", "https://creativecommons.org/licenses/by/4.0/"), ("attribution", "Strong Cities Network"),
    ]  # fmt: skip


def test_a_file_is_the_same_in_both_languages_with_one_header_of_keys(client):
    network(2)
    for dataset in DATASETS:
        content = taken(client, dataset, "csv")
        assert content == taken(client, dataset, "csv", "fr")
        header = next(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        assert len(set(header)) == len(header) > 10
        assert [key for key in header if not re.fullmatch(r"[a-z][a-z0-9_]*", key)] == []
        assert set(datasets.DATASETS[dataset].key) <= set(header)


@time_machine.travel(TODAY, tick=False)
def test_every_file_has_a_name_a_type_and_no_cookie(client):
    for dataset, format in FILES:
        response = client.get(f"/en/data/{dataset}.{format}")
        assert response["Content-Disposition"] == f'attachment; filename="scn-{dataset}-2026-05-03.{format}"'
        assert response["Content-Type"] == {
            "csv": "text/csv; charset=utf-8", "json": "application/json", "geojson": "application/geo+json",
            "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }[format]  # fmt: skip
        assert not response.cookies
        assert "cookie" not in response.get("Vary", "").lower()
        assert '<https://creativecommons.org/licenses/by/4.0/>; rel="license"' in response["Link"]
        assert f'/en/open-data/dictionary/#{dataset}>; rel="describedby"' in response["Link"]
        assert b"".join(response)


@time_machine.travel(TODAY, tick=False)
@pytest.mark.parametrize(("format", "rows"), [("json", "rows"), ("geojson", "features")])
@pytest.mark.parametrize("count", [0, 1, 3, 401])
def test_json_has_licence_date_and_source_on_top(client, settings, format, rows, count):
    region = RegionFactory()
    City.objects.bulk_create(
        CityFactory.build(slug=f"t{number}", name_en=f"T{number}", region=region) for number in range(count)
    )
    data = json.loads(taken(client, "cities", format))
    assert len(data.pop(rows)) == count
    assert data.pop("type", "FeatureCollection") == "FeatureCollection"
    assert data == {
        "licence": "https://creativecommons.org/licenses/by/4.0/", "attribution": "Strong Cities Network",
        "date": "2026-05-03", "address": f"{settings.SITE_URL}/en/data/cities.{format}", "title": "Cities",
        "schema_version": SCHEMA_VERSION,
    }  # fmt: skip


def test_a_feature_lies_where_its_city_does_and_may_lie_nowhere(client):
    here, nowhere = CityFactory(name_en="Here", latitude=1.5, longitude=-2), CityFactory(name_en="Nowhere")
    for city in (here, nowhere):
        PledgeFactory(city=city)
        RevisionFactory(practice__city=city, status="published")
        MilestoneFactory(pledge=city.pledges.get())
        ProgressUpdateFactory(pledge=city.pledges.get())
        EndorsementFactory(city=city, declaration=Commitment.objects.of_melbourne()[0].declaration)
    for dataset in OF_CITIES:
        features = json.loads(taken(client, dataset, "geojson"))["features"]
        places = {feature["properties"]["city_slug"]: feature["geometry"] for feature in features}
        assert places == {"here": {"type": "Point", "coordinates": [-2.0, 1.5]}, "nowhere": None}
        assert {feature["type"] for feature in features} == {"Feature"}


@time_machine.travel(TODAY, tick=False)
def test_a_spreadsheet_has_numbers_texts_and_a_second_sheet(client):
    CityFactory(name_en="=1+1", name_fr="http://a.example", latitude=-34.6, longitude=0.5)
    content = taken(client, "cities", "xlsx", "fr")
    header, row = sheet(content)
    assert header[:3] == ["city_slug", "city_name_en", "city_name_fr"]
    assert row[1:3] == ["'=1+1", "http://a.example"]
    assert -34.6 in row
    assert [row[1] for row in sheet(content, 2)][:3] == [
        "https://creativecommons.org/licenses/by/4.0/", "Strong Cities Network", "2026-05-03",
    ]  # fmt: skip
    meanings = {row[0]: row[1:] for row in sheet(content, 3)}
    assert list(meanings)[1:] == header
    assert meanings["city_name_fr"][0] == "Nom de la ville, en français"
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert "À propos de ce fichier" in book.read("xl/workbook.xml").decode()
        assert "creativecommons.org/licenses/by/4.0" in book.read("docProps/core.xml").decode()
        assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()


def test_a_text_that_no_cell_can_hold_is_cut(client):
    RevisionFactory(status="published", approach_en="x" * (MAX_LENGTH_CELL + 5))
    assert max(len(str(cell)) for cell in sheet(taken(client, "practices", "xlsx"))[1]) == MAX_LENGTH_CELL


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\u00a0+", "\uff1d"])
def test_no_text_is_a_formula(client, start):
    assert harmless(f"{start}1+1") == f"'{start}1+1"
    PledgeFactory(title_en=f'{start}HYPERLINK("x")', sources=["https://example.org/a", "https://example.org/b"])
    (row,) = as_rows(taken(client, "pledges", "csv"))
    assert row["title_en"].startswith("'")
    assert row["sources"] == "https://example.org/a; https://example.org/b"


@pytest.mark.parametrize("value", [-34.6, 0, 7, True, None, "Minus -1", "a=b", "2026-01-01", "* a\n* b"])
def test_what_is_no_formula_stays_as_it_is(value):
    assert cell(value) == value
    assert type(cell(value)) is type(value)


def test_a_list_in_markdown_stays_one(client):
    PledgeFactory(description_en="- Police\r\n- Schools\r\n\r\n2 - 1 = 1")
    (row,) = json.loads(taken(client, "pledges", "json"))["rows"]
    assert row["description_en"] == "* Police\n* Schools\n\n2 - 1 = 1"


def test_pledges_with_what_became_of_them(client):
    pledge = PledgeFactory(title_en=None, title_fr="Promettre", source_language="fr", status="under_way")
    MilestoneFactory(pledge=pledge, done_on="2026-01-01")
    MilestoneFactory(pledge=pledge)
    ProgressUpdateFactory(pledge=pledge)
    (row,) = json.loads(taken(client, "pledges", "json", "fr"))["rows"]
    assert (row["title_en"], row["title_fr"]) == (None, "Promettre")
    assert (row["pledge_id"], row["source_language"]) == (pledge.pk, "fr")
    assert (row["status"], row["status_en"], row["status_fr"]) == ("under_way", "Under way", "En cours")
    assert (row["milestone_count"], row["milestone_done_count"], row["last_reported_on"]) == (2, 1, "2026-03-02")
    assert (row["commitment_number"], row["commitment_fr"]) == (1, "Principes directeurs")
    assert row["published_at"] == pledge.created_at.isoformat().replace("+00:00", "Z")
    assert row["modified_at"] > row["published_at"]


def test_milestones_and_updates_have_files_with_the_ids_of_their_rows(client):
    pledge = PledgeFactory()
    milestone = MilestoneFactory(pledge=pledge, done_on="2026-01-01", title_en="First step")
    update = ProgressUpdateFactory(pledge=pledge, evidence=["https://example.org/a"])
    (row,) = json.loads(taken(client, "milestones", "json"))["rows"]
    assert (row["milestone_id"], row["pledge_id"], row["done_on"]) == (milestone.pk, pledge.pk, "2026-01-01")
    assert (row["title_en"], row["city_slug"]) == ("First step", pledge.city.slug)
    assert row["published_at"] == row["modified_at"]
    (row,) = json.loads(taken(client, "updates", "json"))["rows"]
    assert (row["update_id"], row["pledge_id"], row["reported_on"]) == (update.pk, pledge.pk, "2026-03-02")
    assert (row["what_changed_en"], row["evidence"]) == (update.what_changed_en, "https://example.org/a")
    assert (row["status"], row["status_fr"]) == ("under_way", "En cours")


def test_practices_with_all_that_their_city_tells(client):
    RevisionFactory(
        status="published", themes=["youth", "hate"], lessons_en="It rained.", practice__slug="lone",
        commitments=list(Commitment.objects.filter(number__in=(2, 5))),
    )  # fmt: skip
    (row,) = json.loads(taken(client, "practices", "json"))["rows"]
    assert row["practice_slug"] == "lone"
    assert row["commitment_numbers"] == "2; 5"
    assert row["themes"] == "youth; hate"
    assert row["themes_en"] == "Work with young people; Hate crime and discrimination"
    assert (row["lessons_en"], row["lessons_fr"], row["evaluation"]) == ("It rained.", None, "not_stated")


def test_the_matrix_says_how_pledges_stand_and_counts_practices(client):
    city, second = CityFactory(name_en="Testford"), Commitment.objects.get(number=2)
    CityFactory(name_en="Other")
    PledgeFactory(city=city, commitment=second, status="done")
    PledgeFactory(city=city, commitment=second, status="paused")
    for _number in range(2):
        RevisionFactory(practice__city=city, status="published", commitments=[second])
    other, row = json.loads(taken(client, "matrix", "json"))["rows"]
    assert row["pledges_2"] == "done; paused"
    assert (row["pledges_2_en"], row["pledges_2_fr"]) == ("Done; Paused", "Tenue; Suspendue")
    assert [row[f"practices_{number}"] for number in range(1, 8)] == [0, 2, 0, 0, 0, 0, 0]
    assert [other[f"pledges_{number}"] for number in range(1, 8)] == [None] * 7


# --- The filters of the page -----------------------------------------------------------------------------------------


def test_a_file_holds_what_the_page_lists(client, settings):
    network(3)
    for dataset in OF_CITIES:
        rows = json.loads(taken(client, dataset, "json", region="region-2"))["rows"]
        assert [row["city_slug"] for row in rows] == ["testford-2"], dataset
    found = json.loads(taken(client, "cities", "json", q="ford 3"))
    assert [row["city_slug"] for row in found["rows"]] == ["testford-3"]
    found = json.loads(taken(client, "practices", "json", q='"practice of 1"'))
    assert [row["city_slug"] for row in found["rows"]] == ["testford-1"]
    address = json.loads(taken(client, "cities", "json", region=["region-2", "nowhere"], page="7"))["address"]
    assert address == f"{settings.SITE_URL}/en/data/cities.json?region=region-2"


VALUES = ["", "-1", "\0", "x" * 10_000, "' OR 1=1 --", "<script>alert(1)</script>", str(10**30), "😀", "%"]
FILTERS = ("q", "region", "country", "commitment", "theme", "joined", "sort", "page")


@pytest.mark.parametrize(
    "questions",
    [
        # No value is refused, so that none hides another.
        [dict.fromkeys(FILTERS, value) for value in VALUES],
        pytest.param([{name: value} for name in FILTERS for value in VALUES], marks=pytest.mark.soak),
    ],
)
def test_no_filter_makes_it_fail(client, questions):
    network(1)
    for dataset in ("cities", "pledges", "practices", "milestones"):
        for question in questions:
            assert as_rows(taken(client, dataset, "csv", **question)) is not None
        assert client.get(f"/en/data/{dataset}.csv?region=%FF&q=%ED%A0%80").status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/en/data/people.csv",
        "/en/data/cities.pdf",
        "/en/data/commitments.geojson",
        "/en/data/cities",
        "/en/donnees/cities.csv",
        "/fr/data/cities.csv",
    ],
)
def test_what_is_no_download_is_not_found(client, address):
    assert client.get(address).status_code == 404
    assert client.post("/en/data/cities.csv").status_code == 405


# --- What it keeps to itself, and what it takes ----------------------------------------------------------------------


def text_of(content: bytes) -> str:
    """All the text of a file, unpacked where it is packed."""
    if not content.startswith(b"PK"):
        return content.decode()
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return "".join(book.read(name).decode() for name in book.namelist())


def test_nobodys_name_and_nothing_unpublished_is_in_any_file(client):
    person = UserFactory(name="Nobodys Business", email="private@example.org")
    city = CityFactory(name_en="Testford", confirmed_at=TODAY, confirmed_by=person)
    PledgeFactory(city=CityFactory(name_en="Secret: left", status="former"), title_en="Secret: pledged before")
    pledge = PledgeFactory(city=city, created_by=person)
    MilestoneFactory(pledge=pledge)
    MilestoneFactory(pledge=Pledge.objects.get(title_en="Secret: pledged before"), title_en="Secret: step")
    ProgressUpdateFactory(pledge=Pledge.objects.get(title_en="Secret: pledged before"), what_changed_en="Secret")
    ProgressUpdateFactory(pledge=pledge, author=person)
    EndorsementFactory(city=city, declaration=pledge.commitment.declaration, signatory_name="Nobodys Business")
    ProgressUpdateFactory(
        pledge=pledge, author=person, reported_on="2026-04-01", what_changed_en="Secret: taken down",
        taken_down_at=TODAY, taken_down_by=person,
    )  # fmt: skip
    RevisionFactory(practice__city=city, status="published", author=person)
    for status in Status:
        if status != Status.PUBLISHED:
            practice = PracticeFactory(city=city, slug=f"secret-{status.value.replace('_', '-')}")
            RevisionFactory(practice=practice, title_en=f"Secret: {status}", status=status)
    for dataset, format in [file for file in FILES if file[0] != "commitments"]:
        said = text_of(taken(client, dataset, format))
        assert "testford" in said, (dataset, format)
        for kept in ("Secret", "secret", "Nobodys", "private@", "2026-04-01"):
            assert kept not in said, (dataset, format)
    assert json.loads(taken(client, "matrix", "json"))["rows"][0]["practices_1"] == 1


@pytest.mark.parametrize("rows", [1, 3])
def test_a_file_takes_as_many_queries_for_one_row_as_for_three(client, django_assert_num_queries, rows):
    network(rows)
    for dataset, format in [file for file in FILES if "csv" in file or "cities" in file]:
        # One counts for the limit, one asks whether a worker has made it; the fourth is for the documents of updates.
        with django_assert_num_queries(4 if dataset == "updates" else 3):
            taken(client, dataset, format)


@pytest.mark.slow
def test_many_chunks_of_rows_take_little_memory(client, monkeypatch, django_assert_max_num_queries):
    """The chunks are a quarter of the usual, so that a thousand rows are many; at once they would take 4.5 MB."""
    count, chunk, region = 1_000, 125, RegionFactory()
    monkeypatch.setattr("scn_portal.site.downloads.rows.ROWS_PER_CHUNK", chunk)
    City.objects.bulk_create(
        CityFactory.build(slug=f"t{number}", name_en=f"T{number}", region=region, source="x" * 450)
        for number in range(count)
    )
    for format in FORMATS:  # what is loaded once is no memory of the file
        b"".join(client.get(f"/en/data/cities.{format}?q=T999"))
    for format in FORMATS:
        address = f"/en/data/cities.{format}"
        assert client.get(address).status_code == 202
        tracemalloc.start()
        # One for the keys of all rows, and one for each chunk of them; the rest is for the row of the file.
        with django_assert_max_num_queries(16 + count // chunk):
            assert work_off() == 1
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        size = sum(map(len, client.get(address)))
        assert size > (50_000 if format == "xlsx" else 750_000), format
        assert peak < 3_000_000, f"{format}: {peak:,} bytes of {size:,}"


def test_two_spreadsheets_of_a_day_are_the_same_to_the_byte(client, time_machine):
    CityFactory()
    time_machine.move_to(TODAY)
    first = taken(client, "cities", "xlsx")
    time_machine.move_to(TODAY + dt.timedelta(hours=5))
    assert taken(client, "cities", "xlsx") == first

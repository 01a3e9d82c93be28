"""Downloads: the rows of the page, as files that spreadsheets and programs read, with licence and date inside."""

import csv
import datetime as dt
import io
import json
import tracemalloc
import zipfile
from xml.etree import ElementTree

import pytest
import time_machine

from commitments.loading import load_declaration
from commitments.models import Commitment
from members.models import City
from practices.choices import Status
from scn_portal.site.downloads.tables import MAX_LENGTH_CELL, harmless
from tests.factories import (
    CityFactory,
    MilestoneFactory,
    PledgeFactory,
    PracticeFactory,
    ProgressUpdateFactory,
    RegionFactory,
    RevisionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

DATASETS = ["cities", "pledges", "practices", "matrix"]
FORMATS = ["csv", "xlsx", "json", "geojson"]
TODAY = dt.datetime(2026, 5, 3, 9, 0, tzinfo=dt.UTC)
# How many queries a file takes, however many its rows are; the matrix also reads the names of its lines.
QUERIES = {"cities": 1, "pledges": 1, "practices": 1, "matrix": 2}


@pytest.fixture(autouse=True)
def melbourne():
    return load_declaration()


def taken(client, dataset: str, format: str, language: str = "en", **query) -> bytes:
    """A download, whole."""
    response = client.get(f"/{language}/{'data' if language == 'en' else 'donnees'}/{dataset}.{format}", query)
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
        RevisionFactory(practice__city=city, status="published", commitments=[fourth], title_en=f"Practice of {number}")


# --- What is in it ---------------------------------------------------------------------------------------------------


@time_machine.travel(TODAY, tick=False)
def test_cities_as_csv_in_the_language_of_the_address(client, settings):
    CityFactory(
        name_en="Testford", name_fr="Gué-Test", country="CA", latitude=-34.6, longitude=0.5, unit_type="county",
        region__slug="north", joined_year=2018,
    )  # fmt: skip
    (english,) = as_rows(taken(client, "cities", "csv"))
    assert english["City (code)"] == "testford"
    assert (english["City, in English"], english["City, in French"]) == ("Testford", "Gué-Test")
    assert (english["Country (code)"], english["Country"], english["Region"]) == ("CA", "Canada", "North")
    assert (english["Latitude"], english["Longitude"], english["Population"]) == ("-34.6", "0.5", "")
    assert (english["Type of local government (code)"], english["Type of local government"]) == ("county", "County")
    assert english["Page"] == f"{settings.SITE_URL}/en/cities/testford/"
    assert list(english.items())[-4:] == [
        ("Licence", "https://creativecommons.org/licenses/by/4.0/"), ("Published by", "Strong Cities Network"),
        ("Date", "2026-05-03"), ("Address", f"{settings.SITE_URL}/en/data/cities.csv"),
    ]  # fmt: skip
    (french,) = as_rows(taken(client, "cities", "csv", "fr"))
    assert (french["Ville, en anglais"], french["Ville, en français"]) == ("Testford", "Gué-Test")
    assert french["Région"] == "Région north"
    assert french["Page"] == f"{settings.SITE_URL}/fr/villes/testford/"
    assert french["Adresse"] == f"{settings.SITE_URL}/fr/donnees/cities.csv"


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("dataset", DATASETS)
def test_no_two_columns_have_one_name(client, dataset, language):
    (header,) = csv.reader([taken(client, dataset, "csv", language).decode("utf-8-sig").strip()])
    assert len(set(header)) == len(header) > 10


@time_machine.travel(TODAY, tick=False)
@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("format", FORMATS)
def test_every_file_has_a_name_a_type_and_no_cookie(client, dataset, format):
    response = client.get(f"/en/data/{dataset}.{format}")
    assert response["Content-Disposition"] == f'attachment; filename="scn-{dataset}-2026-05-03.{format}"'
    assert response["Content-Type"] == {
        "csv": "text/csv; charset=utf-8", "json": "application/json", "geojson": "application/geo+json",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }[format]  # fmt: skip
    assert not response.cookies
    assert "cookie" not in response.get("Vary", "").lower()
    assert b"".join(response)


@time_machine.travel(TODAY, tick=False)
@pytest.mark.parametrize(("format", "rows"), [("json", "rows"), ("geojson", "features")])
@pytest.mark.parametrize("count", [0, 1, 3, 401])
def test_json_has_licence_date_and_source_on_top(client, settings, format, rows, count):
    City.objects.bulk_create(
        CityFactory.build(slug=f"t{number}", name_en=f"T{number}", region=RegionFactory()) for number in range(count)
    )
    data = json.loads(taken(client, "cities", format))
    assert len(data.pop(rows)) == count
    assert data.pop("type", "FeatureCollection") == "FeatureCollection"
    assert data == {
        "licence": "https://creativecommons.org/licenses/by/4.0/", "attribution": "Strong Cities Network",
        "date": "2026-05-03", "address": f"{settings.SITE_URL}/en/data/cities.{format}", "title": "Cities",
    }  # fmt: skip


def test_a_feature_lies_where_its_city_does_and_may_lie_nowhere(client):
    here, nowhere = CityFactory(name_en="Here", latitude=1.5, longitude=-2), CityFactory(name_en="Nowhere")
    for city in (here, nowhere):
        PledgeFactory(city=city)
        RevisionFactory(practice__city=city, status="published")
    for dataset in DATASETS:
        features = json.loads(taken(client, dataset, "geojson"))["features"]
        places = {feature["properties"]["city"]: feature["geometry"] for feature in features}
        assert places == {"here": {"type": "Point", "coordinates": [-2.0, 1.5]}, "nowhere": None}
        assert {feature["type"] for feature in features} == {"Feature"}


@time_machine.travel(TODAY, tick=False)
def test_a_spreadsheet_has_numbers_texts_and_a_second_sheet(client):
    CityFactory(name_en="=1+1", name_fr="http://a.example", latitude=-34.6, longitude=0.5)
    content = taken(client, "cities", "xlsx", "fr")
    header, row = sheet(content)
    assert header[:3] == ["Ville (code)", "Ville, en anglais", "Ville, en français"]
    assert row[1:3] == ["=1+1", "http://a.example"]
    assert -34.6 in row
    assert [row[1] for row in sheet(content, 2)][:3] == [
        "https://creativecommons.org/licenses/by/4.0/", "Strong Cities Network", "2026-05-03",
    ]  # fmt: skip
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
    assert row["Title, in English"].startswith("'")
    assert row["Sources"] == "https://example.org/a; https://example.org/b"


@pytest.mark.parametrize("value", [-34.6, 0, 7, "", "Minus -1", "a=b", "2026-01-01"])
def test_what_is_no_formula_stays_as_it_is(value):
    assert harmless(value) is value


def test_pledges_with_what_became_of_them(client):
    pledge = PledgeFactory(title_en=None, title_fr="Promettre", source_language="fr", status="under_way")
    MilestoneFactory(pledge=pledge, done_on="2026-01-01")
    MilestoneFactory(pledge=pledge)
    ProgressUpdateFactory(pledge=pledge)
    (row,) = json.loads(taken(client, "pledges", "json", "fr"))["rows"]
    assert (row["title_en"], row["title_fr"]) == (None, "Promettre")
    assert (row["status"], row["status_label"]) == ("under_way", "En cours")
    assert (row["milestones"], row["milestones_done"], row["last_reported_on"]) == (2, 1, "2026-03-02")
    assert (row["commitment"], row["commitment_label"]) == (1, "Principes directeurs")


def test_practices_with_all_that_their_city_tells(client):
    RevisionFactory(
        status="published", themes=["youth", "hate"], lessons_en="It rained.", practice__slug="lone",
        commitments=list(Commitment.objects.filter(number__in=(2, 5))),
    )  # fmt: skip
    (row,) = json.loads(taken(client, "practices", "json"))["rows"]
    assert row["commitments"] == [2, 5]
    assert row["themes"] == ["youth", "hate"]
    assert row["themes_label"] == ["Work with young people", "Hate crime and discrimination"]
    assert (row["lessons_en"], row["lessons_fr"], row["evaluation"]) == ("It rained.", None, "not_stated")


def test_the_matrix_says_how_pledges_stand_and_counts_practices(client):
    city, second = CityFactory(name_en="Testford"), Commitment.objects.get(number=2)
    CityFactory(name_en="Other")
    PledgeFactory(city=city, commitment=second, status="done")
    PledgeFactory(city=city, commitment=second, status="paused")
    for _number in range(2):
        RevisionFactory(practice__city=city, status="published", commitments=[second])
    other, row = json.loads(taken(client, "matrix", "json"))["rows"]
    assert row["pledges_2"] == ["done", "paused"]
    assert row["pledges_2_label"] == ["Done", "Paused"]
    assert [row[f"practices_{number}"] for number in range(1, 8)] == [0, 2, 0, 0, 0, 0, 0]
    assert [other[f"pledges_{number}"] for number in range(1, 8)] == [[]] * 7


# --- The filters of the page -----------------------------------------------------------------------------------------


def test_a_file_holds_what_the_page_lists(client, settings):
    network(3)
    for dataset in DATASETS:
        rows = json.loads(taken(client, dataset, "json", region="region-2"))["rows"]
        assert [row["city"] for row in rows] == ["testford-2"], dataset
    assert [row["city"] for row in json.loads(taken(client, "cities", "json", q="ford 3"))["rows"]] == ["testford-3"]
    found = json.loads(taken(client, "practices", "json", q='"practice of 1"'))
    assert [row["city"] for row in found["rows"]] == ["testford-1"]
    address = json.loads(taken(client, "cities", "json", region=["region-2", "nowhere"], page="7"))["address"]
    assert address == f"{settings.SITE_URL}/en/data/cities.json?region=region-2"


@pytest.mark.parametrize(
    "value", ["", "-1", "\0", "x" * 10_000, "' OR 1=1 --", "<script>alert(1)</script>", str(10**30), "😀", "%"]
)
@pytest.mark.parametrize("dataset", DATASETS)
def test_no_filter_makes_it_fail(client, dataset, value):
    network(1)
    for name in ("q", "region", "country", "commitment", "theme", "joined", "sort", "page"):
        assert as_rows(taken(client, dataset, "csv", **{name: value})) is not None
    assert client.get(f"/en/data/{dataset}.csv?region=%FF&q=%ED%A0%80").status_code == 200


@pytest.mark.parametrize(
    "address",
    ["/en/data/people.csv", "/en/data/cities.pdf", "/en/data/cities", "/en/donnees/cities.csv", "/fr/data/cities.csv"],
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


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("dataset", DATASETS)
def test_nobodys_name_and_nothing_unpublished_is_in_any_file(client, dataset, format):
    person = UserFactory(name="Nobodys Business", email="private@example.org")
    city = CityFactory(name_en="Testford", confirmed_at=TODAY, confirmed_by=person)
    PledgeFactory(city=CityFactory(name_en="Secret: left", status="former"), title_en="Secret: pledged before")
    pledge = PledgeFactory(city=city, created_by=person)
    ProgressUpdateFactory(
        pledge=pledge, author=person, reported_on="2026-04-01", what_changed_en="Secret: taken down",
        taken_down_at=TODAY, taken_down_by=person,
    )  # fmt: skip
    RevisionFactory(practice__city=city, status="published", author=person)
    for status in Status:
        if status != Status.PUBLISHED:
            practice = PracticeFactory(city=city, slug=f"secret-{status.value.replace('_', '-')}")
            RevisionFactory(practice=practice, title_en=f"Secret: {status}", status=status)
    said = text_of(taken(client, dataset, format))
    assert "testford" in said
    for kept in ("Secret", "secret", "Nobodys", "private@", "2026-04-01"):
        assert kept not in said
    if dataset == "matrix" and format == "json":
        assert json.loads(said)["rows"][0]["practices_1"] == 1


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("dataset", DATASETS)
def test_a_file_takes_as_many_queries_for_one_row_as_for_three(
    client, django_assert_num_queries, rows, dataset, format
):
    network(rows)
    with django_assert_num_queries(QUERIES[dataset]):
        taken(client, dataset, format)


@pytest.mark.slow
@pytest.mark.parametrize("format", FORMATS)
def test_thousands_of_rows_take_little_memory(client, django_assert_num_queries, format):
    count, region = 4_000, RegionFactory()
    City.objects.bulk_create(
        CityFactory.build(slug=f"t{number}", name_en=f"T{number}", region=region, source="x" * 400)
        for number in range(count)
    )
    client.get("/en/data/cities.csv")  # what is loaded once is no memory of the file
    tracemalloc.start()  # before the answer is begun: an XLSX file is written whole before it is sent
    with django_assert_num_queries(1):
        size = sum(map(len, client.get(f"/en/data/cities.{format}")))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > (100_000 if format == "xlsx" else 1_000_000)
    assert peak < 6_000_000, f"{peak:,} bytes"

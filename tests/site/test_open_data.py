"""What others build on: the same cell in every format, package, dictionary, catalogue, as other programs read them."""

import csv
import datetime as dt
import io
import json
import re
import threading
import zipfile
from html import unescape
from itertools import pairwise

import pytest
from django.db import connection
from django.urls import resolve
from django.utils import timezone
from django.utils.translation import override
from frictionless import Package
from openpyxl import load_workbook
from rdflib import Graph, Namespace, URIRef
from rdflib.compare import to_isomorphic
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, XSD

from commitments.loading import load_declaration
from commitments.models import Commitment, Milestone, Pledge, ProgressUpdate
from members.models import City
from practices.models import Revision
from scn_portal.site.downloads import catalogue, package, sizes
from scn_portal.site.downloads.dataset import SCHEMA_VERSION
from scn_portal.site.downloads.datasets import DATASETS
from scn_portal.site.downloads.views import MEDIA_TYPES
from tests.factories import (
    CityFactory,
    EndorsementFactory,
    MilestoneFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    RevisionFactory,
    UserFactory,
    commit,
    moved,
)

pytestmark = [
    pytest.mark.django_db,
    # rdflib's own reader of JSON-LD uses what rdflib will drop.
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated"),
]

ZIP = "/data/strong-cities-network.zip"
DICTIONARY = {"en": "/en/open-data/dictionary/", "fr": "/fr/donnees-ouvertes/dictionnaire/"}
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")


def network(rows: int = 2) -> None:
    """Cities with something in every file and nearly every column: accents, lines, lists, what looks like a formula."""
    fourth = load_declaration().commitments.get(number=4)
    for number in range(rows):
        city = CityFactory(
            name_en=f"Testford {number}", name_fr="Gué-d’Essai", latitude=-34.5 + number, longitude=10,
            population=12_000, joined_year=2018, time_zone="Africa/Nairobi", geonames_id=number + 1,
            confirmed_by=UserFactory(), confirmed_at=dt.datetime(2026, 5, 3, 9, 30, tzinfo=dt.UTC),
        )  # fmt: skip
        pledge = PledgeFactory(
            city=city, commitment=fourth, title_en="=1+1", description_en="- One\r\n- Two; “three”, \"four\"",
            announced_on="2011-01", due_on="2027-05-03", sources=["https://a.example/?a=1,2", "https://b.example/"],
        )  # fmt: skip
        MilestoneFactory(pledge=pledge, due_on="2026-05-03", title_fr="Être prêt")
        ProgressUpdateFactory(pledge=pledge, evidence=["https://example.org/a"], obstacles_en=" @someone\x0b")
        EndorsementFactory(city=city, declaration=fourth.declaration)
        RevisionFactory(
            practice__city=city, practice__slug=f"help-{number}", status="published", themes=["youth", "hate"],
            commitments=[fourth, Commitment.objects.get(number=7)], started_on="2007",
            partners_en="* Police\n* Schools",
        )  # fmt: skip
    left = CityFactory(name_en="Left", status="former")
    RevisionFactory(practice__city=left, practice__slug="left-behind", status="published", evaluation="external")


def taken(client, dataset: str, format: str) -> bytes:
    return whole(client.get(f"/en/data/{dataset}.{format}"))


def whole(response) -> bytes:
    """A download to its end, which also closes its file."""
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def as_in_csv(value) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


# --- The same cell ---------------------------------------------------------------------------------------------------


def test_a_cell_is_the_same_in_every_format(client):
    network()
    for dataset in DATASETS:
        in_json = json.loads(taken(client, dataset, "json"))["rows"]
        assert in_json
        header, *rows = csv.reader(io.StringIO(taken(client, dataset, "csv").decode("utf-8-sig"), newline=""))
        assert header == list(in_json[0])
        assert rows == [[as_in_csv(value) for value in row.values()] for row in in_json]
        sheet = load_workbook(io.BytesIO(taken(client, dataset, "xlsx"))).worksheets[0]
        first, *others = sheet.iter_rows(values_only=True)
        assert list(first) == header
        assert [list(row) for row in others] == [list(row.values()) for row in in_json]
        if "geojson" in DATASETS[dataset].formats:
            features = json.loads(taken(client, dataset, "geojson"))["features"]
            assert [feature["properties"] for feature in features] == in_json


# --- The package -----------------------------------------------------------------------------------------------------


def unpacked(client, folder):
    with zipfile.ZipFile(io.BytesIO(whole(client.get(ZIP)))) as packed:
        assert packed.testzip() is None
        packed.extractall(folder)
    return folder / "datapackage.json"


def faults(description) -> list:
    return Package(str(description)).validate().flatten(["type", "fieldName", "note"])


@pytest.mark.slow
def test_frictionless_finds_no_fault_in_the_package_nor_in_any_of_its_files(client, tmp_path):
    network()
    description = unpacked(client, tmp_path)
    assert faults(description) == []
    described = Package(str(description))
    assert {each.name: len(each.read_rows()) for each in described.resources} == {
        "cities": 3, "commitments": 7, "pledges": 2, "milestones": 2, "updates": 2, "practices": 3, "endorsements": 2,
        "matrix": 2,
    }  # fmt: skip
    pledge = described.get_resource("pledges").read_rows()[0]
    assert pledge["due_on"] == dt.date(2027, 5, 3)
    assert pledge["sources"] == ["https://a.example/?a=1,2", "https://b.example/"]
    assert pledge["prior_to_declaration"] is True
    assert described.get_resource("practices").read_rows()[0]["commitment_numbers"] == [4, 7]


@pytest.mark.slow
def test_frictionless_would_find_one(client, tmp_path):
    network()
    description = unpacked(client, tmp_path)
    for file, old, new in (
        ("milestones.csv", b"testford-1", b"nowhere"),
        ("pledges.csv", b",announced,", b",done?,"),
        ("cities.csv", b"testford-1,", b"testford-0,"),
    ):
        (tmp_path / file).write_bytes((tmp_path / file).read_bytes().replace(old, new))
    found = {found for found, _field, _note in faults(description)}
    assert {"foreign-key", "constraint-error", "primary-key"} <= found


def test_the_package_says_what_it_is_in_both_languages_and_under_which_licence(client, tmp_path, settings):
    network()
    described = json.loads(unpacked(client, tmp_path).read_text())
    assert described["licenses"][0] == {
        "name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/", "title": "CC BY 4.0",
    }  # fmt: skip
    assert described["version"].startswith(f"{SCHEMA_VERSION}+20")
    assert described["sources"] == [{"title": "Strong Cities Network", "path": settings.SITE_URL}]
    fields = [field for resource in described["resources"] for field in resource["schema"]["fields"]]
    for each in [described, *described["resources"], *fields]:
        assert each["title"]
        assert each["title_fr"]
        assert each["description"]
        assert each["description_fr"]
    assert [field["name"] for field in fields if not field["example"]] == []
    (status,) = [field for field in described["resources"][2]["schema"]["fields"] if field["name"] == "status"]
    assert {"value": "under_way", "label": "Under way", "label_fr": "En cours"} in status["categories"]


def test_the_package_is_the_same_to_the_byte_until_something_changes(client):
    network(1)
    commit()
    first = client.get(ZIP)
    content = whole(first)
    assert content == whole(client.get(ZIP))
    assert client.get(ZIP, headers={"if-none-match": first["ETag"]}).status_code == 304
    City.objects.filter(slug="testford-0").update(population=13_000)
    commit()
    again = client.get(ZIP, headers={"if-none-match": first["ETag"]})
    assert again["ETag"] != first["ETag"]
    assert whole(again) != content


@pytest.mark.django_db(transaction=True)
def test_no_file_of_the_package_refers_to_a_row_that_came_while_it_was_written(client, tmp_path, monkeypatch):
    network(1)
    write = package._part

    def add_a_pledge():
        PledgeFactory(city=CityFactory(name_en="Late"), commitment=Commitment.objects.get(number=4))
        connection.close()

    def write_and_let_others_write(work, dataset, rows):
        written = write(work, dataset, rows)
        if dataset.name == "cities":
            (other := threading.Thread(target=add_a_pledge)).start()
            other.join()
        return written

    monkeypatch.setattr(package, "_part", write_and_let_others_write)
    description = unpacked(client, tmp_path)
    assert Pledge.objects.filter(city__slug="late").exists()
    assert faults(description) == []
    assert "late" not in [
        row["city_slug"] for row in csv.DictReader((tmp_path / "pledges.csv").read_text().splitlines())
    ]


def test_the_single_files_have_a_datapackage_json_too(client, settings):
    network(1)
    response = client.get("/data/datapackage.json")
    assert response["Access-Control-Allow-Origin"] == "*"
    for resource in response.json()["resources"]:
        content = whole(client.get(resource["path"].removeprefix(settings.SITE_URL)))
        header = next(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
        assert header == [field["name"] for field in resource["schema"]["fields"]]


# --- The dictionary --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", DICTIONARY)
def test_the_dictionary_explains_every_column_of_every_file(client, language):
    network(1)
    page = client.get(DICTIONARY[language]).text
    for resource in client.get("/data/datapackage.json").json()["resources"]:
        for field in resource["schema"]["fields"]:
            anchor = f'id="{resource["name"]}.{field["name"]}"'
            (row,) = re.findall(rf"<tr>\s*<th scope=\"row\" {anchor}>(.*?)</tr>", page, re.DOTALL)
            words = " ".join(unescape(row).split())
            for said in ("title", "description"):
                assert " ".join(field[said if language == "en" else f"{said}_fr"].split()) in words
            for category in field.get("categories", []):
                assert f"<code>{category['value']}</code>" in row
    assert '<a href="#pledges">' in page


@pytest.mark.parametrize("rows", [1, 3])
def test_queries_do_not_grow_with_rows(client, django_assert_num_queries, rows):
    network(rows)
    for address, queries in (
        # One asks what is kept of many rows.
        (DICTIONARY["en"], 10), (DICTIONARY["fr"], 10), ("/data/datapackage.json", 10), ("/en/open-data/", 0), (ZIP, 23)
    ):  # fmt: skip
        savepoints = 2 if address == ZIP else 0  # the snapshot, within the transaction of the test
        with django_assert_num_queries(queries + savepoints):
            response = client.get(address)
        assert (whole(response) if response.streaming else response.content) != b""


@pytest.fixture(autouse=True)
def _sizes_of_no_other_test():
    """A size is kept by the moment of the last change, and rows of a test that commits nothing have none."""
    sizes._file_size.cache_clear()
    sizes._package_size.cache_clear()


@pytest.fixture
def sizes_known(monkeypatch):
    """The sizes of the files, which are kept as long as their content."""
    monkeypatch.setattr(sizes, "_file_size", lambda *content: 1)
    monkeypatch.setattr(sizes, "_package_size", lambda changed: 1)


def test_without_any_row_they_open_all_the_same(client, tmp_path, sizes_known):
    assert client.get(DICTIONARY["en"]).status_code == 200
    assert faults(unpacked(client, tmp_path)) == []
    assert len(parsed(client, "ttl")) > 100


@pytest.mark.parametrize("address", ["/en/open-data/", DICTIONARY["fr"]])
def test_search_engines_are_told_of_every_dataset_and_file(client, settings, address):
    network(1)
    page = client.get(address).text
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    told = json.loads(block)
    assert (told["@context"], told["@type"]) == ("https://schema.org", "DataCatalog")
    assert {each["@type"] for each in told["dataset"]} == {"Dataset"}
    assert [each["identifier"] for each in told["dataset"][1:]] == list(DATASETS)
    language = address[1:3]
    for each in told["dataset"]:
        assert len(each["description"]) >= 50
        assert each["license"] == "https://creativecommons.org/licenses/by/4.0/"
        for file in each["distribution"]:
            assert file["@type"] == "DataDownload"
            with override(language):
                route = resolve(file["contentUrl"].removeprefix(settings.SITE_URL))
            assert (route.url_name, file["encodingFormat"]) in [
                ("data_package", "application/zip"), ("download", MEDIA_TYPES.get(route.kwargs.get("format"))),
            ]  # fmt: skip


# --- The catalogue ---------------------------------------------------------------------------------------------------


def parsed(client, format: str) -> Graph:
    known = {"jsonld": "json-ld", "ttl": "turtle", "rdf": "xml"}
    response = client.get(f"/catalog.{format}")
    assert (response.status_code, response["Access-Control-Allow-Origin"]) == (200, "*")
    return Graph().parse(data=response.content.decode(), format=known[format])


# What DCAT-AP 3 demands of each class, and, for datasets and files, what data.gouv.fr reads beyond that.
MANDATORY = {
    DCAT.Catalog: [DCTERMS.title, DCTERMS.description, DCTERMS.publisher, DCAT.dataset, DCTERMS.license],
    DCAT.Dataset: [
        DCTERMS.title, DCTERMS.description, DCTERMS.identifier, DCTERMS.publisher, DCAT.contactPoint, DCTERMS.license,
        DCTERMS.modified, DCTERMS.issued, DCTERMS.spatial, DCTERMS.accrualPeriodicity, DCAT.keyword, DCAT.theme,
        DCAT.distribution, DCAT.landingPage,
    ],
    DCAT.Distribution: [
        DCAT.accessURL, DCAT.downloadURL, DCTERMS.title, DCTERMS.format, DCAT.mediaType, DCAT.byteSize, DCTERMS.license,
    ],
    DCAT.DataService: [DCTERMS.title, DCAT.endpointURL],
    FOAF.Agent: [FOAF.name],
    VCARD.Organization: [VCARD.fn, VCARD.hasEmail],
}  # fmt: skip
# Neither the Declaration's text nor its signatures have a first publication or a change that is known.
UNDATED = ("commitments", "endorsements", "cities", "matrix")


def test_the_catalogue_has_all_that_dcat_ap_demands_in_its_three_formats(client):
    network()
    graph = parsed(client, "jsonld")
    for dataset in client.get("/catalog.jsonld").json()["dcat:dataset"]:
        # A harvester that takes one of several titles takes the first.
        assert [title["@language"] for title in dataset["dct:title"]] == ["fr", "en"]
        assert [text["@language"] for text in dataset["dct:description"]] == ["fr", "en"]
    assert to_isomorphic(graph) == to_isomorphic(parsed(client, "ttl")) == to_isomorphic(parsed(client, "rdf"))
    counts = {kind: len(set(graph.subjects(RDF.type, kind))) for kind in MANDATORY}
    assert counts[DCAT.Distribution] == sum(len(dataset.formats) for dataset in DATASETS.values()) + 1
    assert (counts[DCAT.Catalog], counts[DCAT.Dataset], counts[FOAF.Agent]) == (1, len(DATASETS) + 1, 1)
    for kind, names in MANDATORY.items():
        for thing in graph.subjects(RDF.type, kind):
            missing = {name for name in names if (thing, name, None) not in graph}
            undated = str(thing).rpartition("#")[2] in UNDATED
            assert missing <= ({DCTERMS.issued, DCTERMS.modified} if undated else set())
            for name in (DCTERMS.title, DCTERMS.description):
                assert {text.language for text in graph.objects(thing, name)} in (set(), {"en", "fr"})
    check_period_and_place(graph)


def check_period_and_place(graph: Graph) -> None:
    """They are those of the rows."""
    pledges = URIRef(catalogue._uri("pledges"))
    period = graph.value(pledges, DCTERMS.temporal)
    days = [graph.value(period, name).toPython() for name in (DCAT.startDate, DCAT.endDate)]
    assert days == [dt.date(2011, 1, 1), dt.date(2011, 1, 31)]
    place = graph.value(pledges, DCTERMS.spatial)
    box = graph.value(place, URIRef("http://www.w3.org/ns/locn#geometry"))
    assert json.loads(box)["coordinates"][0][:3] == [[10.0, -34.5], [10.0, -34.5], [10.0, -33.5]]


@pytest.mark.slow
def test_a_harvester_finds_each_dataset_under_an_id_of_its_own_with_its_files(client, settings):
    network(1)
    graph = parsed(client, "ttl")
    ids = [str(graph.value(dataset, DCTERMS.identifier)) for dataset in graph.subjects(RDF.type, DCAT.Dataset)]
    assert sorted(ids) == sorted(["strong-cities-network", *(f"strong-cities-network/{name}" for name in DATASETS)])
    for file in graph.subjects(RDF.type, DCAT.Distribution):
        address, size = graph.value(file, DCAT.downloadURL), graph.value(file, DCAT.byteSize)
        content = whole(client.get(str(address).removeprefix(settings.SITE_URL)))
        assert (len(content), size.datatype) == (size.toPython(), XSD.nonNegativeInteger), address
        assert graph.value(file, DCTERMS.license) == URIRef("https://creativecommons.org/licenses/by/4.0/")


def test_the_last_change_never_goes_backwards(client, sizes_known):
    network(1)
    taken_down_by, pledge = UserFactory(), Pledge.objects.get()
    update, alone = ProgressUpdateFactory(pledge=pledge), PledgeFactory(city=pledge.city, commitment=pledge.commitment)
    removed = [Milestone.objects.get(), update, Revision.objects.get(practice__slug="help-0"), alone]
    commit()
    moments = [changes_told(client)]
    for row in removed:
        if row == update:
            ProgressUpdate.objects.filter(pk=row.pk).update(taken_down_at=timezone.now(), taken_down_by=taken_down_by)
        elif isinstance(row, Revision):
            moved(Revision.objects.filter(pk=row.pk), status="archived")
        else:
            row.delete()
        commit()
        moments.append(changes_told(client))
    for before, after in pairwise(moments):
        assert {name for name in before if before[name] > after.get(name, "")} == set()
    dated = {"cities", "matrix", "milestones", "pledges", "practices", "updates", "strong-cities-network", "created"}
    assert set(moments[-1]) >= dated
    assert all(moments[0][name] < moments[-1][name] for name in ("milestones", "pledges", "practices", "updates"))


def changes_told(client) -> dict[str, str]:
    """When each dataset last changed, as the catalogue says; when anything did, as datapackage.json says."""
    graph = parsed(client, "ttl")
    told = {
        str(dataset).rpartition("#")[2]: str(graph.value(dataset, DCTERMS.modified))
        for dataset in graph.subjects(RDF.type, DCAT.Dataset)
        if (dataset, DCTERMS.modified, None) in graph
    }
    return told | {"created": client.get("/data/datapackage.json").json()["created"]}


@pytest.mark.parametrize("rows", [1, 3])
def test_the_catalogue_takes_the_same_queries_for_one_row_as_for_three(
    client, django_assert_num_queries, sizes_known, rows
):
    network(rows)
    with django_assert_num_queries(len(DATASETS) + 3):
        client.get("/catalog.ttl")


@pytest.mark.parametrize("address", ["/catalog.pdf", "/data/other.zip", "/en/catalog.jsonld"])
def test_there_is_no_other(client, address):
    assert client.get(address, follow=True).status_code == 404


def test_open_data_leads_to_the_date_of_the_content(client):
    (link,) = re.findall(r'href="([^"]*#content-changed)"', client.get("/en/open-data/").text)
    assert link == f"{DICTIONARY['en']}#content-changed"
    PledgeFactory(updated_at=dt.datetime(2026, 5, 3, 9, 30, tzinfo=dt.UTC))
    (told,) = re.findall(r'<li id="content-changed">(.*?)</li>', client.get(DICTIONARY["en"]).text, re.DOTALL)
    assert "Last change of the content: " in told


@pytest.mark.parametrize("address", ["/en/open-data/", DICTIONARY["en"]])
def test_the_pages_lead_harvesters_to_the_catalogue(client, address):
    head = client.get(address).text.partition("</head>")[0]
    links = re.findall(r'<link rel="alternate"\s+type="([^"]+)"\s+href="([^"]+)"', head)
    assert links == [
        ("application/ld+json", "/catalog.jsonld"), ("text/turtle", "/catalog.ttl"),
        ("application/rdf+xml", "/catalog.rdf"),
    ]  # fmt: skip

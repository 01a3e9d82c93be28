"""A faulty file of cities: each fault with its line, its column and the reason, exit status 1, nothing applied."""

import pytest
from django.core.management import CommandError, call_command
from django.utils.translation import override

from members import city_csv
from members.city_csv import Fault, ImportFaults
from members.models import City
from tests.factories import CityFactory, RegionFactory
from tests.members.test_city_csv import SOUND, as_csv

pytestmark = pytest.mark.django_db

HEADER = ",".join(SOUND)
ROW = ",".join(SOUND.values())
OTHER = {"geonameid": "43", "name_en": "Otherford"}


@pytest.fixture(autouse=True)
def _told_in_english():
    """Whatever language the last request of another test has left active."""
    with override("en"):
        yield


def faults_of(content: bytes, *, update: bool = False) -> list[Fault]:
    """The faults found in `content`; nothing of it was applied."""
    before = list(City.objects.order_by("pk").values())
    with pytest.raises(ImportFaults) as refusal:
        city_csv.import_cities(content, update=update)
    assert list(City.objects.order_by("pk").values()) == before
    return refusal.value.faults


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("country", "ZZ", "“ZZ” is not a country code of ISO 3166."),
        ("country", "Canada", "“Canada” is not a country code of ISO 3166."),
        ("country", "", "Fill in this cell."),
        ("latitude", "200", "Ensure this value is less than or equal to 90."),
        ("latitude", "-90.1", "Ensure this value is greater than or equal to -90."),
        ("latitude", "nan", "Enter a number."),
        ("latitude", "inf", "Enter a number."),
        ("latitude", "north", "Enter a number."),
        ("longitude", "180.5", "Ensure this value is less than or equal to 180."),
        ("longitude", "NaN", "Enter a number."),
        ("population", "-1", "Ensure this value is greater than or equal to 0."),
        ("population", "many", "Enter a whole number."),
        ("population", "99999999999", "Ensure this value is less than or equal to 2147483647."),
        ("geonameid", "-5", "Ensure this value is greater than or equal to 0."),
        ("geonameid", "abc", "Enter a whole number."),
        ("geonameid", "99999999999999999999", "Ensure this value is less than or equal to 2147483647."),
        ("name_en", "", "Fill in this cell."),
        ("name_en", "   ", "Fill in this cell."),
        ("name_fr", "", "Fill in this cell."),
        ("name_fr", "N" * 101, "Ensure this value has at most 100 characters (it has 101)."),
        ("name_fr", "Nul\0here", "Null characters are not allowed."),
        ("name_en", "Nul\0here", "Null characters are not allowed."),
        ("region", "atlantis", "“atlantis” is not a region of the network."),
        ("region", "", "Fill in this cell."),
        ("unit_type", "galaxy", "Select a valid choice. galaxy is not one of the available choices."),
        ("status", "friend", "Select a valid choice. friend is not one of the available choices."),
        ("status", "", "Fill in this cell."),
        ("joined", "1999", "Ensure this value is greater than or equal to 2000."),
        ("joined", "2020-01", "Enter a whole number."),
        ("timezone", "Mars/Olympus", "“Mars/Olympus” is not a time zone such as Africa/Nairobi."),
        ("source", "", "Fill in this cell."),
    ],
)
def test_a_bad_value_is_told_with_its_line_and_column(column, value, reason):
    assert faults_of(as_csv(OTHER, {column: value})) == [Fault(3, column, reason)]


def test_a_latitude_without_a_longitude_is_told():
    assert faults_of(as_csv({"longitude": ""})) == [
        Fault(2, "latitude", "Latitude (-90 to 90) and longitude (-180 to 180) go together.")
    ]


@pytest.mark.parametrize(
    ("again", "column"),
    [
        ({"name_en": "Elsewhere"}, "geonameid"),
        ({"geonameid": "7"}, "name_en"),
        ({"geonameid": "", "name_en": " testFORD "}, "name_en"),
    ],
)
def test_a_city_that_is_twice_in_the_file_is_told_with_both_lines(again, column):
    assert faults_of(as_csv({}, OTHER, again)) == [Fault(4, column, "The same city as line 2.")]


def test_a_name_that_another_city_of_the_country_has_in_the_database_is_told():
    region = RegionFactory(slug="africa")
    CityFactory(geonames_id=1, name_en="Testford", country="CA", region=region)
    CityFactory(geonames_id=42, name_en="Formerly", country="CA", region=region)
    assert faults_of(as_csv({}), update=True) == [Fault(2, "name_en", "This country already has a city of that name.")]


def test_a_second_geonames_id_for_a_city_of_the_database_is_a_change_of_that_city():
    city = CityFactory(geonames_id=1, name_en="Testford", country="CA")
    assert city_csv.import_cities(as_csv({}), update=True).counts["changed"] == 1
    assert City.objects.get().pk == city.pk


def test_every_fault_of_the_file_is_told_at_once():
    faults = faults_of(as_csv({"country": "ZZ", "latitude": "200"}, OTHER, {"geonameid": "44", "name_en": ""}))
    assert {(fault.line, fault.column) for fault in faults} == {(2, "country"), (2, "latitude"), (4, "name_en")}


def test_text_that_is_not_utf_8_is_told_where_it_begins():
    content = as_csv(OTHER, {"name_fr": "Testé"}).decode().encode("latin-1")
    assert faults_of(content) == [Fault(3, "", "The file is not UTF-8 text.")]


@pytest.mark.parametrize(
    ("content", "faults"),
    [
        (HEADER.replace(",status", ""), [Fault(1, "status", "This column is missing.")]),
        (f"{HEADER},mayor", [Fault(1, "mayor", "This column is not known.")]),
        (f"{HEADER},status", [Fault(1, "status", "This column is there twice.")]),
        (
            HEADER.replace("joined", "joined_year"),
            [Fault(1, "joined", "This column is missing."), Fault(1, "joined_year", "This column is not known.")],
        ),
        ("", [Fault(1, column, "This column is missing.") for column in SOUND]),
    ],
)
def test_a_wrong_header_is_told_column_by_column(content, faults):
    assert faults_of(f"{content}\n{ROW}\n".encode() if content else b"") == faults


@pytest.mark.parametrize(("row", "count"), [(ROW.rsplit(",", 1)[0], 12), (f"{ROW},more", 14)])
def test_a_line_of_too_few_or_too_many_cells_is_told(row, count):
    content = f"{HEADER}\n{ROW}\n{row}\n".encode()
    assert faults_of(content) == [Fault(3, "", f"{count} cells where the header has 13.")]


def test_a_quote_that_never_ends_is_told_with_the_line_where_it_began():
    fault = faults_of(f'{HEADER}\n{ROW}\n"{ROW}\n'.encode())[0]
    assert (fault.line, fault.column) == (3, "")


@pytest.mark.parametrize(
    "content",
    [b'"a"b,c\n', b'"' + b"x" * 200_000 + b'"\n', b'"geonameid', f'"{HEADER}\n{ROW}\n'.encode(), b"a\rb,c"],
    ids=["a letter after a quote", "a huge cell", "a quote alone", "a quote that takes all in", "two kinds of lines"],
)
def test_a_header_that_cannot_be_read_is_told(content):
    assert {fault.line for fault in faults_of(content)} == {1}


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", b" ", b"\0"])
def test_a_file_of_nothing_lacks_every_column(content):
    missing = [fault.column for fault in faults_of(content) if fault.reason == "This column is missing."]
    assert missing == list(SOUND)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\n\n\n"])
def test_a_header_alone_is_a_file_of_no_city(mark, end):
    assert city_csv.import_cities(mark + HEADER.encode() + end).counts.total() == 0


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"\xff", 1),
        (HEADER.encode("utf-16"), 1),
        (f"{HEADER}\n{ROW}\n".encode() + b"\xe9", 3),
        (f"{HEADER}\n".encode() + b"1,a\rb,\xe9", 2),
        (f"{HEADER}\n".encode() + b"x" * 200_000 + b"\xe9", 2),
        (f"{HEADER}\n{ROW},more,".encode() + b"\xe9", 2),
    ],
    ids=["one byte", "UTF-16", "at the start of a line", "two kinds of lines", "a huge cell", "beyond the last column"],
)
def test_text_that_is_not_utf_8_is_told_wherever_it_stands(content, line):
    assert faults_of(content) == [Fault(line, "", "The file is not UTF-8 text.")]


def test_lines_are_counted_as_an_editor_does_also_after_a_name_of_two_lines():
    rows = as_csv({"name_fr": "Two\nlines"}, OTHER | {"country": "ZZ"})
    assert faults_of(rows) == [
        Fault(2, "name_fr", "Write this on one line, without line breaks."),
        Fault(4, "country", "“ZZ” is not a country code of ISO 3166."),
    ]


def test_a_file_of_cells_beyond_all_measure_is_told():
    fault = faults_of(as_csv({"source": "x" * 200_000}))[0]
    assert fault.line == 2


def test_the_command_tells_the_faults_ends_with_status_1_and_applies_nothing(tmp_path, capsys):
    file = tmp_path / "cities.csv"
    file.write_bytes(as_csv(OTHER, {"country": "ZZ"}))
    with pytest.raises(CommandError) as refusal:
        call_command("import_cities", file)
    assert refusal.value.returncode == 1
    assert str(refusal.value) == "cities.csv: nothing was imported."
    assert capsys.readouterr().err == ("cities.csv: line 3, column country: “ZZ” is not a country code of ISO 3166.\n")
    assert not City.objects.exists()

"""Cities in and out of a file: what is exported is imported unchanged, and nothing is applied of a faulty file."""

import csv
import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from members import city_csv
from members.models import City, Region
from tests.factories import CityFactory, RegionFactory

pytestmark = pytest.mark.django_db

REAL = Path(city_csv.__file__).parent / "data" / "cities.csv"
SOUND = {
    "geonameid": "42", "name_en": "Testford", "name_fr": "Testville", "country": "CA", "unit_type": "city",
    "region": "north-america", "latitude": "45.5", "longitude": "-73.6", "population": "1000",
    "timezone": "America/Toronto", "status": "member", "joined": "2019", "source": "https://example.org/",
}  # fmt: skip


def exported() -> str:
    output = io.StringIO()
    city_csv.export_cities(City.objects.all(), output)
    return output.getvalue()


def as_csv(*rows: dict[str, str]) -> bytes:
    """A file of sound rows, each with the given changes."""
    output = io.StringIO()
    writer = csv.DictWriter(output, list(city_csv.COLUMNS), lineterminator="\n")
    writer.writeheader()
    writer.writerows(SOUND | row for row in rows)
    return output.getvalue().encode()


def counts_of(content: bytes, *, update: bool = False) -> dict[str, int]:
    """How many cities an import had of each kind, but for kinds that it had none of."""
    return {kind: n for kind, n in city_csv.import_cities(content, update=update).counts.items() if n}


@pytest.mark.slow
def test_the_real_file_comes_out_as_it_went_in_byte_for_byte():
    content = REAL.read_bytes()
    assert counts_of(content) == {"new": content.count(b"\n") - 1}
    assert exported().encode() == content


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "update"), [(REAL.read_bytes(), False), (as_csv({}, {"geonameid": "", "name_en": "Otherford"}), True)]
)
def test_importing_the_same_file_again_changes_nothing_and_leaves_no_history(content, update):
    city_csv.import_cities(content)
    events = City.pgh_event_model.objects.count()
    before = list(City.objects.order_by("pk").values())
    assert counts_of(content, update=update) == {"unchanged": len(before)}
    assert list(City.objects.order_by("pk").values()) == before
    assert City.pgh_event_model.objects.count() == events


@pytest.mark.parametrize(
    "name",
    [
        'The "Old" Town', "Town, State", "Semi;colon", "Tab\there", "=1+1", "'quoted'", "Łódź",
        "東京", "القاهرة", "Санкт-Петербург", "São Paulo", "A" * 100,
    ],
)  # fmt: skip
def test_import_of_export_is_the_same_whatever_the_name(name):
    CityFactory(
        name_en=name, name_fr=f"{name}"[:99] + "’", region=RegionFactory(slug="africa"), country="XK",
        latitude=-0.1, longitude=179.99999, population=0, joined_year=2000, source='A page, "quoted"',
        time_zone="Africa/Nairobi", geonames_id=2147483647,
    )  # fmt: skip
    first = exported()
    rows = list(City.objects.values())
    assert counts_of(first.encode(), update=True) == {"unchanged": 1}
    assert list(City.objects.values()) == rows

    # A field's own history does not matter: into an empty table too.
    City.objects.all().delete()
    assert counts_of(first.encode(), update=True) == {"new": 1}
    assert exported() == first


def test_what_is_not_known_stays_blank():
    unknown = {"geonameid": "", "latitude": "", "longitude": "", "population": "", "timezone": "", "joined": ""}
    city_csv.import_cities(as_csv(unknown))
    city = City.objects.get()
    assert (city.geonames_id, city.latitude, city.longitude, city.population, city.time_zone, city.joined_year) == (
        None, None, None, None, "", None,
    )  # fmt: skip
    assert exported().encode() == as_csv(unknown)


def test_a_city_is_recognised_by_its_geonames_id_and_may_change_its_name():
    city_csv.import_cities(as_csv({}))
    slug = City.objects.get().slug
    assert counts_of(as_csv({"name_en": "Newford"}), update=True) == {"changed": 1}
    city = City.objects.get()
    assert (city.name_en, city.slug) == ("Newford", slug)


def test_a_city_without_a_geonames_id_is_recognised_by_country_and_english_name():
    city_csv.import_cities(as_csv({"geonameid": ""}))
    again = as_csv({"geonameid": "", "name_en": "TESTFORD", "status": "former"})
    assert counts_of(again, update=True) == {"changed": 1}
    assert City.objects.get().status == "former"


def test_the_ten_regions_come_with_the_cities_in_both_languages():
    city_csv.import_cities(as_csv({}))
    assert Region.objects.count() == 10
    assert Region.objects.filter(name_en__gt="", name_fr__gt="").count() == 10


def test_a_file_that_begins_with_a_byte_order_mark_or_has_windows_line_ends_is_read():
    content = b"\xef\xbb\xbf" + as_csv({}).replace(b"\n", b"\r\n")
    assert counts_of(content) == {"new": 1}
    assert City.objects.get().source == "https://example.org/"


def test_the_order_of_the_columns_does_not_matter():
    header, row = list(SOUND)[::-1], list(SOUND.values())[::-1]
    city_csv.import_cities(f"{','.join(header)}\n{','.join(row)}\n".encode())
    assert exported().encode() == as_csv({})


def test_the_commands_read_and_write_the_same_format(tmp_path, capsys):
    file = tmp_path / "cities.csv"
    file.write_bytes(as_csv({}))
    call_command("import_cities", file)
    assert capsys.readouterr().out == "1 are new, 0 are changed\n"
    call_command("export_cities")
    assert capsys.readouterr().out.encode() == as_csv({})


def test_a_dry_run_says_what_would_change_and_changes_nothing(tmp_path, capsys):
    file = tmp_path / "cities.csv"
    file.write_bytes(as_csv({}))
    call_command("import_cities", file, "--dry-run")
    assert capsys.readouterr().out == "1 would be new, 0 would be changed\n"
    assert not City.objects.exists()
    assert not City.pgh_event_model.objects.exists()


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(CommandError, match="No such file or directory"):
        call_command("import_cities", tmp_path / "none.csv")

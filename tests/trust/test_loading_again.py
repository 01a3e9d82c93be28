"""Whatever staff changed survives the next start: loading again adds what is missing, and changes nothing unasked."""

import shlex

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command

from commitments.models import Commitment, Declaration
from members import city_csv
from members.models import City, Region
from tests.members.test_city_csv import as_csv, counts_of

pytestmark = pytest.mark.django_db
SETUP = yaml.safe_load((settings.BASE_DIR / "docker-compose.yml").read_text())["services"]["setup"]["command"][-1]


REAL = settings.BASE_DIR / "members" / "data" / "cities.csv"
CHANGED = ("Montréal", "Denver", "Kolofata", "Mombasa", "Mount Vernon")


@pytest.fixture
def few_cities(tmp_path) -> str:
    """The header of the real file, the cities that staff change here, and one that they do not."""
    lines = REAL.read_text().splitlines(keepends=True)
    file = tmp_path / "cities.csv"
    file.write_text("".join(line for line in lines if line.split(",")[1] in ("name_en", "Aarhus", *CHANGED)))
    return str(file)


def start_again(capsys, cities: str) -> str:
    """What `docker compose up` does at each start, but for the migrations, with the file `cities` in the place of the
    real one; returns what it says."""
    for command in SETUP.split(" && "):
        name, *arguments = shlex.split(command)[2:]
        if name != "migrate":
            call_command(
                name, *(cities if argument == "members/data/cities.csv" else argument for argument in arguments)
            )
    return capsys.readouterr().out


def test_compose_loads_the_declaration_and_the_real_cities():
    assert "manage.py load_declaration" in SETUP
    assert f"manage.py import_cities {REAL.relative_to(settings.BASE_DIR)}" in SETUP


def everything() -> list:
    models = (City, Region, Declaration, Commitment, City.pgh_event_model)
    return [list(model.objects.order_by("pk").values()) for model in models]


def staff_change_their_minds() -> None:
    """Every column of the files, in a row of each."""
    City.objects.filter(geonames_id=6077243).update(population=7, name_fr="Ville-Marie", latitude=1, joined_year=2001)
    City.objects.filter(name_en="Denver").update(name_en="Mile High", country="CA", geonames_id=None)
    City.objects.filter(name_en="Kolofata").update(name_en="Kolofata (Cameroon)", status=City.Status.FORMER)
    City.objects.filter(name_en="Mombasa").update(region=Region.objects.get(slug="mena"), source="A letter")
    City.objects.filter(name_en="Mount Vernon").delete()
    Region.objects.filter(slug="mena").update(name_fr="Proche-Orient")
    Declaration.objects.update(title_en="Another title", preamble_fr="Autre préambule", adopted_on="2019")
    Commitment.objects.filter(number=3).update(short_fr="Autre", wording_en="Other words")


def test_a_start_undoes_nothing_that_staff_wrote_and_an_update_says_each_value(capsys, few_cities):
    start_again(capsys, few_cities)
    fresh = facts()
    staff_change_their_minds()
    before = everything()
    said = start_again(capsys, few_cities)
    assert everything() == before
    assert "4 are left, 1 are removed" in said
    assert "--update changes it" in said

    dry = update(capsys, few_cities, "--dry-run")
    assert everything() == before
    said = update(capsys, few_cities)
    assert facts() == fresh
    assert dry == said.replace(" are ", " would be ")
    for words in (
        'Montréal: population: "7" -> "1762949"',
        'Montréal: name_fr: "Ville-Marie" -> "Montréal"',
        'latitude: "1.0" -> "45.50884"',
        'Denver: name_en: "Mile High" -> "Denver"',
        'status: "former" -> "member"',
        'region: "mena" -> "east-southern-africa"',
        'name_fr: "Proche-Orient" -> ',
        'title_en: "Another title" -> ',
        'wording_en: "Other words" -> ',
        "1 are new, 4 are changed",
    ):
        assert words in said, said


def facts() -> list:
    return list(City.objects.order_by("slug").values(*city_csv.COLUMNS.values()))


def update(capsys, cities: str, *options: str) -> str:
    call_command("load_declaration", "--update", *options)
    call_command("import_cities", cities, "--update", *options)
    return capsys.readouterr().out


def test_a_commitment_that_is_missing_is_added(capsys):
    call_command("load_declaration")
    Commitment.objects.filter(number=7).delete()
    call_command("load_declaration")
    assert "1 are new" in capsys.readouterr().out
    assert Commitment.objects.of_melbourne().count() == 7


def test_a_city_that_staff_gave_the_name_of_another_stops_no_start():
    assert counts_of(as_csv({}, {"geonameid": "43", "name_en": "Otherford"})) == {"new": 2}
    City.objects.filter(geonames_id=43).update(name_en="Elsewhere")
    City.objects.filter(geonames_id=42).update(name_en="Otherford")
    assert counts_of(as_csv({}, {"geonameid": "43", "name_en": "Otherford"})) == {"left": 2}


def test_another_city_of_a_former_name_is_new():
    city_csv.import_cities(as_csv({}))
    City.objects.update(name_en="Newford")
    assert counts_of(as_csv({"geonameid": "77"})) == {"new": 1}

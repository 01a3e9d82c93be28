"""Whatever staff changed survives the next start: loading again adds what is missing, and changes nothing unasked."""

import shlex
from pathlib import Path

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


def start_again(capsys) -> str:
    """What `docker compose up` does at each start, but for the migrations; returns what it says."""
    for command in SETUP.split(" && "):
        name, *arguments = shlex.split(command)[2:]
        if name in ("load_declaration", "import_cities"):
            call_command(name, *arguments)
    return capsys.readouterr().out


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


def test_a_start_changes_nothing_that_staff_changed_and_adds_what_is_missing(capsys):
    start_again(capsys)
    staff_change_their_minds()
    before = everything()
    said = start_again(capsys)
    assert everything() == before
    assert "4 are left, 1 are removed" in said
    assert "--update changes it" in said

    Commitment.objects.filter(number=7).delete()
    start_again(capsys)
    assert Commitment.objects.of_melbourne().count() == 7


def test_an_update_says_each_old_and_new_value_and_a_dry_run_says_the_same_and_does_nothing(capsys):
    start_again(capsys)
    fresh = list(City.objects.order_by("slug").values("name_en", "name_fr", "population", "status", "source"))
    staff_change_their_minds()
    before, said = everything(), {}
    commands = (["load_declaration"], ["import_cities", str(Path(city_csv.__file__).parent / "data" / "cities.csv")])
    for dry_run in (["--dry-run"], []):
        for name, *arguments in commands:
            call_command(name, *arguments, "--update", *dry_run)
        said[bool(dry_run)] = capsys.readouterr().out
        assert (everything() == before) == bool(dry_run)

    assert said[True] == said[False].replace(" are ", " would be ")
    for words in (
        'population: "7" -> "1762949"',
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
        assert words in said[False], said[False]
    now = list(City.objects.order_by("slug").values("name_en", "name_fr", "population", "status", "source"))
    assert now == fresh


def test_a_city_that_staff_gave_the_name_of_another_stops_no_start():
    assert counts_of(as_csv({}, {"geonameid": "43", "name_en": "Otherford"})) == {"new": 2}
    City.objects.filter(geonames_id=43).update(name_en="Elsewhere")
    City.objects.filter(geonames_id=42).update(name_en="Otherford")
    assert counts_of(as_csv({}, {"geonameid": "43", "name_en": "Otherford"})) == {"left": 2}


def test_another_city_of_a_former_name_is_new():
    city_csv.import_cities(as_csv({}))
    City.objects.update(name_en="Newford")
    assert counts_of(as_csv({"geonameid": "77"})) == {"new": 1}

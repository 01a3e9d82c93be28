"""“Your data”: all that names a person is in what they read and take along, and nothing of anybody else."""

import json
from decimal import Decimal

import pghistory
import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.urls import reverse
from django.utils import timezone, translation

from scn_portal.site.privacy import held, views
from tests.factories import CityFactory, PledgeFactory, UserFactory
from tests.trust.personal import is_event
from tests.trust.world import trace

NAME, EMAIL = "Zzyx Canary", "zzyx.canary@city.example"


@pytest.fixture
def world(db):
    return trace(name=NAME, email=EMAIL)


def test_every_row_that_names_the_person_is_in_it(world):
    said = held.as_json(world.person, at=timezone.now(), most=1_000)
    found = {(row["table"], row["id"]) for part in said["parts"] for row in part["rows"] if "id" in row}
    for model, column in held.links_to_people():
        for key in model._base_manager.filter(**{column.name: world.person.pk}).values_list("pk", flat=True):
            assert (model._meta.label, key) in found, column
    for label in ("digests.Subscription", "digests.Consent", "digests.Delivery", "site.Concern", "members.User"):
        assert label in {table for table, _key in found}
    assert any(is_event(each.rows[0].model) for each in held.held_about(world.person))


def test_a_text_is_in_both_languages_and_a_secret_in_none(world):
    world.person.set_password("a-password-of-theirs")
    world.person.save()
    said = json.dumps(held.as_json(world.person, at=timezone.now(), most=1_000), default=str)
    for expected in ("title_fr", "title_en", "Where you are signed in", "Vos connexions", "203.0.113.9", EMAIL):
        assert expected in said
    for secret in (world.person.password, "JBSWY3DPEHPK3PXP", "k" * 40, "session_key"):
        assert secret not in said


def test_nobody_else_is_in_it(world):
    said = json.dumps(held.as_json(world.person, at=timezone.now(), most=1_000), default=str)
    for other in (world.colleague, world.staff):
        assert other.email not in said
        assert other.name not in said
    assert "other@city.example" not in said
    stranger = held.as_json(UserFactory(), at=timezone.now(), most=1_000)
    assert [part["part"] for part in stranger["parts"]] == ["account"]
    assert NAME not in json.dumps(stranger, default=str)


def test_of_very_many_rows_the_page_shows_the_newest_and_the_file_has_all(client, world, monkeypatch):
    client.force_login(world.person)
    assert "this is everything" in client.get("/en/account/my-data/read/").text
    monkeypatch.setattr(views, "MAX_OF_A_TABLE", 2)
    events = world.person._meta.model.pgh_event_model.objects.count
    before = events()
    for name in ("Zzyx One", "Zzyx Two", "Zzyx Three"):
        world.person.name = name
        with pghistory.context(user=world.person.pk):
            world.person.save()
    assert events() == before + 3
    page = client.get("/en/account/my-data/read/")
    assert "the newest 2" in page.text
    shown = [row for part in page.context["parts"] if part.group == held.HISTORY for row in part.rows]
    of_person = [row.values["pgh_created_at"] for row in shown if row.model._meta.label == "members.UserEvent"]
    said = client.get("/en/account/my-data/file/").json()
    (history,) = [part["rows"] for part in said["parts"] if part["part"] == "history"]
    in_file = [row for row in history if row["table"] == "members.UserEvent"]
    assert len(of_person) == 2 < 3 <= len(in_file)
    assert json.loads(json.dumps(of_person, cls=DjangoJSONEncoder)) == [row["pgh_created_at"] for row in in_file[-2:]]


@pytest.mark.parametrize(("language", "figure"), [("en", "1250.50"), ("fr", "1250,50")])
def test_a_number_is_written_as_its_reader_does_and_a_link_by_its_name(client, world, language, figure):
    pledge = PledgeFactory(
        created_by=world.person,
        indicator_target=Decimal("1250.50"),
        city=CityFactory(name_en="Zzyxville", name_fr="Zzyxville"),
    )
    client.force_login(world.person)
    with translation.override(language):
        page = client.get(reverse("my_data_page")).text
    assert f"</strong> {figure}<br>" in page
    assert "</strong> Zzyxville<br>" in page
    rows = [row for part in held.as_json(world.person, at=timezone.now(), most=1_000)["parts"] for row in part["rows"]]
    (said,) = [row for row in rows if row["table"] == "commitments.Pledge" and row["id"] == pledge.pk]
    assert (said["indicator_target"], said["city"]) == ("1250.50", "Zzyxville")


def test_tables_without_rows_are_asked_together(world, django_assert_max_num_queries):
    """Some ninety tables may hold something: a query each for those that do, and three for all others."""
    tables = {row.model for each in held.held_about(world.person) for row in each.rows if not is_event(row.model)}
    assert len(tables) > 20
    stranger = UserFactory()
    with django_assert_max_num_queries(6):  # three, and a table each for the account and its addresses
        found = held.held_about(stranger, most=2)
    assert [each.group.key for each in found] == ["account"]


@pytest.mark.parametrize(("language", "title"), [("en", "Emails to you"), ("fr", "Les courriels à votre adresse")])
def test_the_page_and_the_file(client, world, language, title):
    client.force_login(world.person)
    path = {"en": "/en/account/my-data/", "fr": "/fr/compte/mes-donnees/"}[language]
    page = client.get(path + {"en": "read/", "fr": "lire/"}[language])
    assert title in page.text
    assert "203.0.113.9" in page.text
    answer = client.get(path + {"en": "file/", "fr": "fichier/"}[language])
    assert answer["Content-Type"].startswith("application/json")
    assert "attachment" in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    said = answer.json()
    assert said["person"] == world.person.pk
    assert {part["part"] for part in said["parts"]} >= {group.key for group in held.GROUPS}

"""“Your data”: all that names a person is in what they read and take along, and nothing of anybody else."""

import json

import pytest
from django.utils import timezone

from scn_portal.site.privacy import held
from tests.factories import UserFactory
from tests.trust.personal import is_event
from tests.trust.world import trace

NAME, EMAIL = "Zzyx Canary", "zzyx.canary@city.example"


@pytest.fixture
def world(db):
    return trace(name=NAME, email=EMAIL)


def test_every_row_that_names_the_person_is_in_it(world):
    said = held.as_json(world.person, at=timezone.now())
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
    said = json.dumps(held.as_json(world.person, at=timezone.now()), default=str)
    for expected in ("title_fr", "title_en", "Where you are signed in", "Vos connexions", "203.0.113.9", EMAIL):
        assert expected in said
    for secret in (world.person.password, "JBSWY3DPEHPK3PXP", "k" * 40, "session_key"):
        assert secret not in said


def test_nobody_else_is_in_it(world):
    said = json.dumps(held.as_json(world.person, at=timezone.now()), default=str)
    for other in (world.colleague, world.staff):
        assert other.email not in said
        assert other.name not in said
    assert "other@city.example" not in said
    stranger = held.as_json(UserFactory(), at=timezone.now())
    assert [part["part"] for part in stranger["parts"]] == ["account"]
    assert NAME not in json.dumps(stranger, default=str)


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

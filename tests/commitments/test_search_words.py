"""A search finds what the page of a pledge says beside its title, in both languages, and nothing that it does not."""

import pytest
from django.db import connection

from commitments import pledges, restoring
from commitments.models import Milestone, Pledge
from tests.factories import MilestoneFactory, PledgeFactory, ProgressUpdateFactory, UserFactory, moved

pytestmark = pytest.mark.django_db

OWN = {
    "target_en": "kestrels", "target_fr": "crécerelles", "baseline_en": "herons", "baseline_fr": "aigrettes",
    "indicator_name_en": "ospreys", "indicator_name_fr": "balbuzards", "partners_en": "gannets", "partners_fr": "fous",
}  # fmt: skip


def found(client, word: str, where: str = "/en/pledges/") -> bool:
    page = client.get(where, {"q": word})
    assert page.status_code == 200
    return "Guard the well" in page.text and "No pledges match" not in page.text


@pytest.fixture
def pledge() -> Pledge:
    return PledgeFactory(title_en="Guard the well", title_fr="Garder le puits", **OWN)


@pytest.mark.parametrize("name", OWN)
def test_its_own_texts_are_found(client, pledge, name):
    assert found(client, OWN[name])


@pytest.mark.parametrize("where", ["/en/pledges/", "/en/search/", "/fr/recherche/"])
def test_its_milestones_and_updates_are_found_with_an_excerpt(client, pledge, where):
    MilestoneFactory(pledge=pledge, title_en="Count the albatrosses", title_fr="Compter les pétrels")
    ProgressUpdateFactory(
        pledge=pledge, status="paused", what_changed_en="Cormorants came.", reason_en="Too many pelicans in spring.",
        obstacles_en="Puffins", what_changed_fr="Des guillemots sont venus.",
    )  # fmt: skip
    for word in ("albatrosses", "pétrels", "cormorants", "pelicans", "puffins", "guillemots"):
        page = client.get(where, {"q": word}).text
        assert f"<mark>{word}</mark>".casefold() in page.casefold(), word


def test_an_update_that_was_taken_down_is_found_no_more_until_it_is_restored(client, pledge):
    update = ProgressUpdateFactory(pledge=pledge, what_changed_en="Cormorants came.")
    pledges.take_down(update, reason="A name.", by=UserFactory())
    assert not found(client, "cormorants")
    restoring.restore(update)
    assert found(client, "cormorants")


def test_what_is_deleted_or_reworded_is_found_no_more(client, pledge):
    step = MilestoneFactory(pledge=pledge, title_en="Albatrosses")
    Milestone.objects.filter(pk=step.pk).update(title_en="Buzzards")
    assert (found(client, "albatrosses"), found(client, "buzzards")) == (False, True)
    step.delete()
    assert not found(client, "buzzards")


def test_its_result_is_found_while_it_is_shown(client, pledge):
    Pledge.objects.update(result_en="Cormorants nest.", lessons_fr="Des guillemots aussi.", degree_of_change="full")
    assert not found(client, "cormorants")
    moved(Pledge.objects.all(), status="done")
    assert found(client, "cormorants")
    assert found(client, "guillemots")
    moved(Pledge.objects.all(), status="under_way")
    assert not found(client, "cormorants")


@pytest.mark.parametrize("change", [{"published_at": None}, {"city__status": "former"}, {"taken": True}])
def test_what_is_not_public_is_never_found(client, change):
    if taken := change.pop("taken", False):
        change = {}
    pledge = PledgeFactory(title_en="Guard the well", **OWN, **change)
    MilestoneFactory(pledge=pledge, title_en="Albatrosses")
    if taken:
        pledges.take_down(pledge, reason="A name.", by=UserFactory())
    for where in ("/en/pledges/", "/en/search/"):
        assert not found(client, "albatrosses", where)
        assert not found(client, OWN["target_en"], where)


def test_that_the_words_were_gathered_is_no_change_of_the_pledge(pledge):
    pledge.refresh_from_db()
    before = (pledge.version, pledge.events.count())
    MilestoneFactory(pledge=pledge, title_en="Albatrosses")
    pledge.refresh_from_db()
    assert (pledge.version, pledge.events.count()) == before
    assert pledge.also_said_en == "Albatrosses"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE commitments_pledge SET target_en = 'Other' WHERE id = %s", [pledge.pk])
    pledge.refresh_from_db()
    assert pledge.version == before[0] + 1

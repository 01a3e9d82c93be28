"""The Declaration comes from one file, word for word; loading it again changes nothing."""

import json

import pytest
from django.core.management import call_command

from commitments.loading import DATA, load_declaration
from commitments.models import Commitment, Declaration

pytestmark = pytest.mark.django_db

SOURCE = json.loads((DATA / "declaration.json").read_text())


def test_the_french_and_the_english_are_those_of_the_file_to_the_letter():
    declaration = load_declaration()
    assert (declaration.slug, declaration.source_language, declaration.adopted_on) == (
        "melbourne-2018", "fr", SOURCE["adopted_on"],
    )  # fmt: skip
    for code in ("fr", "en"):
        assert getattr(declaration, f"title_{code}") == SOURCE["title"][code]
        assert getattr(declaration, f"preamble_{code}").split("\n\n") == [part[code] for part in SOURCE["preamble"]]
    loaded = [
        (c.number, c.slug, c.title_fr, c.title_en, c.wording_fr, c.wording_en)
        for c in Commitment.objects.of_melbourne()
    ]
    assert loaded == [
        (row["number"], row["slug"], row["title"]["fr"], row["title"]["en"], row["text"]["fr"], row["text"]["en"])
        for row in SOURCE["commitments"]
    ]
    assert [row[0] for row in loaded] == [1, 2, 3, 4, 5, 6, 7]


def test_loading_it_again_changes_nothing():
    call_command("load_declaration")
    before = list(Declaration.objects.values()), list(Commitment.objects.order_by("pk").values())
    call_command("load_declaration")
    assert (list(Declaration.objects.values()), list(Commitment.objects.order_by("pk").values())) == before


def test_words_changed_in_the_database_are_put_right_by_an_update():
    load_declaration()
    Commitment.objects.filter(number=1).update(title_fr="Autre chose")
    load_declaration(update=True)
    assert Commitment.objects.get(number=1).title_fr == SOURCE["commitments"][0]["title"]["fr"]


def test_the_french_text_is_the_one_that_the_portal_holds():
    declaration = load_declaration()
    assert (declaration.is_source("fr"), declaration.is_source("en")) == (True, False)

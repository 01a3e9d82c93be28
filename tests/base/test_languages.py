"""Text in two languages: what a reader is shown, and whether a translation has fallen behind."""

import datetime as dt
import time

import pytest
from django.db import models

from scn_portal.base.languages import Bilingual, Text, text_of
from scn_portal.base.typography import typographic

NARROW, FIXED = "\u202f", "\u00a0"


class Note(Bilingual):
    """A row in two languages, of no app: it never meets a database."""

    title_en = models.CharField(max_length=50, blank=True)
    title_fr = models.CharField(max_length=50, blank=True)

    class Meta:
        app_label = "test_languages"


@pytest.mark.parametrize(
    ("row", "language", "shown"),
    [
        ({"title_en": "Peace", "title_fr": "Paix"}, "en", Text("Peace", "en")),
        ({"title_en": "Peace", "title_fr": "Paix"}, "fr", Text("Paix", "fr")),
        ({"title_en": "Peace", "title_fr": ""}, "fr", Text("Peace", "en", is_fallback=True)),
        ({"title_en": None, "title_fr": "Paix"}, "en", Text("Paix", "fr", is_fallback=True)),
        ({"title_en": "", "title_fr": None}, "fr", Text("", "fr")),
    ],
)
def test_the_readers_language_else_the_other_and_marked(row, language, shown):
    assert text_of(Note(source_language="en", **row), "title", language) == shown


def test_an_empty_text_is_false_and_a_text_prints_as_itself():
    assert not Text("", "en")
    assert Text("Peace", "en")
    assert str(Text("Peace", "en")) == "Peace"


NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("translated_at", "stale"),
    [(None, False), (NOON - HOUR, True), (NOON, False), (NOON + HOUR, False)],
)
def test_a_translation_older_than_its_source_is_stale(translated_at, stale):
    note = Note(
        source_language="fr",
        title_fr="Paix",
        title_en="Peace",
        source_changed_at=NOON,
        translation_changed_at=translated_at,
    )
    assert note.text("title", "en") == Text("Peace", "en", is_stale=stale)
    assert note.text("title", "fr") == Text("Paix", "fr")


@pytest.mark.parametrize(
    ("changed", "source_at", "translation_at"),
    [
        ({"fr"}, NOON + HOUR, NOON),
        ({"en"}, NOON, NOON + HOUR),
        ({"fr", "en"}, NOON + HOUR, NOON + HOUR),
        (set(), NOON, NOON),
    ],
)
def test_changes_are_remembered_by_language(time_machine, changed, source_at, translation_at):
    note = Note(source_language="fr", source_changed_at=NOON, translation_changed_at=NOON)
    time_machine.move_to(NOON + HOUR, tick=False)
    note.note_changes(changed)
    assert (note.source_changed_at, note.translation_changed_at) == (source_at, translation_at)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Pourquoi ?", f"Pourquoi{NARROW}?"),
        ("Oui ! Non ; si", f"Oui{NARROW}! Non{NARROW}; si"),
        ("Voici : rien", f"Voici{FIXED}: rien"),
        ("« Paix »", f"«{NARROW}Paix{NARROW}»"),
        ("«Paix»", f"«{NARROW}Paix»"),
        ("plus de 25 000 morts", f"plus de 25{NARROW}000 morts"),
        ("1 200 000 en 2015 120 fois", f"1{NARROW}200{NARROW}000 en 2015 120 fois"),
        ("à 10:30, https://ville.example", "à 10:30, https://ville.example"),
    ],
)
def test_french_spaces_do_not_break(written, shown):
    assert typographic(written, "fr") == shown
    assert typographic(shown, "fr") == shown


def test_english_is_left_alone():
    assert typographic("Why ? « so » : yes", "en") == "Why ? « so » : yes"


@pytest.mark.parametrize(
    ("written", "language", "shown"),
    [
        ('He said "peace".', "en", "He said “peace”."),
        ('("peace")', "en", "(“peace”)"),
        ("the city's 'diwans' aren't new", "en", "the city’s ‘diwans’ aren’t new"),
        ('Dire "paix"', "fr", f"Dire «{NARROW}paix{NARROW}»"),
        ("l'eau, c'est \"l'avenir\" !", "fr", f"l’eau, c’est «{NARROW}l’avenir{NARROW}»{NARROW}!"),
        ("see https://city.example/?q='a'&b=\"c\" now", "en", "see https://city.example/?q='a'&b=\"c\" now"),
        ("o'neil@city.example isn't", "en", "o'neil@city.example isn’t"),
        ("the ’A Shared Endeavour’ fund", "en", "the ‘A Shared Endeavour’ fund"),
        ("’It’s ours’, they said", "en", "‘It’s ours’, they said"),
        ("in the ’90s the cities’ mayors", "en", "in the ’90s the cities’ mayors"),
        ("’tis the cities’ own", "en", "’tis the cities’ own"),
        ("the cities’ own", "en", "the cities’ own"),
    ],
)
def test_quotes_and_apostrophes_are_those_of_a_printed_page(written, language, shown):
    assert typographic(written, language) == shown
    assert typographic(shown, language) == shown


@pytest.mark.parametrize(
    ("before", "text", "shown"), [("«", "Paix", f"{NARROW}Paix"), ("1", " 200 000", f"{NARROW}200{NARROW}000")]
)
def test_a_text_goes_by_the_character_before_it(before, text, shown):
    assert typographic(text, "fr", before) == shown


@pytest.mark.parametrize("written", ["a" * 20_000, "a." * 10_000, "abc+" * 5_000, "'a" * 10_000, " " * 20_000 + "x"])
def test_a_text_without_words_takes_no_longer_than_another(written):
    begun = time.process_time()
    typographic(written, "fr")
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize(
    "address", ["a'b@city.example", "git+ssh://a'b/c", "HTTPS://city.example/?q='a'", "mailto:o'n@x"]
)
def test_an_address_is_no_text(address):
    assert typographic(f"({address} ) l'an", "fr") == f"({address} ) l’an"

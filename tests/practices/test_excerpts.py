"""What of a practice answers a question is shown where it stands, marked, and never as markup."""

import re

import pytest
from django.utils.html import escape

from practices.models import Revision
from scn_portal.base.search.excerpts import START, excerpt, excerpt_html, marked_title, title_html
from scn_portal.base.templatetags.search import found_excerpt, found_title
from tests.factories import RevisionFactory
from tests.practices.searching import asked, excerpts, practice

pytestmark = pytest.mark.django_db


def shown(words: str, language: str = "en") -> Revision:
    (row,) = excerpts(words, language)
    return row


def test_an_excerpt_marks_what_answers_in_the_language_where_it_stands():
    practice(
        fr="Titre", summary_fr="Rien ici.", approach_fr="On forme des **élèves** [médiateurs](https://a.example/x)."
    )
    row = shown("eleve mediateur")
    lines = excerpt(row)
    assert lines.language == "fr"
    assert "des <mark>élèves</mark> <mark>médiateurs</mark>" in excerpt_html(lines)
    assert "a.example" not in lines.value
    assert found_excerpt(row).startswith('<span lang="fr">')
    assert "(in French)" in found_excerpt(row)


def test_the_reader_is_given_lines_in_their_language_where_it_answers_too():
    practice(fr="Radicalisation", summary_fr="La radicalisation.", en="Radicalisation", summary_en="On radicalisation.")
    assert {code: excerpt(shown("radicalisation", code)).language for code in ("en", "fr")} == {"en": "en", "fr": "fr"}


def test_an_excerpt_of_several_texts_or_of_a_list_holds_only_the_lines_that_match():
    RevisionFactory(
        status="published", summary_en="It began at central level.", challenge_en="The mediators were missed.",
        approach_en="- a house\n- two mediators\n- a car",
    )  # fmt: skip
    (row,) = excerpts("mediators")
    shown = excerpt_html(excerpt(row))
    assert shown == "The <mark>mediators</mark> were missed. … two <mark>mediators</mark> …"


def test_a_text_that_matches_by_its_title_alone_opens_with_its_first_words_where_asked():
    RevisionFactory(status="published", title_en="Mediators", summary_en="They go to school. There they stay.")
    (row,) = excerpts("mediators")
    assert found_excerpt(row) == ""
    assert found_excerpt(row, opening=True).startswith("They go to school.")


def test_a_text_that_does_not_hold_the_words_has_no_excerpt():
    practice(en="Mediation", summary_en="Nothing of it here.")
    row = shown("mediation")
    assert not excerpt(row)
    assert found_excerpt(row) == ""
    assert found_title(row) == "<mark>Mediation</mark>"


def test_a_title_in_the_other_language_is_labelled_and_marked():
    practice(fr="Des élèves")
    assert found_title(shown("eleves")) == (
        '<span lang="fr">Des <mark>élèves</mark></span> <small class="language-note">(in French)</small>'
    )


@pytest.mark.parametrize("nasty", ["<script>alert(1)</script>", "<b>x</b>", '" onclick="x', "\ue000x\ue001", "&lt;"])
def test_what_a_writer_typed_stays_text(nasty):
    practice(en=f"Mediation {nasty}", summary_en=f"Before {nasty} mediation after.")
    row = shown("mediation")
    for html in (excerpt_html(excerpt(row)), title_html(marked_title(row, "title", "en"))):
        assert html.count("<mark>") == html.count("</mark>") == 1
        assert "<" not in html.replace("<mark>", "").replace("</mark>", "")
        assert '"' not in html
        assert START not in html


def test_a_row_that_nobody_searched_for_shows_its_title_as_it_is():
    row = practice(en="A <b>title</b>")
    assert found_title(row) == escape("A <b>title</b>")
    assert found_excerpt(row) == ""


@pytest.mark.parametrize("words", ["", "peace"])
def test_a_page_has_its_own_rows_in_their_order_and_draws_no_excerpt_of_another(words):
    for number in range(5):
        practice(en="Peace " * (number + 1), summary_en="Peace at home")
    question = asked(words)
    page = question.excerpts(question.revisions[2:4])
    assert list(page) == list(question.revisions)[2:4]
    query = str(page.query)
    assert ("ts_headline" in query.lower()) == bool(words)
    # Either the rows of the page by their keys, or nothing that is worth leaving out for others.
    assert re.search(r"IN \(\d+, \d+\)", query) if words else "OFFSET 2" in query


@pytest.mark.parametrize("words", ["", "peace"])
def test_the_signs_that_mark_what_was_found_are_no_marks_where_a_writer_pasted_them(words):
    practice(en="\ue000Peace\ue001 at \ue000home")
    (row,) = excerpts(words)
    assert found_title(row) == ("<mark>Peace</mark> at home" if words else "Peace at home")

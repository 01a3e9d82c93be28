"""Other words for what was typed: spellings, compounds, synonyms in both languages."""

import json

import pytest

from scn_portal.base.search.expansion import DATA, concepts
from scn_portal.base.search.query import Term, parse


def concepts_of(typed: str):
    return concepts(parse(typed).clauses[0].wanted)


def related(typed: str) -> set[str]:
    return {term.words for concept in concepts_of(typed) for term in concept.related}


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("radicalization", "radicalisation"),
        ("radicalisation", "radicalization"),
        ("Organizing", "organising"),
        ("behavior", "behaviour"),
        ("centre", "center"),
        ("neighborhoods", None),  # only the words of the list, and those in -ise
        ("size", None),
        ("rise", None),
    ],
)
def test_a_word_is_found_in_its_other_spelling(typed, same):
    (concept,) = concepts_of(typed)
    others = {term.words for spelling in concept.exact for term in spelling} - {typed}
    assert others == ({same} if same else set())


@pytest.mark.parametrize(
    ("typed", "synonym"),
    [
        ("teenagers", "youth"),
        ("teenagers", "jeunes"),
        ("jeunesse", "young people"),
        ("réfugiés", "refugee"),
        ("refugies", "asylum seeker"),
        ("detention", "prison"),
        ("gang", "bande"),
        ("anti-Muslim", "islamophobia"),
        ("young people", "jeunes"),
        ("radicalization", "embrigadement"),
    ],
)
def test_a_word_of_the_field_stands_for_its_synonyms_in_both_languages(typed, synonym):
    assert synonym in related(typed)


def test_words_that_are_one_entry_are_one_concept():
    first, second = concepts_of("young people mentoring")
    assert [term.words for term in first.terms] == ["young", "people"]
    assert [term.words for term in second.terms] == ["mentoring"]


def test_a_prefix_is_taken_off_and_put_on():
    assert "deradicalisation" in related("radicalisation")
    assert "radicalisation" in related("deradicalisation")
    assert "sign" not in related("design")


def test_a_quoted_phrase_stays_exact():
    (concept,) = concepts_of('"young people"')
    assert (concept.exact, concept.related) == (((Term("young people", 1, is_phrase=True),),), ())


def test_every_group_of_the_thesaurus_has_both_languages_and_no_word_twice():
    for group in json.loads((DATA / "thesaurus.json").read_text(encoding="utf-8")):
        assert group.keys() == {"en", "fr"}
        for words in group.values():
            assert words
            assert len(words) == len({word.casefold() for word in words})

"""Other words for what a reader typed: other spellings, compounds, and the field's synonyms in both languages.

The synonyms come from a small reviewed thesaurus (`data/thesaurus.json`). Each group is one idea; all of its words, in
English and in French, stand for one another, so that a query in one language finds texts in the other. A quoted phrase
is never expanded.
"""

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from Stemmer import Stemmer

from scn_portal.base.search.query import Term, plain_words

DATA = Path(__file__).parent / "data"
# -ise and -ize, and what is formed from them; not short words such as “size” and “rise”.
_ISE = re.compile(r"^(\w{3,}i)([sz])(e|ed|er|ers|es|ing|ation|ations|ational)$")
PREFIXES = ("anti", "contre", "counter", "de")
MIN_ROOT = 8  # letters: “design” is no “de-sign”


@dataclass(frozen=True)
class Concept:
    """One idea of a query: the terms that name it, as typed, and other words for it.

    `exact` are the terms and their other spellings: all of `terms` must be found, in any of their spellings.
    `related` are synonyms and compounds: any one of them stands for all of the terms, and counts for less.
    """

    terms: tuple[Term, ...]
    exact: tuple[tuple[Term, ...], ...]
    related: tuple[Term, ...]


def concepts(terms: tuple[Term, ...]) -> list[Concept]:
    """The ideas named by `terms`, in their order; words that together are an entry of the thesaurus are one idea."""
    found, position = [], 0
    while position < len(terms):
        length, synonyms = _longest_entry(terms[position:])
        named = terms[position : position + length]
        exact = tuple(spellings(term) for term in named)
        related = [Term(words, 0, is_phrase=" " in words) for words in synonyms]
        if length == 1:
            related += compounds(named[0])
        found.append(Concept(named, exact, tuple(dict.fromkeys(related))))
        position += length
    return found


def expanded(terms: tuple[Term, ...]) -> list[Term]:
    """`terms` with all their spellings and related words, each once: what to mark in an excerpt."""
    found = [
        term
        for concept in concepts(terms)
        for term in (*(spelling for same in concept.exact for spelling in same), *concept.related)
    ]
    return list(dict.fromkeys(found))


def spellings(term: Term) -> tuple[Term, ...]:
    """`term` and the same word as it is spelled elsewhere."""
    if term.is_phrase:
        return (term,)
    word = term.words.casefold()
    others = set(_spellings().get(" ".join(plain_words(word)), ()))
    if match := _ISE.match(word):
        others.add(f"{match[1]}{'s' if match[2] == 'z' else 'z'}{match[3]}")
    return (term, *(Term(other, 0, is_phrase=len(plain_words(other)) > 1) for other in sorted(others)))


def compounds(term: Term) -> list[Term]:
    """`term` without a prefix such as “de-”, and with one: “radicalisation” is part of “deradicalisation”."""
    words = plain_words(term.words)
    if term.is_phrase or len(words) != 1 or len(words[0]) < MIN_ROOT:
        return []
    word = words[0]
    roots = [word.removeprefix(prefix) for prefix in PREFIXES if word.startswith(prefix)]
    formed = roots or [f"{prefix}{word}" for prefix in PREFIXES]
    return [variant for other in formed if len(other) >= MIN_ROOT for variant in spellings(Term(other, 0))]


def _longest_entry(terms: tuple[Term, ...]) -> tuple[int, list[str]]:
    """How many of the first `terms` name one entry of the thesaurus, and the other words of its group; (1, []) where
    none does."""
    best: tuple[int, list[str]] = (1, [])
    words: list[str] = []
    for number, term in enumerate(terms, 1):
        if term.is_phrase or number > _longest():
            break
        words += plain_words(term.words)
        for key in _keys(words):
            if synonyms := _thesaurus().get(key):
                best = (number, synonyms)
                break
    return best


def _keys(words: list[str]) -> list[tuple[str, ...]]:
    """What `words` may be called in the thesaurus: in either language, and without the -s that a stemmer leaves."""
    british = [_ISE.sub(r"\1s\3", word) for word in words]
    singular = [word.removesuffix("s") for word in british]
    return [_stems(form, language) for form in (british, singular) for language in ("en", "fr")]


@cache
def _thesaurus() -> dict[tuple[str, ...], list[str]]:
    """By the stems of an entry, in its language: the other words of its groups."""
    entries: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for group in json.loads((DATA / "thesaurus.json").read_text(encoding="utf-8")):
        everything = [*group["en"], *group["fr"]]
        for language in ("en", "fr"):
            for entry in group[language]:
                key = _stems(plain_words(entry), language)
                entries[key] += [other for other in everything if other != entry and other not in entries[key]]
    return dict(entries)


@cache
def _longest() -> int:
    return max(len(key) for key in _thesaurus())


@cache
def _spellings() -> dict[str, list[str]]:
    groups = json.loads((DATA / "spellings.json").read_text(encoding="utf-8"))
    return {
        " ".join(plain_words(word)): [other for other in group if other != word] for group in groups for word in group
    }


def _stems(words: list[str], language: str) -> tuple[str, ...]:
    # The key of the thesaurus must not depend on accents, which readers leave out: stemmed without them.
    # Made anew, without a cache: one that several threads share would be used by two at once.
    stemmer = Stemmer({"en": "english", "fr": "french"}[language], 0)
    return (language, *stemmer.stemWords(words))

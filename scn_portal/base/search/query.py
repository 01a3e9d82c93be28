"""Parses what a reader types into a search box: words, “quoted phrases”, -exclusions, or.

`websearch_to_tsquery` of PostgreSQL knows the same syntax, but gives one query for one column: it cannot let the city
of a row answer a term instead of its text (“Oslo mediation” finds a text on mediation that does not name its city).
For that each term must be at hand.

Nothing is an error: what makes no sense is left out. The length of a query is bounded, and so is its cost.
"""

import re
import unicodedata
from dataclasses import dataclass

MAX_LENGTH = 200
MAX_TERMS = 12

_QUOTES = re.compile("[“”„«»]")
_TERM = re.compile(r'(?<!\S)(?P<no>-)?"(?P<phrase>[^"]*)"|(?P<bare>[^\s"]+)')
# French readers type OU; “ou” is too common a word.
_OR = {"or", "OR", "Or", "OU"}


@dataclass(frozen=True)
class Term:
    """A word or a phrase of a query. `start` is its index in the text."""

    words: str
    start: int
    is_phrase: bool = False


@dataclass(frozen=True)
class OrClause:
    """One side of an “or”: all of the wanted terms, none of the unwanted."""

    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...]


@dataclass(frozen=True)
class SearchQuery:
    """A parsed query. False where there is nothing to search for."""

    text: str
    clauses: tuple[OrClause, ...]

    def __bool__(self) -> bool:
        return bool(self.clauses)

    @property
    def wanted(self) -> list[Term]:
        """The wanted terms of all clauses."""
        return [term for clause in self.clauses for term in clause.wanted]

    def with_words(self, replaced: dict[Term, str]) -> str:
        """The text with the words of some terms replaced."""
        text = self.text
        for term, words in sorted(replaced.items(), key=lambda pair: -pair[0].start):
            text = text[: term.start] + words + text[term.start + len(term.words) :]
        return text


def parse(typed: str) -> SearchQuery:
    """The query in `typed`: at most MAX_LENGTH characters and MAX_TERMS terms of it."""
    text = " ".join(_shown(typed[: 4 * MAX_LENGTH]).split())[:MAX_LENGTH].rstrip()
    clauses: list[OrClause] = []
    wanted: list[Term] = []
    unwanted: list[Term] = []
    for match in list(_TERM.finditer(_QUOTES.sub('"', text)))[:MAX_TERMS]:
        if match["bare"] in _OR:
            clauses.append(OrClause(tuple(wanted), tuple(unwanted)))
            wanted, unwanted = [], []
        elif term := _term(match):
            (unwanted if _is_unwanted(match) else wanted).append(term)
    clauses.append(OrClause(tuple(wanted), tuple(unwanted)))
    return SearchQuery(text, tuple(clause for clause in clauses if clause.wanted or clause.unwanted))


def _shown(text: str) -> str:
    """`text` composed as it is stored (NFC), with spaces for control, private and unpaired characters."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(" " if unicodedata.category(sign) in ("Cc", "Cf", "Co", "Cs", "Cn") else sign for sign in composed)


def _term(match: re.Match) -> Term | None:
    if match["phrase"] is not None:
        words, start, is_phrase = match["phrase"], match.start("phrase"), True
    else:
        words, start, is_phrase = match["bare"], match.start("bare"), False
    if _is_unwanted(match) and not is_phrase:
        words, start = words[1:], start + 1
    return Term(words, start, is_phrase) if any(character.isalnum() for character in words) else None


def _is_unwanted(match: re.Match) -> bool:
    return bool(match["no"]) or (match["bare"] or "").startswith("-")


def plain_words(text: str) -> list[str]:
    """The words of `text` without their accents and capitals: « Côte d’Ivoire » is cote, d, ivoire."""
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return re.findall(r"[^\W_]+", bare.casefold())

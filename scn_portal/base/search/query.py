"""What a reader types into a search box, taken apart: words, “quoted phrases”, -exclusions, or.

Nothing is refused: what makes no sense is left out. How long a question may be is bounded, and so is its cost.
"""

import re
import unicodedata
from dataclasses import dataclass

MAX_LENGTH = 200
MAX_TERMS = 12

_QUOTES = re.compile("[“”„«»]")
_TERM = re.compile(r'(?<!\S)(?P<no>-)?"(?P<phrase>[^"]*)"|(?P<bare>[^\s"]+)')
# French readers type OU; “ou” is too common a word to mean it.
_OR = {"or", "OR", "Or", "OU"}


@dataclass(frozen=True)
class Term:
    """A word or a phrase of a question, and where it stands in it."""

    words: str
    start: int
    is_phrase: bool = False


@dataclass(frozen=True)
class OrClause:
    """What one side of an “or” asks: all of the wanted, none of the unwanted."""

    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...]


@dataclass(frozen=True)
class SearchQuery:
    """What a reader asks. False when there is nothing in it to look for."""

    text: str
    clauses: tuple[OrClause, ...]

    def __bool__(self) -> bool:
        return bool(self.clauses)

    @property
    def wanted(self) -> list[Term]:
        """The terms of all clauses that are looked for."""
        return [term for clause in self.clauses for term in clause.wanted]

    def with_words(self, replaced: dict[Term, str]) -> str:
        """The text, with other words in the place of some terms."""
        text = self.text
        for term, words in sorted(replaced.items(), key=lambda pair: -pair[0].start):
            text = text[: term.start] + words + text[term.start + len(term.words) :]
        return text


def parse(typed: str) -> SearchQuery:
    """The question in `typed`, of which only so much is read."""
    text = " ".join(_shown(typed[: 4 * MAX_LENGTH]).split())[:MAX_LENGTH].rstrip()
    clauses: list[OrClause] = []
    wanted: list[Term] = []
    unwanted: list[Term] = []
    for found in list(_TERM.finditer(_QUOTES.sub('"', text)))[:MAX_TERMS]:
        if found["bare"] in _OR:
            clauses.append(OrClause(tuple(wanted), tuple(unwanted)))
            wanted, unwanted = [], []
        elif term := _term(found):
            (unwanted if _is_unwanted(found) else wanted).append(term)
    clauses.append(OrClause(tuple(wanted), tuple(unwanted)))
    return SearchQuery(text, tuple(each for each in clauses if each.wanted or each.unwanted))


def _shown(text: str) -> str:
    """`text` composed as it is stored, its control, private and unpaired characters made spaces."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(" " if unicodedata.category(sign) in ("Cc", "Cf", "Co", "Cs", "Cn") else sign for sign in composed)


def _term(found: re.Match) -> Term | None:
    if found["phrase"] is not None:
        words, start, is_phrase = found["phrase"], found.start("phrase"), True
    else:
        words, start, is_phrase = found["bare"], found.start("bare"), False
    if _is_unwanted(found) and not is_phrase:
        words, start = words[1:], start + 1
    return Term(words, start, is_phrase) if any(sign.isalnum() for sign in words) else None


def _is_unwanted(found: re.Match) -> bool:
    return bool(found["no"]) or (found["bare"] or "").startswith("-")


def plain_words(text: str) -> list[str]:
    """The words of `text` without their accents and capitals: « Côte d’Ivoire » is cote, d, ivoire."""
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return re.findall(r"[^\W_]+", bare.casefold())

"""No text makes a page slow: every pattern that the portal applies is fed what makes careless patterns quadratic."""

import ast
import importlib
import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.db import connection

from commitments.models.progress import AT_LEAST_TWENTY
from scn_portal.base import markdown, partial_dates, typography
from scn_portal.base.languages import Text
from scn_portal.base.search import excerpts

LENGTH = 20_000  # what a form takes at most, of one text
PATTERN_SECONDS = 0.05
# A whole text of that length as HTML, by a program in Python that reads each sign.
RENDERING_SECONDS = 0.4

WHITE = [chr(code) for code in range(0x110000) if chr(code).isspace()] + ["\u200b", "\u0301"]
BRACKETS = "()[]{}<>«»“”‘’\"'"
SIGNS = "*_#|~`^$\\/-+.,:;!?@&=%0aé"
NEAR_MISSES = (
    "[a](", "[a](b", "![", "](", "([", "[a]", "a@", "a@a.", "_@", "www.", "http://", "https://a.a/?", "mailto:a@",
    "1 000 ", "12 345 6", "1.123,", "12.123 12.123", "12° 12' ", "12 rue ", "12 bis, A", "1 A ", "' a", "'a", "a' ",
    '"a', '" ', "’A ", "a_ ", " _", "**a", "*a_", "\n \n", "\n\t", "\n- ", "\n#", "# ", "\n1. ", "1) ", "1 ", "\n>",
    "«a", "« ", " »", " !", "a :", "<a", "</p", "<a>", "a\n\n", "\r\n", ". ", "a-", "&amp;", "\u00a0 ", "aise ",
    "`a", "~~~\n", "\n    ", "[a]: b\n", "<!--", "a  \n", "\\[", "5.7.", "Date: ", "..\n", "keywords:", "][a",
)  # fmt: skip


def hostile(length: int) -> dict[str, str]:
    """Texts by what they are: of white space and brackets as long as a form takes, of all else of `length`."""
    return {
        **{f"{sign!r} × {LENGTH}": sign * LENGTH for sign in [*WHITE, *BRACKETS]},
        **{f"{sign!r} × {length}": sign * length for sign in SIGNS},
        **{f"{words!r} again and again": (words * length)[:length] for words in NEAR_MISSES},
        **{f"{length} × {sign!r} in words": f"x{sign * (length - 2)}x" for sign in "\n\r\t \u00a0\u202f"},
    }


# In brief: a pattern that is quadratic over 20,000 characters is seen to be over 5,000.
SHORT, LONG = 5_000, LENGTH
lengths = pytest.mark.parametrize("length", [SHORT, pytest.param(LONG, marks=pytest.mark.soak)])


def patterns() -> Iterator[tuple[str, Callable[[str], object]]]:
    """Every pattern in the portal's code, and where it is: `re.sub(…)` and the like, read from the source."""
    for app in ("scn_portal", "members", "commitments", "practices", "digests"):
        for path in sorted((settings.BASE_DIR / app).rglob("*.py")):
            where = path.relative_to(settings.BASE_DIR)
            ours = {"migrations", "demo", "settings.py", "environment.py"}  # these read nothing that anybody typed
            if not ours & set(where.parts) and "re." in path.read_text():
                yield from patterns_of(path, where)


def patterns_of(path: Path, where: Path) -> Iterator[tuple[str, Callable[[str], object]]]:
    known = vars(importlib.import_module(".".join(where.with_suffix("").parts)))
    for call in ast.walk(ast.parse(path.read_text())):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
            continue
        if not isinstance(call.func.value, ast.Name) or call.func.value.id != "re" or call.func.attr == "escape":
            continue
        name = f"{where}:{call.lineno}"
        given = [word.value for word in call.keywords if word.arg == "flags"] or call.args[1:2]
        flags = value_of(given[0], known) if call.func.attr == "compile" and given else 0
        flags = value_of(given[0], known) if any(word.arg == "flags" for word in call.keywords) else flags
        pattern = value_of(call.args[0], known)
        yield name, use_of(re.compile(pattern, flags), call.func.attr)


def value_of(expression: ast.expr, known: dict):
    """What an expression of constants is; one of variables is read with nothing in their place."""
    names = {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)}
    blank = dict.fromkeys(names - known.keys(), "") if names - known.keys() else {}
    return eval(compile(ast.Expression(expression), "pattern", "eval"), known | blank)


def cheapest(act: Callable[[], object], most: float, spent: Callable[[], float] = time.process_time) -> float:
    """The processor seconds that `act` takes: the least of three attempts, unless the first is quick enough."""
    least = 1e9
    for _ in range(3):
        begun = spent()
        act()
        least = min(least, spent() - begun)
        if least <= most:
            break
    return least


def use_of(pattern: re.Pattern, how: str) -> Callable[[str], object]:
    """Apply a pattern as the code does; one that is compiled first, wherever it may begin, as `sub` does."""

    def apply(text: str) -> None:
        subject = text.encode("utf-8", "replace") if isinstance(pattern.pattern, bytes) else text
        if how in ("match", "fullmatch"):
            getattr(pattern, how)(subject)
        else:
            deque(pattern.finditer(subject), maxlen=0)

    return apply


def too_slow(act: Callable[[str], object], length: int, most: float, spent=time.process_time) -> dict[str, float]:
    """The texts with which `act` takes more than `most` seconds, and how many."""
    taken = {name: cheapest(lambda: act(text), most, spent) for name, text in hostile(length).items()}  # noqa: B023  called at once
    return {name: seconds for name, seconds in taken.items() if seconds > most}


@pytest.mark.slow
@lengths
def test_every_pattern_takes_time_in_proportion_to_the_text(length):
    found = dict(patterns())
    assert len(found) > 45
    slow = {where: too_slow(use, length, PATTERN_SECONDS) for where, use in found.items()}
    assert {where: texts for where, texts in slow.items() if texts} == {}


def test_a_quadratic_pattern_would_be_found():
    """The one that search had: 20,000 line ends took it seconds."""
    once = use_of(re.compile(r"^\s*(?:#{1,6}|>|[-+*]|\d+[.)])\s+", re.MULTILINE), "compile")
    assert cheapest(lambda: once("\n" * 2500), PATTERN_SECONDS) > PATTERN_SECONDS


# What is done with a whole stored text: more than one pattern, and loops of its own.
DONE_WITH_TEXTS: dict[str, Callable[[str], object]] = {
    "Markdown of a page": lambda text: markdown.to_html(text, language="fr", lines=True),
    "Markdown of a mail": lambda text: markdown.to_html(text, language="en", in_mail=True),
    "typography, French": lambda text: typography.typographic(text, "fr"),
    "typography, English": lambda text: typography.typographic(text, "en"),
    "an excerpt": lambda text: excerpts.excerpt_html(Text(text, "en")),
    "pasted lists": lambda text: markdown.lists_from_pasted(text, each_line=True),
    "quoting": markdown.quoted,
    "words in a mail": markdown.foreign,
}


@lengths
@pytest.mark.parametrize("name", DONE_WITH_TEXTS)
def test_what_is_done_with_a_text_is_bounded(name, length):
    assert too_slow(DONE_WITH_TEXTS[name], length, RENDERING_SECONDS) == {}


def test_a_text_of_marks_shows_its_words_and_costs_little():
    """It could not be read anyway; 20 of them on one page would take seconds."""
    text = "**a _b_ [c](\n\n" * 1000
    shown = markdown.to_html(text, language="en", lines=True)
    assert shown.startswith("<p>**a _b_ [c]( **a _b_")
    assert shown.count("<") == 2
    assert cheapest(lambda: markdown.to_html(text, language="en", lines=True), 0.03) <= 0.03


def test_a_long_text_of_a_person_keeps_its_markdown():
    text = "## Results\n\n- **More** than _before_, see [the report](https://city.example/r)\n- and less\n\n" * 90
    assert markdown.to_html(text, language="en").count("<li>") == 180


IN_THE_DATABASE = {
    "links in excerpts": ("regexp_replace(%s, %s, '\\1', 'g')", excerpts._LINKS),
    "partial dates": ("%s ~ %s", partial_dates.PATTERN),
    "reasons": ("%s ~ %s", AT_LEAST_TWENTY),
    "words of names": ("regexp_split_to_array(lower(unaccent(normalize(%s, NFKC))), %s)", "[^[:alnum:]]+"),
}


@lengths
@pytest.mark.django_db
@pytest.mark.parametrize("name", IN_THE_DATABASE)
def test_every_pattern_in_the_database_too(name, length):
    expression, pattern = IN_THE_DATABASE[name]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = psutil.Process(cursor.fetchone()[0])

        def ask(text: str) -> None:
            cursor.execute(f"SELECT length(({expression})::text)", [text, pattern])

        assert too_slow(ask, length, PATTERN_SECONDS, lambda: sum(server.cpu_times()[:2])) == {}

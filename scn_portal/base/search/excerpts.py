"""Titles and excerpts of search results, with the words of the query marked.

PostgreSQL marks them with private-use characters, which are removed from the text before; the text is escaped before
the marks become `<mark>`.
"""

import re

from django.contrib.postgres.search import SearchHeadline
from django.db.models import Case, CharField, Expression, F, Func, Model, QuerySet, TextField, Value, When
from django.db.models.functions import Left
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from scn_portal.base.languages import CODES, Text, other
from scn_portal.base.search.expansion import expanded
from scn_portal.base.search.full_text import CONFIGURATIONS, any_of
from scn_portal.base.search.query import SearchQuery
from scn_portal.base.typography import typographic

START, STOP = "\ue000", "\ue001"
_LINKS = r"\[([^][]*)\]\([^()\s]*\)"  # in Markdown, with its address
# Of one line alone: with \s, which also matches line ends, blank lines would be read again from each of them.
_LINE_MARKS = re.compile(r"^[^\S\n]*(?:#{1,6}|>|[-+*]|\d+[.)])(?:[^\S\n]+|$)", re.MULTILINE)
OPENING_WORDS = 30
# Characters of a row that are searched for an excerpt, and those of an excerpt: a “word” may be as long as a text.
MAX_LOOKED_THROUGH, MAX_EXCERPT = 20_000, 2_000
_PASTED = re.compile(f"[{START}{STOP}]")  # in what a writer typed: no marks of ours
_MARKS = re.compile(r"[*`]+|(?<!\w)_+|_+(?!\w)")


def excerpted(rows: QuerySet, query: SearchQuery, language: str, fields: tuple[str, ...], title: str = "") -> QuerySet:
    """`rows` annotated for `excerpt` and `marked_title`. Slow: only for the rows of a page.

    The excerpt is in a language that matches, preferably the reader's.
    """
    terms = expanded(tuple(query.wanted))
    if not terms:
        return rows
    queries = {code: any_of(terms, CONFIGURATIONS[code]) for code in CODES}
    lines = {code: _marked(code, queries[code], fields, max_fragments=2, max_words=22, min_words=12) for code in CODES}
    matches = {f"search_{language}": queries[language]}
    added: dict[str, Expression] = {
        "excerpt_language": Case(When(**matches, then=Value(language)), default=Value(other(language))),
        "excerpt_marked": Case(When(**matches, then=lines[language]), default=lines[other(language)]),
    }
    for code in CODES if title else ():
        added[f"title_marked_{code}"] = _marked(code, queries[code], (title,), highlight_all=True)
    return rows.annotate(**added)


def excerpt(row: Model, *, opening: bool = False) -> Text:
    """Marked lines of `row`. Where none matches, empty; with `opening`, the first words of its texts."""
    marked = getattr(row, "excerpt_marked", "") or ""
    return Text(marked if opening or START in marked else "", getattr(row, "excerpt_language", ""))


def marked_title(row: Model, field: str, language: str) -> Text:
    """The marked title of `row` for a reader of `language`."""
    title = row.text(field, language)
    marked = getattr(row, f"title_marked_{title.language}", "") or _PASTED.sub("", title.value)
    return Text(marked, title.language, title.is_fallback, title.is_stale)


def title_html(marked: Text) -> SafeString:
    """A marked title as escaped HTML, with `<mark>`."""
    escaped = escape(typographic(marked.value, marked.language))
    return mark_safe(escaped.replace(START, "<mark>").replace(STOP, "</mark>"))


def opening(row: Model, field: str, language: str) -> str:
    """The first words of the first paragraph of `field`, for an excerpt where nothing of it matches."""
    paragraph = _PASTED.sub("", row.text(field, language).value).lstrip().partition("\n\n")[0]
    words = paragraph.split()
    return " ".join(words[:OPENING_WORDS]) + (" …" if len(words) > OPENING_WORDS else "")


def excerpt_html(marked: Text) -> SafeString:
    """Marked lines as HTML on one line, without Markdown, with an ellipsis where a sentence is cut.

    Of several lines, which are of one list or of several texts, those without a mark are left out.
    """
    marked = _cut(marked)
    lines = [" ".join(line.split()) for line in _MARKS.sub("", _LINE_MARKS.sub("", marked.value)).splitlines()]
    found = [line for line in lines if START in line] or [line for line in lines if line][:1]
    plain = " … ".join(line.removeprefix("… ").removesuffix(" …") for line in found)
    before = "… " if plain.lstrip(START)[:1].islower() else ""
    after = "" if plain.rstrip(STOP)[-1:] in ".!?…" else " …"
    return title_html(Text(f"{before}{plain}{after}", marked.language))


def _cut(marked: Text) -> Text:
    """At most MAX_EXCERPT of it, with a mark that was cut in two closed."""
    value = marked.value[:MAX_EXCERPT]
    return Text(value + STOP if value.count(START) > value.count(STOP) else value, marked.language)


def _marked(code: str, query, fields: tuple[str, ...], **options) -> SearchHeadline:
    text = Func(
        Value("\n\n"), *(F(f"{field}_{code}") for field in fields), function="concat_ws", output_field=TextField()
    )
    text = Left(text, MAX_LOOKED_THROUGH)
    text = Func(text, Value(_LINKS), Value(r"\1"), Value("g"), function="regexp_replace")
    text = Func(text, Value(START + STOP), Value(""), function="translate", output_field=CharField())
    return SearchHeadline(
        text, query, config=CONFIGURATIONS[code], start_sel=START, stop_sel=STOP, fragment_delimiter=" … ", **options
    )

"""Where a text answers a question: its title and a few lines of it, with the words that were asked for marked.

PostgreSQL marks them with private-use characters, which no text can hold when it gets there; what a person wrote is
escaped before the marks become `<mark>`.
"""

import re

from django.contrib.postgres.search import SearchHeadline
from django.db.models import Case, CharField, Expression, F, Func, Model, QuerySet, TextField, Value, When
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from scn_portal.base.languages import CODES, Text, other
from scn_portal.base.search.full_text import CONFIGURATIONS, any_of
from scn_portal.base.search.query import SearchQuery
from scn_portal.base.typography import typographic

START, STOP = "\ue000", "\ue001"
_LINKS = r"\[([^][]*)\]\([^()\s]*\)"  # in Markdown, with its address
_LINE_MARKS = re.compile(r"^\s*(?:#{1,6}|>|[-+*]|\d+[.)])\s+", re.MULTILINE)
_PASTED = re.compile(f"[{START}{STOP}]")  # in what a writer typed: no marks of ours
_MARKS = re.compile(r"[*`]+|(?<!\w)_+|_+(?!\w)")


def excerpted(
    rows: QuerySet, question: SearchQuery, language: str, fields: tuple[str, ...], title: str = ""
) -> QuerySet:
    """`rows`, each with what `excerpt` and `marked_title` read; one query. For the rows of a page only: it is slow.

    The lines are from the language that answers, the reader's own first.
    """
    terms = question.wanted
    if not terms:
        return rows
    queries = {code: any_of(terms, CONFIGURATIONS[code]) for code in CODES}
    lines = {code: _marked(code, queries[code], fields, max_fragments=2, max_words=22, min_words=12) for code in CODES}
    here = {f"search_{language}": queries[language]}
    added: dict[str, Expression] = {
        "excerpt_language": Case(When(**here, then=Value(language)), default=Value(other(language))),
        "excerpt_marked": Case(When(**here, then=lines[language]), default=lines[other(language)]),
    }
    for code in CODES if title else ():
        added[f"title_marked_{code}"] = _marked(code, queries[code], (title,), highlight_all=True)
    return rows.annotate(**added)


def excerpt(row: Model) -> Text:
    """Lines of `row` with what answers marked; empty where nothing in them does."""
    marked = getattr(row, "excerpt_marked", "") or ""
    return Text(marked if START in marked else "", getattr(row, "excerpt_language", ""))


def marked_title(row: Model, field: str, language: str) -> Text:
    """The title of `row` for a reader of `language`, with what answers marked."""
    title = row.text(field, language)
    marked = getattr(row, f"title_marked_{title.language}", "") or _PASTED.sub("", title.value)
    return Text(marked, title.language, title.is_fallback, title.is_stale)


def title_html(marked: Text) -> SafeString:
    """A marked title as HTML: what was written escaped, what answers in `<mark>`."""
    escaped = escape(typographic(marked.value, marked.language))
    return mark_safe(escaped.replace(START, "<mark>").replace(STOP, "</mark>"))


def excerpt_html(marked: Text) -> SafeString:
    """Marked lines as HTML on one line, without their Markdown; dots where they were cut out of a sentence."""
    lines = _MARKS.sub("", _LINE_MARKS.sub("", marked.value)).splitlines()
    plain = " · ".join(line for each in lines if (line := " ".join(each.split())))
    before = "… " if plain.lstrip(START)[:1].islower() else ""
    after = "" if plain.rstrip(STOP)[-1:] in ".!?…" else " …"
    return title_html(Text(f"{before}{plain}{after}", marked.language))


def _marked(code: str, query, fields: tuple[str, ...], **options) -> SearchHeadline:
    text = Func(
        Value("\n\n"), *(F(f"{field}_{code}") for field in fields), function="concat_ws", output_field=TextField()
    )
    text = Func(text, Value(_LINKS), Value(r"\1"), Value("g"), function="regexp_replace")
    text = Func(text, Value(START + STOP), Value(""), function="translate", output_field=CharField())
    return SearchHeadline(
        text, query, config=CONFIGURATIONS[code], start_sel=START, stop_sel=STOP, fragment_delimiter=" … ", **options
    )

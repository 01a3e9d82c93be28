"""Tags and filters that every template may use: texts in two languages, links to a page's twin, the seven stops.

Nothing here reads a session, a user or a token: public pages are the same for every reader.
"""

import difflib
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from django import template
from django.conf import settings
from django.db.models import Model
from django.urls import Resolver404, resolve, reverse, translate_url
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import get_text_list
from django.utils.translation import get_language, gettext, override

from scn_portal.base import markdown, partial_dates
from scn_portal.base.languages import CODES, Text, text_of
from scn_portal.base.typography import typographic

register = template.Library()


def _text(source: Model | Text, field: str) -> Text:
    return source if isinstance(source, Text) else text_of(source, field, get_language())


def _language_note(text: Text) -> str:
    """“(in French)” for a text that is not in the language of the page, else nothing."""
    if text.language == get_language():
        return ""
    return gettext("(in French)") if text.language == "fr" else gettext("(in English)")


@register.simple_tag(name="text")
def text_tag(source: Model | Text, field: str = "", *, plain: bool = False) -> str:
    """A short text, for the middle of a line: `field` of a row, or a Text.

    In another language than the page's, it says so, to the eye and to the browser. With `plain`, for attributes and
    titles, it is the text alone.
    """
    text = _text(source, field)
    value = typographic(text.value, text.language)
    return value if plain or not text else in_its_language(text, value)


def in_its_language(text: Text, shown: str) -> str:
    """`shown`, which is `text` as the page shows it; in another language than the page's, it says so, to the eye and to
    the browser."""
    if text.language == get_language():
        return shown
    return format_html(
        '<span lang="{}">{}</span> <small class="language-note">{}</small>', text.language, shown, _language_note(text)
    )


@register.inclusion_tag("components/prose.html", name="prose")
def prose_tag(source: Model | Text, field: str = "") -> dict:
    """A long text, written in Markdown, as a block; it says when it is in another language, or an old translation."""
    text = _text(source, field)
    html = markdown.to_html(text.value, language=text.language)
    return {"text": text, "html": html, "note": _language_note(text)}


@register.filter
def partial_date(value: str) -> str:
    """`2018-07` written out: “July 2018”."""
    return partial_dates.written_out(value)


@register.filter
def source_link(source: str) -> str:
    """A source as a reader can use it: a link that shows where it leads, in lines that break after a slash; or, for a
    source in words, the words."""
    try:
        parts = urlsplit(source)
    except ValueError:  # such as a [ without its ]
        return source
    if parts.scheme not in ("http", "https"):
        return source
    readable = (parts.netloc.removeprefix("www.") + parts.path).rstrip("/")
    broken = format_html_join(mark_safe("/<wbr>"), "{}", ((part,) for part in readable.split("/")))
    return format_html('<a href="{}" rel="nofollow noopener">{}</a>', source, broken)


@register.simple_tag(takes_context=True)
def twin_url(context: template.Context, language: str) -> str:
    """The address of this page in `language`, with its query; the home page where this page has no twin."""
    return _twin(context["request"].get_full_path(), language)


@register.simple_tag(takes_context=True)
def alternates(context: template.Context) -> SafeString:
    """The `<link>`s that name this page's own address and its twins, for search engines."""
    path = context["request"].path
    links = [("canonical", "", path)] if _is_page(path) else []
    links += [("alternate", format_html(' hreflang="{}"', code), _twin(path, code)) for code in CODES]
    links.append(("alternate", format_html(' hreflang="{}"', "x-default"), _twin(path, settings.LANGUAGE_CODE)))
    absolute = ((rel, hreflang, settings.SITE_URL + path) for rel, hreflang, path in links)
    return format_html_join("\n", '<link rel="{}"{} href="{}">', absolute)


def _is_page(path: str) -> bool:
    try:
        resolve(urlsplit(path).path)
    except Resolver404:
        return False
    return True


def _twin(path: str, language: str) -> str:
    twin = translate_url(path, language) if _is_page(path) else ""
    if twin.startswith(f"/{language}/"):
        return twin
    with override(language):
        return reverse("home")


@register.simple_tag(takes_context=True)
def nav_link(context: template.Context, name: str, label: str, *inside: str) -> SafeString:
    """A link of the main navigation, marked as current on its page and on the pages named in `inside`."""
    match = context["request"].resolver_match
    here = match.url_name if match else ""
    current = "page" if here == name else "true" if here in inside else ""
    mark = format_html(' aria-current="{}"', current) if current else ""
    return format_html('<a href="{}"{}>{}</a>', reverse(name), mark, label)


@register.simple_block_tag(end_name="endbreadcrumbs")
def breadcrumbs(content: str) -> SafeString:
    """The way to the page, around the `<li>` of each step."""
    return format_html('<nav class="crumbs" aria-label="{}"><ul>{}</ul></nav>', gettext("You are here"), content)


@register.simple_tag
def stops_in_words(stops: Iterable) -> str:
    """“Pledges under 4 and 5; practices under 5.”: the seven stops of a city for those who do not see them."""
    pledged = [str(stop.number) for stop in stops if stop.pledged]
    practised = [str(stop.number) for stop in stops if stop.practised]
    parts = []
    if pledged:
        parts.append(gettext("pledges under %(numbers)s") % {"numbers": _and(pledged)})
    if practised:
        parts.append(gettext("practices under %(numbers)s") % {"numbers": _and(practised)})
    if len(parts) == 2:
        return gettext("%(one)s; %(other)s") % {"one": parts[0], "other": parts[1]}
    return parts[0] if parts else gettext("no pledge and no practice yet")


def _and(numbers: list[str]) -> str:
    return get_text_list(numbers, gettext("and"))


# So many paragraphs, or words, are compared with one another at a time, and so many words of a text in all: the time
# that a comparison takes may grow with the cube of their number.
MOST_COMPARED = 300
MOST_COMPARED_IN_ALL = 3000


@register.simple_tag
def changes_marked(before: str, after: str) -> SafeString:
    """`after`, with the words that `before` did not have marked as inserted, and those it lost as deleted.

    Paragraph by paragraph, then word by word. Where more has changed than can be compared in a moment, the old
    paragraph is marked as deleted and the new one as inserted.
    """
    parts: list[str] = []
    spare = MOST_COMPARED_IN_ALL
    for changed, old, new in _paired(_compared(before.splitlines(keepends=True), after.splitlines(keepends=True))):
        if not changed:
            parts.append(escape("".join(new)))
            continue
        words = _compared(_words(old), _words(new), most=min(MOST_COMPARED, spare))
        if len(words) > 3:  # a single stretch between the two ends costs nothing to find
            spare -= sum(max(len(gone), len(come)) for _differ, gone, come in words[1:-1])
        parts += [_marked(gone, come) if differ else escape("".join(come)) for differ, gone, come in words]
    return mark_safe("".join(parts))


Differences = list[tuple[bool, list[str], list[str]]]


def _words(paragraphs: list[str]) -> list[str]:
    """The words with the space around them, so that joined they are the text again."""
    return re.findall(r"\s*\S+\s*|\s+", "".join(paragraphs))


def _marked(gone: list[str], come: list[str]) -> str:
    deleted = format_html("<del>{}</del>", "".join(gone)) if gone else ""
    return deleted + (format_html("<ins>{}</ins>", "".join(come)) if come else "")


def _compared(old: list[str], new: list[str], most: int = MOST_COMPARED) -> Differences:
    """`old` and `new` in stretches that are the same and stretches that differ; the space around a word is no matter.

    What they begin and end with alike is found at little cost. Of what lies between, more than `most` on either
    side is one stretch that differs.
    """
    old_keys, new_keys = [each.strip() for each in old], [each.strip() for each in new]
    start = _alike(old_keys, new_keys)
    end = _alike(old_keys[start:][::-1], new_keys[start:][::-1])
    old_end, new_end = len(old) - end, len(new) - end
    found: Differences = [(False, old[:start], new[:start])]
    if max(old_end, new_end) - start > most:
        found.append((True, old[start:old_end], new[start:new_end]))
    else:
        matcher = difflib.SequenceMatcher(a=old_keys[start:old_end], b=new_keys[start:new_end], autojunk=False)
        for change, i1, i2, j1, j2 in matcher.get_opcodes():
            found.append((change != "equal", old[start + i1 : start + i2], new[start + j1 : start + j2]))
    return [*found, (False, old[old_end:], new[new_end:])]


def _alike(old: list[str], new: list[str]) -> int:
    """How many of the first are the same."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((number for number, (one, other) in pairs if one != other), min(len(old), len(new)))


def _paired(differences: Differences) -> Differences:
    """As many changed paragraphs on both sides are taken one with one: each is likely the other, rewritten."""
    paired: Differences = []
    for changed, old, new in differences:
        if changed and len(old) == len(new):
            paired += [(True, [one], [other]) for one, other in zip(old, new, strict=True)]
        else:
            paired.append((changed, old, new))
    return paired

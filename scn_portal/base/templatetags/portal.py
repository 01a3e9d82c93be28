"""Tags and filters for all templates: texts in two languages, links to the page in the other language.

Nothing here reads the session, the user or a token: public pages are the same for every reader.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from django import template
from django.conf import settings
from django.db.models import Model
from django.forms import BaseForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst, get_text_list
from django.utils.translation import get_language, get_language_info, gettext

from scn_portal.base import fragments, markdown, partial_dates
from scn_portal.base.forms import QUESTION
from scn_portal.base.http import routes
from scn_portal.base.languages import CODES, Text, text_of
from scn_portal.base.licence import deed
from scn_portal.base.links import with_query
from scn_portal.base.totals import Total
from scn_portal.base.typography import typographic
from scn_portal.base.word_diff import mark_changes

register = template.Library()


def _text(source: Model | Text, field: str) -> Text:
    return source if isinstance(source, Text) else text_of(source, field, get_language())


def _language_note(text: Text) -> str:
    """“(in French)” for a French text on an English page; empty for a text in the language of the page."""
    if text.language == get_language():
        return ""
    return gettext("(in French)") if text.language == "fr" else gettext("(in English)")


@register.simple_tag(name="text")
def text_tag(source: Model | Text, field: str = "", *, plain: bool = False) -> str:
    """A short text inline: `field` of a row, or a Text.

    A text in the other language has a `lang` attribute and a note. `plain`, for attributes and titles, leaves out both.
    """
    text = _text(source, field)
    value = typographic(text.value, text.language)
    return value if plain or not text else in_its_language(text, value)


def in_its_language(text: Text, shown: str) -> str:
    """`shown`, the text or HTML of `text`, with `lang` and a note if it is not in the language of the page."""
    if text.language == get_language():
        return shown
    return format_html(
        '<span lang="{}">{}</span> <small class="language-note">{}</small>', text.language, shown, _language_note(text)
    )


@register.inclusion_tag("components/prose.html", name="prose")
def prose_tag(source: Model | Text, field: str = "", *, plain: bool = False) -> dict:
    """A long Markdown text as a block, with a note if it is in the other language or a stale translation.

    `plain` leaves out the note, for pages that name the language themselves.
    """
    text = _text(source, field)
    html = markdown.to_html(text.value, language=text.language, lines=True)
    return {"text": text, "html": html, "note": "" if plain else _language_note(text)}


@register.filter
def partial_date(value: str) -> str:
    """`2018-07` written out: “July 2018”."""
    return partial_dates.written_out(value)


@register.filter
def source_link(source: str, shown: str = "path") -> str:
    """A link that shows its host and path, and may wrap after each slash. A `source` that is no URL is returned
    unchanged.

    If `shown` is "host", the link shows only its host.
    """
    try:
        parts = urlsplit(source)
    except ValueError:  # such as a [ without its ]
        return source
    if parts.scheme not in ("http", "https"):
        return source
    path = "" if shown == "host" else parts.path
    readable = (parts.netloc.removeprefix("www.") + path).rstrip("/")
    broken = format_html_join(mark_safe("/<wbr>"), "{}", ((part,) for part in readable.split("/")))
    return format_html('<a href="{}" rel="nofollow noopener">{}</a>', source, broken)


@register.simple_tag
def licence_deed() -> str:
    """The address of the page that says what the licence allows, in the language of the page."""
    return deed(get_language())


@register.simple_tag(takes_context=True)
def url_in_language(context: template.Context, language: str, *, query: bool = True) -> str:
    """The path of this page in `language`, with its query string if `query` is true; the path of the home page if this
    page does not exist in `language`."""
    path = context["request"].get_full_path()
    return routes.in_language(path if query else path.partition("?")[0], language)


@register.simple_tag(takes_context=True)
def alternates(context: template.Context, query: str = "") -> SafeString:
    """The `<link>`s to the canonical address of this page and to the page in each language.

    `query` is the query string that belongs to that address: the filters of a list, and which page of it is shown.
    """
    path = with_query(context["request"].path, query)
    links = [("canonical", "", path)] if routes.is_page(path) else []
    others = [(code, routes.in_language(path, code)) for code in CODES]
    others.append(("x-default", routes.in_language(path, settings.LANGUAGE_CODE)))
    links += [("alternate", format_html(' hreflang="{}"', code), path) for code, path in others]
    absolute = ((rel, hreflang, settings.SITE_URL + path) for rel, hreflang, path in links)
    return format_html_join("\n", '<link rel="{}"{} href="{}">', absolute)


@register.simple_tag(takes_context=True)
def page_link(context: template.Context, address: dict[str, str]) -> str:
    """The link to another page of the current list. Its filters stay, and `address` says which page."""
    query = context["request"].GET.copy()
    for name in ("page", "after", "before"):
        query.pop(name, None)
    query.update(address)
    return f"?{query.urlencode()}" if query else context["request"].path


@register.filter
def total_in_words(total: Total) -> str:
    """“12”, “more than 10,000”: see Total."""
    return total.in_words()


@register.filter
def languages_in_words(codes: Iterable[str]) -> str:
    """“English, French”. French writes only the first with a capital letter: « Anglais, français »."""
    names = ", ".join(str(get_language_info(code)["name_translated"]) for code in codes)
    return capfirst(names.lower()) if get_language() == "fr" else names


@register.filter
def only_asks(form: BaseForm) -> bool:
    """Whether `form` has errors and all of them are questions to the writer, not mistakes."""
    errors = [error for each in form.errors.as_data().values() for error in each]
    return bool(errors) and all(error.code == QUESTION for error in errors)


@register.filter
def url_name(request: HttpRequest) -> str:
    """The name of the requested URL; "" if it has none."""
    return (request.resolver_match and request.resolver_match.url_name) or ""


@register.simple_tag(takes_context=True)
def nav_link(context: template.Context, name: str, label: str, *inside: str) -> SafeString:
    """A link of the main navigation, marked as current on the page `name` and on the pages in `inside`."""
    here = url_name(context["request"])
    current = "page" if here == name else "true" if here in inside else ""
    mark = format_html(' aria-current="{}"', current) if current else ""
    return format_html('<a href="{}"{}>{}</a>', reverse(name), mark, label)


@register.simple_block_tag
def capture(content: str) -> SafeString:
    """What is rendered between the tags, trimmed. With `as NAME` it can be shown again, which a block cannot."""
    return mark_safe(content.strip())


@register.tag
def fragment(parser: template.base.Parser, token: template.base.Token) -> template.Node:
    """`{% fragment "name" vary… %} … {% endfragment %}`: see scn_portal/base/fragments.py for what it may contain.

    It is not kept if one of the values in `vary` is None.
    """
    name, *vary = token.split_contents()[1:]
    nodelist = parser.parse(["endfragment"])
    parser.delete_first_token()
    return FragmentNode(name.strip("\"'"), [parser.compile_filter(each) for each in vary], nodelist)


class FragmentNode(template.Node):
    """The content of a fragment, rendered only if it is not kept."""

    def __init__(self, name: str, vary: list[template.base.FilterExpression], nodelist: template.NodeList):
        self.name, self.vary, self.nodelist = name, vary, nodelist

    def render(self, context: template.Context) -> SafeString:
        values = [each.resolve(context) for each in self.vary]
        if None in values:
            return self.nodelist.render(context)
        return fragments.kept(self.name, *values, build=lambda: self.nodelist.render(context))


@register.simple_block_tag(end_name="endbreadcrumbs")
def breadcrumbs(content: str) -> SafeString:
    """The breadcrumbs of the page, around the `<li>` of each step."""
    return format_html('<nav class="crumbs" aria-label="{}"><ul>{}</ul></nav>', gettext("You are here"), content)


@register.simple_tag
def stops_in_words(stops: Iterable) -> str:
    """The marks of a city in words, for screen readers: “pledges under 4 and 5; practices under 5”."""
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


@register.simple_tag
def changes_marked(before: str, after: str) -> SafeString:
    """`after`, with its new words marked as inserted and the lost words of `before` as deleted."""
    return mark_changes(before, after)

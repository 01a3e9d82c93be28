"""Tags for what was found: a title and an excerpt, with the words that were asked for marked.

A row that nobody searched for shows its title as it is, and has no excerpt.
"""

from django import template
from django.db.models import Model
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from scn_portal.excerpts import excerpt, excerpt_html, marked_title, title_html
from scn_portal.languages import Text

register = template.Library()


@register.simple_tag
def found_title(row: Model, field: str = "title") -> SafeString:
    """The title of `row` for this reader; in another language than the page's, it says so."""
    title = marked_title(row, field, get_language())
    return _in_its_language(title, title_html(title))


@register.simple_tag
def found_excerpt(row: Model) -> SafeString | str:
    """Lines of `row` that answer what was asked; empty where none do."""
    lines = excerpt(row)
    return _in_its_language(lines, excerpt_html(lines)) if lines else ""


def _in_its_language(text: Text, html: SafeString) -> SafeString:
    if text.language == get_language():
        return html
    note = gettext("(in French)") if text.language == "fr" else gettext("(in English)")
    return format_html('<span lang="{}">{}</span> <small class="language-note">{}</small>', text.language, html, note)

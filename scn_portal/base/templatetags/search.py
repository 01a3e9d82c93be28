"""Tags for search results: title and excerpt, with the words of the query marked.

A row without a search shows its plain title, and has no excerpt.
"""

from django import template
from django.db.models import Model
from django.utils.translation import get_language

from scn_portal.base.search.excerpts import excerpt, excerpt_html, marked_title, opening, title_html
from scn_portal.base.templatetags.portal import in_its_language

register = template.Library()


@register.simple_tag
def found_title(row: Model, field: str = "title") -> str:
    """The marked title of `row`, with a note where it is not in the language of the page."""
    title = marked_title(row, field, get_language())
    return in_its_language(title, title_html(title))


@register.simple_tag
def found_excerpt(row: Model) -> str:
    """Marked lines of `row` that match the query; empty where none does."""
    lines = excerpt(row)
    return in_its_language(lines, excerpt_html(lines)) if lines else ""


@register.simple_tag
def opening_words(row: Model, field: str) -> str:
    """The first words of a long text of `row`, for where no excerpt matches."""
    words = opening(row, field, get_language())
    return in_its_language(words, title_html(words)) if words else ""

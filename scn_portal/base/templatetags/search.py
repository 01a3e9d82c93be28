"""Tags for search results: title and excerpt, with the words of the query marked.

A row without a search shows its plain title, and has no excerpt.
"""

from django import template
from django.db.models import Model
from django.utils.translation import get_language

from scn_portal.base.search.excerpts import excerpt, excerpt_html, marked_title, title_html
from scn_portal.base.templatetags.portal import in_its_language

register = template.Library()


@register.simple_tag
def found_title(row: Model, field: str = "title") -> str:
    """The marked title of `row`, with a note if it is not in the language of the page."""
    title = marked_title(row, field, get_language())
    return in_its_language(title, title_html(title))


@register.simple_tag
def found_excerpt(row: Model, *, opening: bool = False) -> str:
    """Marked lines of `row` that match the query. If there are none: empty, or with `opening` the beginning of its
    text."""
    lines = excerpt(row, opening=opening)
    return in_its_language(lines, excerpt_html(lines)) if lines else ""

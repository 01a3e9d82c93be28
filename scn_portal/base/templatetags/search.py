"""Tags for what was found: a title and an excerpt, with the words that were asked for marked.

A row that nobody searched for shows its title as it is, and has no excerpt.
"""

from django import template
from django.db.models import Model
from django.utils.translation import get_language

from scn_portal.base.search.excerpts import excerpt, excerpt_html, marked_title, title_html
from scn_portal.base.templatetags.portal import in_its_language

register = template.Library()


@register.simple_tag
def found_title(row: Model, field: str = "title") -> str:
    """The title of `row` for this reader; in another language than the page's, it says so."""
    title = marked_title(row, field, get_language())
    return in_its_language(title, title_html(title))


@register.simple_tag
def found_excerpt(row: Model) -> str:
    """Lines of `row` that answer what was asked; empty where none do."""
    lines = excerpt(row)
    return in_its_language(lines, excerpt_html(lines)) if lines else ""

"""The tag of the page that shows what is held about a person."""

from django import template
from django.template.base import render_value_in_context
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import pgettext

from scn_portal.site.privacy.held import Row

register = template.Library()


@register.simple_tag(takes_context=True)
def lines_of(context: template.Context, row: Row) -> SafeString:
    """The values of `row` as HTML, a line each, after their labels.

    One tag and not a loop of the template: the page has thousands of values, and a loop takes ten times as long.
    """
    colon = conditional_escape(pgettext("between a label and its error", ":"))
    lines = (
        f"<strong>{conditional_escape(str(label))}{colon}</strong> "
        # What is text already is neither a number nor a date to be written as its language does.
        f"{escape(value) if type(value) is str else render_value_in_context(value, context)}"
        for label, value in row.shown
    )
    return mark_safe("<br>\n".join(lines))

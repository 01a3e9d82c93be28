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
    """The values of `row` as HTML, one per line, after their labels.

    This is a tag and not a loop of the template, since the page has thousands of values and a loop takes ten times as
    long.
    """
    colon = conditional_escape(pgettext("between a label and its error", ":"))
    lines = (
        f"<strong>{conditional_escape(str(label))}{colon}</strong> "
        # Text is not localised, unlike numbers and dates.
        f"{escape(value) if type(value) is str else render_value_in_context(value, context)}"
        for label, value in row.shown
    )
    return mark_safe("<br>\n".join(lines))

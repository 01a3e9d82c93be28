"""Filters for the mails in `templates/mail`: whatever a person typed goes through one of them.

The templates of mails are Markdown, and what people type must not be.
"""

import textwrap

from django import template

from scn_portal.base import markdown

register = template.Library()
register.filter("literal", markdown.literal)
register.filter("quoted", markdown.quoted)
register.filter("foreign", markdown.foreign)


@register.filter
def wrapped(text: str, start: str = "") -> str:
    """`text` in lines that a plain mail holds, the first after `start` and the others under the first. Words and
    unbreakable spaces stay whole."""
    return textwrap.fill(
        str(text).strip(), 76, initial_indent=start, subsequent_indent=" " * len(start),
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip

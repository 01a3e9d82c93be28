"""Filters for the mails in `templates/mail`, where a value is inert unless one of these filters makes it Trusted.

`trusted` is for our own words and links, never for text that somebody typed. `quoted` shows such text as a quotation
that keeps its lines. `foreign` is for the text of a package.
"""

import textwrap

from django import template

from scn_portal.base import markdown
from scn_portal.base.mail.inert import Trusted

register = template.Library()


@register.filter
def trusted(value: object) -> Trusted:
    return Trusted(value)


@register.filter
def quoted(value: object) -> Trusted:
    return Trusted(markdown.quoted(value))


@register.filter
def foreign(value: object) -> Trusted:
    return Trusted(markdown.foreign(value))


@register.filter
def wrapped(text: str, start: str = "") -> str:
    """`text` wrapped to the width of a plain mail. The first line begins with `start`, and the others are indented to
    match. Words and unbreakable spaces stay whole."""
    return textwrap.fill(
        str(text).strip(), 76, initial_indent=start, subsequent_indent=" " * len(start),
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip

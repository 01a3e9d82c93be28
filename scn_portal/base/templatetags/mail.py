"""Filters for the texts of mails in `templates/mail`, in which a value is inert unless one of these made it Trusted.

`trusted` is for our own words and links, never for what somebody typed; that may keep its lines as a quotation with
`quoted`. `foreign` is for the text of a package.
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
    """`text` in lines that a plain mail holds, the first after `start` and the others under the first. Words and
    unbreakable spaces stay whole."""
    return textwrap.fill(
        str(text).strip(), 76, initial_indent=start, subsequent_indent=" " * len(start),
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip

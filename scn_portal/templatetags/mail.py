"""Filters for the mails in `templates/mail`: whatever a person typed goes through one of them.

The templates of mails are Markdown, and what people type must not be.
"""

from django import template

from scn_portal import prose

register = template.Library()
register.filter("literal", prose.literal)
register.filter("quoted", prose.quoted)
register.filter("foreign", prose.foreign)

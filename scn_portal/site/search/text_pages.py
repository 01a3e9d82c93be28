"""The texts of pages that are not made from rows, for the search: pages of text, the newsletter, the API and others.

Their words are copied to a table, so that PostgreSQL ranks them together with the other results. They change only with
the code and the settings; a task calls `refresh` every few minutes.
"""

import re
from html import unescape

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from scn_portal.base.languages import CODES
from scn_portal.site.models import TextPage
from scn_portal.site.static_pages import read_page

# The name of the URL, and the name of the files in `site/texts/`.
TEXTS = {
    "about": "about",
    "contact": "contact",
    "join": "join",
    "operator": "operator",
    "method": "method",
    "worried": "worried",
    "privacy": "privacy",
    "accessibility": "accessibility",
    "legal": "legal",
    "open_data": "open-data",
}
# The name of the URL, the title, the keywords, and what the page offers.
OTHERS: dict[str, tuple[str | Promise, str | Promise, str | Promise]] = {
    "newsletter": (
        _("Newsletter"),
        _("subscribe, unsubscribe, email, alerts, follow"),
        _("New pledges and practices, weekly or monthly, in English or French."),
    ),
    "api_docs": (
        _("API documentation"),
        _("API, developers, REST, JSON, OpenAPI, endpoint, curl"),
        _("Read all public data of the portal with a program. No key is needed."),
    ),
    "charts": (
        _("Charts"),
        _("statistics, figures, graphs, diagrams, bars"),
        _("What the pledges and practices of all cities show, with the numbers to download."),
    ),
    "compare": (
        _("Compare cities"),
        _("comparison, side by side"),
        _("Two to four cities side by side: their pledges, practices and size."),
    ),
    "matrix": (
        _("Overview"),
        _("table, matrix, all cities, grid"),
        _("Which cities have made pledges under which commitment, in one table."),
    ),
    "changes": (
        _("What changed"),
        _("news, latest, recent, updates, feed, Atom, RSS"),
        _("Everything public that is new or has changed, by kind and date."),
    ),
    "declaration": (
        _("The Melbourne Declaration"),
        _("text, signed, 2018, mayors, preamble"),
        _("The text of the Declaration and its seven commitments."),
    ),
    "account_login": (
        _("Sign in"),
        _("log in, login, account, password, workspace"),
        _("For officials of cities. An account takes an invitation."),
    ),
}
_MARKUP = re.compile(r"<[^<>]+>")
_BLOCK_END = re.compile(r"</(?:p|li|h\d|blockquote)>")


@transaction.atomic
def refresh() -> int:
    """Copy the words of all pages that have changed to the table. Returns how many pages there are."""
    words = {name: _of_text(file) for name, file in TEXTS.items()} | {name: _of_other(name) for name in OTHERS}
    known = {page.name: page for page in TextPage.objects.select_for_update()}
    TextPage.objects.exclude(name__in=words).delete()
    for name, fields in words.items():
        if name not in known or any(getattr(known[name], field) != value for field, value in fields.items()):
            TextPage.objects.update_or_create(name=name, defaults=fields)
    return len(words)


def _of_text(file: str) -> dict[str, str]:
    fields = {}
    for code in CODES:
        page = read_page(file, code)
        parts = [page.lead, *(f"<p>{section.heading}</p>{section.html}" for section in page.sections)]
        fields |= {
            f"title_{code}": page.title,
            f"keywords_{code}": page.keywords,
            f"text_{code}": "\n\n".join(_plain(part) for part in parts),
        }
    return fields


def _of_other(name: str) -> dict[str, str]:
    fields = {}
    for code in CODES:
        with override(code):
            title, keywords, text = (str(words) for words in OTHERS[name])
        fields |= {f"title_{code}": title, f"keywords_{code}": keywords, f"text_{code}": text}
    return fields


def _plain(html: str) -> str:
    """The words of `html`, with an empty line between two paragraphs or items of a list."""
    blocks = (re.sub(r"[ \n]+", " ", unescape(_MARKUP.sub("", block))).strip() for block in _BLOCK_END.split(html))
    return "\n\n".join(filter(None, blocks))

"""The common parts of all PDFs of the portal: facts as pairs, and the origin of the document."""

from collections.abc import Iterable

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from scn_portal.base.licence import ATTRIBUTION, LICENCE_NAME, deed
from scn_portal.base.links import absolute_url
from scn_portal.base.typography import typographic
from scn_portal.site.pdf.prose import Data, address, printable


def fact(label: str, text: str) -> Data:
    """A label and a text without a link."""
    return {"label": printable(label), "text": printable(text), "to": ""}


def link_fact(label: str, text: str, to: str) -> Data:
    """A label and a text with a link to `to`, if that is an address."""
    return fact(label, text) | {"to": address(to)}


def listed(parts: Iterable[str]) -> str:
    """`parts` joined with semicolons, as in the active language."""
    return typographic((" ; " if get_language() == "fr" else "; ").join(parts), get_language())


def about_this_document(path: str) -> list[Data]:
    """The date of the data, the address of the page, the publisher and the licence."""
    page = absolute_url(path)
    return [
        fact(_("Data as of"), date_format(timezone.localdate())),
        link_fact(_("Address of the page"), page, page),
        fact(_("Published by"), ATTRIBUTION),
        link_fact(_("Licence"), LICENCE_NAME, deed(get_language())),
    ]

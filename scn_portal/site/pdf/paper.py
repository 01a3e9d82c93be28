"""What every PDF of the portal says: facts as pairs, and where the document comes from."""

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
    """A label and what is known, without a link."""
    return {"label": printable(label), "text": printable(text), "to": ""}


def link_fact(label: str, text: str, to: str) -> Data:
    """A label and words that lead to `to`, where that is an address."""
    return fact(label, text) | {"to": address(to)}


def listed(parts: Iterable[str]) -> str:
    """`parts` one after the other, with the semicolons of the active language."""
    return typographic((" ; " if get_language() == "fr" else "; ").join(parts), get_language())


def about_this_document(path: str) -> list[Data]:
    """Of what day its data are, where its page is, who publishes it under which licence."""
    page = absolute_url(path)
    return [
        fact(_("Data as of"), date_format(timezone.localdate())),
        link_fact(_("Address of the page"), page, page),
        fact(_("Published by"), ATTRIBUTION),
        link_fact(_("Licence"), LICENCE_NAME, deed(get_language())),
    ]

"""The pages of text: about, contact, method, privacy and the like.

Each is a Markdown file per language in `texts/`: a title (`#`), a line of `keywords:` that only the search reads, an
introduction, sections (`##`). A link to a page of the portal is written `[words][url_name]`; `{publisher}`, `{host}`,
`{funding}`, `{contact}`, `{press}` and `{site}` stand for settings, `{collected}` for the month in which the first
texts were compiled, `{version}` for the version of the files' columns.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import get_language, gettext, override
from django.utils.translation import gettext_lazy as _

from members.membership_counts import COLLECTED_ON
from practices.open_services import open_services
from scn_portal.base import markdown
from scn_portal.base.http.public import public_page
from scn_portal.base.partial_dates import written_out
from scn_portal.base.typography import typographic
from scn_portal.site.downloads.dataset import SCHEMA_VERSION
from scn_portal.site.downloads.datasets import DATASETS
from scn_portal.site.downloads.dictionary import files_of
from scn_portal.site.downloads.search_engines import data_catalogue
from scn_portal.site.method_counts import method_counts
from scn_portal.site.sharing.structured_data import script

TEXTS = Path(__file__).parent / "texts"
KEYWORDS = "keywords:"
# In the demo these pages say that nobody operates it and that nobody reads what is sent.
ABOUT_THE_OPERATOR = ("contact", "join", "legal", "operator")
GUIDE = settings.BASE_DIR / "docs" / "guide"


@dataclass(frozen=True)
class Section:
    """A section. `anchor` is its id."""

    anchor: str
    heading: str
    html: SafeString


@dataclass(frozen=True)
class Page:
    """A page of text in one language. `keywords` are other words by which readers find it; no page shows them."""

    title: str
    lead: SafeString
    sections: list[Section]
    keywords: str = ""


@cache
def read_page(name: str, language: str) -> Page:
    """The page `name` in `language`. Cached for good: the files change only with the code."""
    path = GUIDE / f"{language}.md" if name == "guide" else TEXTS / f"{name}.{language}.md"
    source = path.read_text(encoding="utf-8")
    opening, *parts = re.split(r"^## ", source, flags=re.MULTILINE)
    title, _end, lead = opening.removeprefix("# ").partition("\n")
    keywords = re.search(rf"^{KEYWORDS}(.*)$", lead, flags=re.MULTILINE)
    sections = [part.partition("\n")[::2] for part in parts]
    return Page(
        typographic(title, language),
        _html(lead.replace(keywords[0], "") if keywords else lead, language),
        [
            Section(slugify(heading), typographic(heading, language), _html(text, language))
            for heading, text in sections
        ],
        keywords[1].strip() if keywords else "",
    )


@public_page()
def page(request: HttpRequest, name: str) -> HttpResponse:
    """A page that shows only its text."""
    return render(request, "site/pages/page.html", _context(name))


@public_page()
def open_data(request: HttpRequest) -> HttpResponse:
    """The page about downloads, with all files."""
    files = [(dataset, files_of(dataset)) for dataset in DATASETS.values()]
    catalogue = {"files": files, "json_ld": script(data_catalogue(get_language()))}
    return render(request, "site/pages/open_data.html", _context("open-data") | catalogue)


@public_page()
def method(request: HttpRequest) -> HttpResponse:
    """The page about the origin of texts and figures, with today's numbers."""
    return render(request, "site/pages/method.html", _context("method") | {"counts": method_counts()})


@public_page()
def worried(request: HttpRequest) -> HttpResponse:
    """The page for people who worry about a relative: services open to the public that public practices name."""
    services = open_services(get_language())
    return render(request, "site/pages/worried.html", _context("worried") | {"services": services})


def _context(name: str) -> dict:
    return {"page": read_page(name, get_language()), "is_about_operator": name in ABOUT_THE_OPERATOR}


urlpatterns = [
    path(_("guide/"), page, {"name": "guide"}, name="guide"),
    path(_("about/"), page, {"name": "about"}, name="about"),
    path(_("contact/"), page, {"name": "contact"}, name="contact"),
    path(_("join/"), page, {"name": "join"}, name="join"),
    path(_("who-runs-this-portal/"), page, {"name": "operator"}, name="operator"),
    path(_("method/"), method, name="method"),
    path(_("worried-about-someone/"), worried, name="worried"),
    path(_("privacy/"), page, {"name": "privacy"}, name="privacy"),
    path(_("accessibility/"), page, {"name": "accessibility"}, name="accessibility"),
    path(_("legal-notice/"), page, {"name": "legal"}, name="legal"),
    path(_("open-data/"), open_data, name="open_data"),
]


def _html(text: str, language: str) -> SafeString:
    for name, value in _values(language).items():
        text = text.replace("{" + name + "}", value)
    with override(language):
        links = [f"[{name}]: {reverse(name)}" for name in sorted(set(re.findall(r"\]\[(\w+)\]", text)))]
    return markdown.to_html("\n".join([text, "", *links]), language=language)


def _values(language: str) -> dict[str, str]:
    """The values for `{name}` in a text. If the operator has not given a value, the text says so."""
    with override(language):
        unstated = gettext("Not stated: the operator of this portal has not filled this in yet.")
        collected = written_out(COLLECTED_ON)
    stated = {
        "publisher": settings.LEGAL_PUBLISHER,
        "host": settings.LEGAL_HOST,
        "funding": settings.LEGAL_FUNDING,
    }
    return {
        **{name: markdown.literal(value or unstated) for name, value in stated.items()},
        "contact": settings.CONTACT_EMAIL,
        "press": settings.PRESS_EMAIL or settings.CONTACT_EMAIL,
        "site": settings.SITE_URL,
        "version": SCHEMA_VERSION,
        "collected": collected,
    }

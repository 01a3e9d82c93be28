"""The static pages: about, privacy, accessibility, legal notice, open data.

Each is a Markdown file per language in `texts/`: a title (`#`), an introduction, sections (`##`). A link to a page of
the portal is written `[words][url_name]`; `{publisher}`, `{host}`, `{contact}` and `{site}` stand for settings.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from scn_portal.base import markdown
from scn_portal.base.typography import typographic
from scn_portal.site.downloads.views import every_file

TEXTS = Path(__file__).parent / "texts"
GUIDE = settings.BASE_DIR / "docs" / "guide"


@dataclass(frozen=True)
class Section:
    """A section. `anchor` is its id."""

    anchor: str
    heading: str
    html: SafeString


@dataclass(frozen=True)
class Page:
    """A static page in one language."""

    title: str
    lead: SafeString
    sections: list[Section]


@cache
def read_page(name: str, language: str) -> Page:
    """The page `name` in `language`. Cached for good: the files change only with the code."""
    path = GUIDE / f"{language}.md" if name == "guide" else TEXTS / f"{name}.{language}.md"
    source = path.read_text(encoding="utf-8")
    opening, *parts = re.split(r"^## ", source, flags=re.MULTILINE)
    title, _end, lead = opening.removeprefix("# ").partition("\n")
    sections = [part.partition("\n")[::2] for part in parts]
    return Page(
        typographic(title, language),
        _html(lead, language),
        [
            Section(slugify(heading), typographic(heading, language), _html(text, language))
            for heading, text in sections
        ],
    )


@require_safe
@login_not_required
def page(request: HttpRequest, name: str) -> HttpResponse:
    """A static page."""
    context = {"page": read_page(name, get_language()), "name": name}
    if name == "open-data":
        return render(request, "site/pages/open_data.html", context | {"files": every_file()})
    return render(request, "site/pages/page.html", context)


urlpatterns = [
    path(_("guide/"), page, {"name": "guide"}, name="guide"),
    path(_("about/"), page, {"name": "about"}, name="about"),
    path(_("privacy/"), page, {"name": "privacy"}, name="privacy"),
    path(_("accessibility/"), page, {"name": "accessibility"}, name="accessibility"),
    path(_("legal-notice/"), page, {"name": "legal"}, name="legal"),
    path(_("open-data/"), page, {"name": "open-data"}, name="open_data"),
]


def _html(text: str, language: str) -> SafeString:
    values = {
        "publisher": settings.LEGAL_PUBLISHER,
        "host": settings.LEGAL_HOST,
        "contact": settings.CONTACT_EMAIL,
        "site": settings.SITE_URL,
    }
    for name, value in values.items():
        text = text.replace("{" + name + "}", value if name in ("contact", "site") else markdown.literal(value))
    with override(language):
        links = [f"[{name}]: {reverse(name)}" for name in sorted(set(re.findall(r"\]\[(\w+)\]", text)))]
    return markdown.to_html("\n".join([text, "", *links]), language=language)

"""Descriptions of pages for search engines: JSON-LD in the vocabulary of schema.org."""

import html
import json
from collections.abc import Iterable

from django.urls import reverse
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString, mark_safe

from scn_portal.base.links import absolute_url
from scn_portal.base.markdown import to_html

# Characters that could end the element or open a comment, and those that old JavaScript treats as line ends.
_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}

Data = dict[str, object]


def script(data: Data) -> SafeString:
    """`data` as a `<script>` that browsers do not run and that no Content-Security-Policy forbids."""
    text = json.dumps({"@context": "https://schema.org", **data}, ensure_ascii=False).translate(_ESCAPES)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))


def website(language: str) -> Data:
    """The portal, and how to search it."""
    entry = {"@type": "EntryPoint", "urlTemplate": absolute_url(reverse("search")) + "?q={search_term_string}"}
    query = "required name=search_term_string"
    return {
        "@type": "WebSite",
        "name": "Strong Cities Network",
        "url": absolute_url(reverse("home")),
        "inLanguage": language,
        "publisher": organization(),
        "potentialAction": {"@type": "SearchAction", "target": entry, "query-input": query},
    }


def place(kind: str, name: str, path: str) -> Data:
    """A country or a region, by its name; `kind` is “country” or “region”."""
    return {"@type": "Country" if kind == "country" else "Place", "name": name, "url": absolute_url(path)}


def breadcrumbs(steps: Iterable[tuple[str, str]]) -> Data:
    """The breadcrumbs of a page. `steps` are (name, path), the page itself last."""
    items = [
        {"@type": "ListItem", "position": position, "name": name, "item": absolute_url(path)}
        for position, (name, path) in enumerate(steps, 1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}


def plain(markdown: str) -> str:
    """A Markdown text as plain text on one line."""
    return " ".join(html.unescape(strip_tags(to_html(markdown))).split())


def organization() -> Data:
    """The network, as publisher."""
    return {"@type": "Organization", "name": "Strong Cities Network", "url": absolute_url(reverse("home"))}

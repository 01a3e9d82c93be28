"""What a page is about, for search engines: JSON-LD in the words of schema.org."""

import html
import json
from collections.abc import Iterable

from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from commitments.models import Commitment, Pledge
from members.models import City
from practices.models import Practice, Revision
from scn_portal.base.languages import CODES
from scn_portal.base.licence import LICENCE
from scn_portal.base.links import absolute_url
from scn_portal.base.markdown import to_html

# No sign that could end the element or open a comment, and none that old scripts take for the end of a line.
_ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}

Data = dict[str, object]


def script(data: Data) -> SafeString:
    """`data` as a block that no browser runs and no Content-Security-Policy minds."""
    text = json.dumps({"@context": "https://schema.org", **data}, ensure_ascii=False).translate(_ESCAPES)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))


def about(row: Model, language: str) -> Data:
    """What the page of `row`, a city, a practice, a commitment or a pledge, is about."""
    if isinstance(row, City):
        return city(row, language)
    if isinstance(row, Practice):
        return practice(row, language)
    if isinstance(row, Commitment):
        return commitment(row, language)
    if isinstance(row, Pledge):
        return pledge(row, language)
    raise TypeError(f"no structured data for {row!r}")


def city(row: City, language: str) -> Data:
    """A City, or an AdministrativeArea where it is larger or other than that, with what is known of it."""
    kind = "City" if row.unit_type in (City.UnitType.CITY, City.UnitType.MUNICIPALITY) else "AdministrativeArea"
    country = {"@type": "Country", "name": row.country.name, "identifier": row.country.code}
    data: Data = {
        "@type": kind,
        "name": row.text("name", language).value,
        "url": absolute_url(row.get_absolute_url()),
        "containedInPlace": country,
    }
    if row.latitude is not None:
        data["geo"] = {"@type": "GeoCoordinates", "latitude": row.latitude, "longitude": row.longitude}
    if row.geonames_id:
        data["sameAs"] = f"https://sws.geonames.org/{row.geonames_id}/"
    return data


def practice(row: Practice, language: str) -> Data:
    """An Article by a city, in the language that it is really shown in."""
    live = live_of(row)
    title, summary = live.text("title", language), live.text("summary", language)
    page = absolute_url(row.get_absolute_url())
    return {
        "@type": "Article",
        "headline": title.value,
        "abstract": plain(summary.value),
        "inLanguage": title.language,
        "url": page,
        "mainEntityOfPage": page,
        "datePublished": live.published_at and live.published_at.isoformat(),
        "author": {"@type": "GovernmentOrganization", "name": row.city.text("name", language).value},
        "publisher": organization(),
        "license": LICENCE,
        "isAccessibleForFree": True,
    }


def commitment(row: Commitment, language: str) -> Data:
    """A part of the Declaration."""
    title = row.text("title", language)
    return {
        "@type": "CreativeWork",
        "name": title.value,
        "position": row.number,
        "inLanguage": title.language,
        "url": absolute_url(row.get_absolute_url()),
        "publisher": organization(),
    }


def pledge(row: Pledge, language: str) -> Data:
    """A CreativeWork by a city, in the language that it is really shown in."""
    title, description = row.text("title", language), row.text("description", language)
    data: Data = {
        "@type": "CreativeWork",
        "name": title.value,
        "inLanguage": title.language,
        "url": absolute_url(row.get_absolute_url()),
        "creativeWorkStatus": row.get_status_display(),
        "about": row.commitment.text("title", language).value,
        "author": {"@type": "GovernmentOrganization", "name": row.city.text("name", language).value},
        "dateCreated": row.announced_on or row.created_at.date().isoformat(),
        "dateModified": row.updated_at.isoformat(),
        "publisher": organization(),
        "license": LICENCE,
        "isAccessibleForFree": True,
    }
    return data | ({"description": plain(description.value)} if description else {})


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


def dataset(name: str, description: str, path: str, downloads: Iterable[tuple[str, str]] = ()) -> Data:
    """An open data set: its page, and its files as (address path, media type)."""
    return {
        "@type": "Dataset",
        "name": name,
        "description": description,
        "url": absolute_url(path),
        "license": LICENCE,
        "isAccessibleForFree": True,
        "inLanguage": list(CODES),
        "creator": organization(),
        "distribution": [
            {"@type": "DataDownload", "contentUrl": absolute_url(file), "encodingFormat": media}
            for file, media in downloads
        ],
    }


def place(kind: str, name: str, path: str) -> Data:
    """A country or a region, by its name; `kind` is “country” or “region”."""
    return {"@type": "Country" if kind == "country" else "Place", "name": name, "url": absolute_url(path)}


def breadcrumbs(steps: Iterable[tuple[str, str]]) -> Data:
    """The way to a page, as (name, path), the page itself last."""
    items = [
        {"@type": "ListItem", "position": place, "name": name, "item": absolute_url(path)}
        for place, (name, path) in enumerate(steps, 1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}


def way_to(row: Model, language: str) -> Data:
    """The breadcrumbs of the page of a city, a practice, a commitment or a pledge."""
    if isinstance(row, City):
        steps = [(_("Cities"), reverse("city_list")), (row.text("name", language).value, row.get_absolute_url())]
    elif isinstance(row, Practice):
        title = live_of(row).text("title", language).value
        city_step = (row.city.text("name", language).value, row.city.get_absolute_url())
        steps = [(_("Practices"), reverse("practice_list")), city_step, (title, row.get_absolute_url())]
    elif isinstance(row, Pledge):
        city_step = (row.city.text("name", language).value, row.city.get_absolute_url())
        title = row.text("title", language).value
        steps = [(_("Pledges"), reverse("pledge_list")), city_step, (title, row.get_absolute_url())]
    else:
        short = row.text("short", language).value
        steps = [(_("Commitments"), reverse("commitment_list")), (short, row.get_absolute_url())]
    return breadcrumbs(steps)


def live_of(practice: Practice) -> Revision:
    """The revision that the public sees of a practice whose page is open to it."""
    if practice.live is None:
        raise ValueError(f"{practice} is not public")
    return practice.live


def plain(markdown: str) -> str:
    """The words of a Markdown text on one line."""
    return " ".join(html.unescape(strip_tags(to_html(markdown))).split())


def organization() -> Data:
    """The network, as the publisher of what stands here."""
    return {"@type": "Organization", "name": "Strong Cities Network", "url": absolute_url(reverse("home"))}

"""How other sites and programs describe the page of a city, a practice, a commitment or a pledge."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from django.db.models import Model
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from commitments.models import Commitment, Pledge
from members.models import City
from practices.models import Practice, Revision
from practices.pictures import path_of
from scn_portal.base.languages import Text
from scn_portal.base.licence import LICENCE
from scn_portal.base.links import absolute_url
from scn_portal.base.origin import Origin, byline, portal_team
from scn_portal.base.typography import typographic
from scn_portal.site.sharing.structured_data import Data, organization, plain

Link = tuple[str, str]  # path, title


@dataclass(frozen=True)
class SharedPage:
    """The description of a page. Its texts are in one language; `picture` is a path, `breadcrumbs` are (name, path),
    the page itself last."""

    title: str
    description: str
    picture: str
    feed: Link
    calendar: Link
    json_ld: Data
    breadcrumbs: list[tuple[str, str]]
    og_type: str = "website"
    photograph: "Photograph | None" = None  # shown instead of `picture`


@dataclass(frozen=True)
class Photograph:
    """A picture that a city gave: its path, its size in pixels, what it shows and who made it."""

    path: str
    width: int
    height: int
    alt: Text
    credit: str


def shared_page(row: Model, language: str) -> SharedPage:
    """The page of `row`, a city, a practice, a commitment or a pledge. Raises TypeError for any other row."""
    if type(row) not in PAGES:
        raise TypeError(f"{row!r} has no shared page")
    return PAGES[type(row)](row, language)


def live_of(practice: Practice) -> Revision:
    """The revision that the public sees. Raises ValueError if there is none."""
    if practice.live is None:
        raise ValueError(f"{practice} is not public")
    return practice.live


def network_feed() -> Link:
    return reverse("practice_feed"), _("%(name)s: updates") % {"name": _("Practices")}


def network_calendar() -> Link:
    return reverse("calendar"), _("Deadlines of pledges and milestones")


def _city_page(city: City, language: str) -> SharedPage:
    name = city.text("name", language).value
    description = _(
        "%(city)s, %(country)s: its pledges under the Melbourne Declaration, its practices and its progress."
    )
    return SharedPage(
        title=f"{name}, {city.country.name}",
        description=description % {"city": name, "country": city.country.name},
        picture=reverse("city_picture", args=[city.slug]),
        feed=_feed("city_feed", city.slug, _typographic(city, "name", language)),
        calendar=_calendar("city_calendar", city.slug, _typographic(city, "name", language)),
        json_ld=_city_data(city, name),
        breadcrumbs=[(_("Cities"), reverse("city_list")), (name, city.get_absolute_url())],
    )


def _city_data(city: City, name: str) -> Data:
    is_city = city.unit_type in (City.UnitType.CITY, City.UnitType.MUNICIPALITY)
    data: Data = {
        "@type": "City" if is_city else "AdministrativeArea",
        "name": name,
        "url": absolute_url(city.get_absolute_url()),
        "containedInPlace": {"@type": "Country", "name": city.country.name, "identifier": city.country.code},
    }
    if city.latitude is not None:
        data["geo"] = {"@type": "GeoCoordinates", "latitude": city.latitude, "longitude": city.longitude}
    if city.geonames_id:
        data["sameAs"] = f"https://sws.geonames.org/{city.geonames_id}/"
    return data


def _practice_page(practice: Practice, language: str) -> SharedPage:
    live = live_of(practice)
    title, summary = live.text("title", language), plain(live.text("summary", language).value)
    city_name = practice.city.text("name", language).value
    return SharedPage(
        title=typographic(title.value, title.language),
        description=Truncator(summary).chars(200),
        picture=reverse("practice_picture", args=[practice.slug]),
        feed=network_feed(),
        calendar=network_calendar(),
        json_ld=_practice_data(live, title, summary, city_name) | _image(_photograph(live, language)),
        breadcrumbs=[
            (_("Practices"), reverse("practice_list")),
            (city_name, practice.city.get_absolute_url()),
            (title.value, practice.get_absolute_url()),
        ],
        og_type="article",
        photograph=_photograph(live, language),
    )


def _photograph(live: Revision, language: str) -> Photograph | None:
    if not live.shows_picture or live.picture_width is None or live.picture_height is None:
        return None
    alt = live.text("picture_alt", language)
    return Photograph(path_of(live), live.picture_width, live.picture_height, alt, live.picture_credit)


def _practice_data(live: Revision, title: Text, summary: str, city_name: str) -> Data:
    url = absolute_url(live.practice.get_absolute_url())
    author: Data = {"@type": "GovernmentOrganization", "name": city_name}
    if live.origin == Origin.COMPILED:
        author = {"@type": "Organization", "name": portal_team(), "url": absolute_url(reverse("about"))}
    return {
        "@type": "Article",
        "headline": title.value,
        "abstract": summary,
        "inLanguage": title.language,  # of the text that is shown, which may be a fallback
        "url": url,
        "mainEntityOfPage": url,
        "datePublished": live.first_published_at and live.first_published_at.isoformat(),
        "dateModified": live.published_at and live.published_at.isoformat(),
        "author": author,
        "creator": author,
        "creditText": byline(live.origin, city_name),
        "publisher": organization(),
        "license": LICENCE,
        "isAccessibleForFree": True,
    }


def _image(photograph: Photograph | None) -> Data:
    if photograph is None:
        return {}
    image: Data = {
        "@type": "ImageObject",
        "contentUrl": absolute_url(photograph.path),
        "width": photograph.width,
        "height": photograph.height,
        "caption": photograph.alt.value,
        "creditText": photograph.credit,
    }
    return {"image": image}


def _commitment_page(commitment: Commitment, language: str) -> SharedPage:
    title, short = commitment.text("title", language), _typographic(commitment, "short", language)
    return SharedPage(
        title=f"{commitment.number}. {short}",
        description=typographic(title.value, title.language),
        picture=reverse("commitment_picture", args=[commitment.number]),
        feed=_feed("commitment_feed", commitment.number, short),
        calendar=_calendar("commitment_calendar", commitment.number, short),
        json_ld={
            "@type": "CreativeWork",
            "name": title.value,
            "position": commitment.number,
            "inLanguage": title.language,
            "url": absolute_url(commitment.get_absolute_url()),
            "publisher": organization(),
        },
        breadcrumbs=[
            (_("Commitments"), reverse("commitment_list")),
            (commitment.text("short", language).value, commitment.get_absolute_url()),
        ],
    )


def _pledge_page(pledge: Pledge, language: str) -> SharedPage:
    title, city_name = pledge.text("title", language), pledge.city.text("name", language).value
    return SharedPage(
        title=f"{typographic(title.value, title.language)} ({city_name})",
        description=pledge_in_brief(pledge, language),
        picture=reverse("city_picture", args=[pledge.city.slug]),
        feed=_feed("city_feed", pledge.city.slug, _typographic(pledge.city, "name", language)),
        calendar=_calendar("city_calendar", pledge.city.slug, _typographic(pledge.city, "name", language)),
        json_ld=_pledge_data(pledge, title, city_name, language),
        breadcrumbs=[
            (_("Pledges"), reverse("pledge_list")),
            (city_name, pledge.city.get_absolute_url()),
            (title.value, pledge.get_absolute_url()),
        ],
    )


def pledge_in_brief(pledge: Pledge, language: str) -> str:
    """City, commitment and status of a pledge in a sentence, for search engines and previews."""
    sentence = _("A pledge of %(city)s, %(country)s, under the commitment “%(commitment)s”. Status: %(status)s.")
    return sentence % {
        "city": pledge.city.text("name", language).value,
        "country": pledge.city.country.name,
        "commitment": pledge.commitment.text("short", language).value,
        "status": pledge.get_status_display(),
    }


def _pledge_data(pledge: Pledge, title: Text, city_name: str, language: str) -> Data:
    published_at = cast(dt.datetime, pledge.published_at)  # only public ones have a page
    data: Data = {
        "@type": "CreativeWork",
        "name": title.value,
        "inLanguage": title.language,  # of the text that is shown, which may be a fallback
        "url": absolute_url(pledge.get_absolute_url()),
        "creativeWorkStatus": pledge.get_status_display(),
        "about": pledge.commitment.text("title", language).value,
        "author": {"@type": "GovernmentOrganization", "name": city_name},
        "dateCreated": pledge.announced_on or published_at.date().isoformat(),
        "datePublished": published_at.isoformat(),
        # The page also shows its milestones and updates.
        "dateModified": getattr(pledge, "changed_at", pledge.updated_at).isoformat(),
        "publisher": organization(),
        "license": LICENCE,
        "isAccessibleForFree": True,
    }
    description = pledge.text("description", language)
    return data | ({"description": plain(description.value)} if description else {})


PAGES: dict[type[Model], Callable[..., SharedPage]] = {
    City: _city_page,
    Practice: _practice_page,
    Commitment: _commitment_page,
    Pledge: _pledge_page,
}


def _typographic(row: City | Commitment, field: str, language: str) -> str:
    text = row.text(field, language)
    return typographic(text.value, text.language)


def _feed(view: str, key: object, name: str) -> Link:
    return reverse(view, args=[key]), _("%(name)s: updates") % {"name": name}


def _calendar(view: str, key: object, name: str) -> Link:
    return reverse(view, args=[key]), _("%(name)s: deadlines") % {"name": name}

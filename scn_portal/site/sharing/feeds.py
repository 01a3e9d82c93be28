"""Atom feeds (RFC 4287) of all practices, of a city, of a commitment."""

import datetime as dt
import re

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commitments.models import Commitment, Pledge
from members.models import City
from practices.facets import PRACTICE_FACETS
from practices.models import Practice
from practices.search import PracticeSearch
from scn_portal.base.fragments import kept
from scn_portal.base.http.public import public_page
from scn_portal.base.licence import LICENCE, LICENCE_NAME
from scn_portal.base.links import absolute_url
from scn_portal.base.models import PublicKind, PublicRecord, PublicRecordQuerySet
from scn_portal.base.origin import Origin, portal_team
from scn_portal.site.city_records import version_of
from scn_portal.site.sharing import news
from scn_portal.site.sharing.identifiers import urn

RIGHTS = f"{LICENCE_NAME}, {LICENCE}"
# The age of an empty feed: nothing here is older than the Declaration.
MELBOURNE = dt.datetime(2018, 7, 1, tzinfo=dt.UTC)
# Characters that XML 1.0 forbids; pasted text may contain them.
NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


class AtomFeed(Atom1Feed):
    """Atom with the language and the full text of each entry, and the licence as a link.

    `changed_at`: when anything that could be in it last changed or was removed.
    """

    def latest_post_date(self) -> dt.datetime:
        # Not only from the entries: when the newest is taken down, `updated` must not go backwards.
        return max([*(item["updateddate"] for item in self.items), self.feed["changed_at"] or MELBOURNE])

    def add_root_elements(self, handler) -> None:
        super().add_root_elements(handler)
        handler.addQuickElement("link", "", {"rel": "license", "href": LICENCE})

    def item_attributes(self, item) -> dict[str, str]:
        return {"xml:lang": item["language"]}

    def add_item_elements(self, handler, item) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["content"], {"type": "html"})


# “page” comes with the query string of the list, and is ignored.
@public_page("q", "sort", "page", *PRACTICE_FACETS)
def practice_feed(request):
    """The newest practices, filtered as on their list."""
    search = PracticeSearch(request.GET, get_language())
    is_whole = not search.words and not search.faceted.query
    entries = news.newest(news.of_practices(None if is_whole else search.practices, get_language()))
    # Only filters are part of the feed's id: with any other query it is the same feed.
    query = f"?{search.faceted.query}" if search.faceted.query else ""
    records = PublicRecord.objects.filter(kind=PublicKind.PRACTICE)
    return atom_feed(request, _("Practices"), reverse("practice_list"), "practices", entries, records, query)


@public_page()
def city_feed(request, slug: str):
    """What one city pledged, reported and published. Kept until something public about it changes."""
    city = get_object_or_404(City.objects.shown().select_related("record"), slug=slug)
    text = kept("city-feed", city.pk, version_of(city), build=lambda: _city_feed(request, city).content.decode())
    return HttpResponse(text, content_type=AtomFeed.content_type)


def _city_feed(request, city: City) -> HttpResponse:
    return atom_feed(
        request,
        city.text("name", get_language()).value,
        city.get_absolute_url(),
        f"city/{city.pk}",
        _news(Pledge.objects.public().filter(city=city), Practice.objects.filter(city=city)),
        PublicRecord.objects.of_city(city.pk),
    )


@public_page()
def commitment_feed(request, number: int):
    """What cities pledged and reported under a commitment, and the practices that serve it."""
    commitment = get_object_or_404(Commitment.objects.of_melbourne(), number=number)
    title = f"{commitment.number}. {news.short_text(commitment.text('short', get_language()), get_language())}"
    pledges = Pledge.objects.of_listed_cities().filter(commitment=commitment)
    entries = _news(pledges, Practice.objects.serving(commitment))
    records = PublicRecord.objects.filter(kind__in=[PublicKind.PLEDGE, PublicKind.UPDATE, PublicKind.PRACTICE])
    return atom_feed(request, title, commitment.get_absolute_url(), f"commitment/{commitment.pk}", entries, records)


def _news(pledges, practices) -> list[news.Entry]:
    language = get_language()
    return news.newest(
        news.of_pledges(pledges, language),
        news.of_updates(pledges, language),
        news.of_practices(practices, language),
    )


def _id(key: str) -> str:
    """An id in the active language: each language has its own ids, since its texts are separate entries."""
    return urn(f"{get_language()}/{key}")


def _clean(text: str) -> str:
    return NOT_IN_XML.sub("", text)


def atom_feed(
    request,
    title: str,
    link: str,
    key: str,
    entries: list[news.Entry],
    records: PublicRecordQuerySet,
    query: str = "",
) -> HttpResponse:
    """A feed of `entries`; `records` are those of everything that could be in it, whether or not it is still public."""
    feed = AtomFeed(
        title=_clean(f"{title} · {_('Strong Cities Network')}"),
        link=absolute_url(link + query),
        description=None,
        language=get_language(),
        author_name=_("Strong Cities Network"),
        author_link=absolute_url(reverse("home")),
        feed_url=absolute_url(request.path + query),
        feed_guid=_id(f"feed/{key}{query}"),
        feed_copyright=RIGHTS,
        changed_at=records.last_change(),
    )
    for entry in entries:
        _add(feed, entry)
    # No Last-Modified: after a take-down, the newest entry that is left may be older than the copy in a cache.
    return HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)


def _author(entry: news.Entry) -> tuple[str, str]:
    """The name and the address of the author."""
    if entry.origin == Origin.COMPILED:
        return portal_team(), absolute_url(reverse("about"))
    name = entry.city.text("name", get_language()).value
    return _clean(name), absolute_url(entry.city.get_absolute_url())


def _add(feed: AtomFeed, entry: news.Entry) -> None:
    author_name, author_link = _author(entry)
    feed.add_item(
        title=_clean(entry.title),
        link=entry.link,
        description=None,  # type: ignore[arg-type]  # None leaves out a summary: the content is whole
        content=_clean(entry.content),
        language=entry.language,
        author_name=author_name,
        author_link=author_link,
        pubdate=entry.published,
        updateddate=entry.updated,
        unique_id=_id(entry.key),
        categories=[_clean(name) for name in entry.commitments],
        item_copyright=RIGHTS,
    )

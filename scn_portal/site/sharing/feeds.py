"""Atom feeds (RFC 4287): all practices, a city, a commitment. The same for every reader, so any cache may keep them."""

import datetime as dt
import re
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from commitments.models import Commitment, Pledge
from members.models import City
from practices.models import Practice
from practices.search import PracticeSearch
from practices.views.attachments import FRESH
from scn_portal.base.licence import LICENCE, LICENCE_NAME
from scn_portal.base.links import absolute_url
from scn_portal.site.sharing import news

RIGHTS = f"{LICENCE_NAME}, {LICENCE}"
# Nothing here is older than the Declaration: what an empty feed says of its age.
MELBOURNE = dt.datetime(2018, 7, 1, tzinfo=dt.UTC)
# XML 1.0 has no place for these, and what people paste may hold them.
NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


class AtomFeed(Atom1Feed):
    """Atom with the language and the full text of each entry, and the licence as a link."""

    def latest_post_date(self) -> dt.datetime:
        return max((item["updateddate"] for item in self.items), default=MELBOURNE)

    def add_root_elements(self, handler) -> None:
        super().add_root_elements(handler)
        handler.addQuickElement("link", "", {"rel": "license", "href": LICENCE})

    def item_attributes(self, item) -> dict[str, str]:
        return {"xml:lang": item["language"]}

    def add_item_elements(self, handler, item) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["content"], {"type": "html"})


@require_safe
@login_not_required
@cache_control(public=True, max_age=FRESH)
@conditional_page
def practice_feed(request):
    """The newest practices, narrowed as their list is."""
    asked = PracticeSearch(request.GET, get_language())
    entries = news.of_practices(asked.practices, get_language())
    # Only what narrows is part of the feed's name: any other query is the same feed.
    query = f"?{asked.faceted.query}" if asked.faceted.query else ""
    return atom_feed(request, _("Practices"), reverse("practice_list"), "practices", entries, query)


@require_safe
@login_not_required
@cache_control(public=True, max_age=FRESH)
@conditional_page
def city_feed(request, slug: str):
    """What a city pledged, reported and published."""
    city = get_object_or_404(City, slug=slug)
    return atom_feed(
        request,
        city.text("name", get_language()).value,
        city.get_absolute_url(),
        f"city/{city.pk}",
        _news(Pledge.objects.filter(city=city), Practice.objects.filter(city=city)),
    )


@require_safe
@login_not_required
@cache_control(public=True, max_age=FRESH)
@conditional_page
def commitment_feed(request, number: int):
    """What cities pledged and reported under a commitment, and the practices that serve it."""
    commitment = get_object_or_404(Commitment.objects.of_melbourne(), number=number)
    title = f"{commitment.number}. {news.in_words(commitment.text('short', get_language()), get_language())}"
    pledges = Pledge.objects.of_listed_cities().filter(commitment=commitment)
    entries = _news(pledges, Practice.objects.serving(commitment))
    return atom_feed(request, title, commitment.get_absolute_url(), f"commitment/{commitment.pk}", entries)


def _news(pledges, practices) -> list[news.Entry]:
    language = get_language()
    return news.newest(
        news.of_pledges(pledges, language),
        news.of_updates(pledges, language),
        news.of_practices(practices, language),
    )


def tag(key: str) -> str:
    """An id (RFC 4151) that stays the same whatever becomes of addresses and titles."""
    return f"tag:{urlsplit(settings.SITE_URL).hostname},2026:{get_language()}/{key}"


def _clean(text: str) -> str:
    return NOT_IN_XML.sub("", text)


def atom_feed(request, title: str, link: str, key: str, entries: list[news.Entry], query: str = "") -> HttpResponse:
    feed = AtomFeed(
        title=_clean(f"{title} · {_('Strong Cities Network')}"),
        link=absolute_url(link + query),
        description=None,
        language=get_language(),
        author_name=_("Strong Cities Network"),
        author_link=absolute_url(reverse("home")),
        feed_url=absolute_url(request.path + query),
        feed_guid=tag(f"feed/{key}{query}"),
        feed_copyright=RIGHTS,
    )
    for entry in entries:
        _add(feed, entry)
    # No Last-Modified: the newest of the entries that are left may be older than what a cache holds of one taken down.
    return HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)


def _add(feed: AtomFeed, entry: news.Entry) -> None:
    feed.add_item(
        title=_clean(entry.title),
        link=entry.link,
        description=None,  # type: ignore[arg-type]  # None leaves out a summary: the content is whole
        content=_clean(entry.content),
        language=entry.language,
        author_name=_clean(entry.city.text("name", get_language()).value),
        author_link=absolute_url(entry.city.get_absolute_url()),
        pubdate=entry.published,
        updateddate=entry.updated,
        unique_id=tag(entry.key),
        categories=[_clean(line) for line in entry.lines],
        item_copyright=RIGHTS,
    )

"""Recent news as entries for Atom feeds: pledges recorded, progress reported, practices published.

Only what the public sees: live revisions, and updates that were not taken down.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import cast

from django.db.models import Prefetch
from django.utils.html import escape, format_html
from django.utils.translation import gettext as _

from commitments.models import Commitment, Pledge, ProgressUpdate
from members.models import City
from practices.models import Practice, Revision
from scn_portal.base import markdown
from scn_portal.base.languages import Text, text_of
from scn_portal.base.links import absolute_url
from scn_portal.base.origin import Origin, byline
from scn_portal.base.typography import typographic

MAX_ENTRIES = 50
# the most between the two timestamps of a pledge that has not changed since it was recorded
A_MOMENT = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Entry:
    """An entry of a feed. `language` is that of its text, which may be a fallback; `commitments` are short names;
    `origin` says who wrote it."""

    key: str
    title: str
    content: str
    language: str
    link: str
    city: City
    published: dt.datetime
    updated: dt.datetime
    commitments: list[str] = field(default_factory=list)
    origin: Origin = Origin.CITY


@dataclass(frozen=True)
class News:
    """Something that may be in a feed: when it last changed, and the function that makes its entry, which takes a
    while."""

    updated: dt.datetime
    entry: Callable[[], Entry]


def newest(*kinds: list[News]) -> list[Entry]:
    """The newest of all `kinds`, at most MAX_ENTRIES of them. Only their entries are made."""
    together = sorted((news for kind in kinds for news in kind), key=lambda news: news.updated, reverse=True)
    return [news.entry() for news in together[:MAX_ENTRIES]]


# The columns that a feed shows of pledges, practices and updates. Most of the others are long texts.
OF_COMMITMENT = ("short_fr", "short_en")
OF_PLEDGE = (
    "title_fr", "title_en", "source_language", "source_changed_at", "translation_changed_at", "announced_on",
    "updated_at", "published_at", "created_by", "city__slug", "city__name_fr", "city__name_en",
    "commitment__declaration__adopted_on", *(f"commitment__{name}" for name in OF_COMMITMENT),
)  # fmt: skip
OF_UPDATE = ("what_changed_fr", "what_changed_en", "status", "created_at", *(f"pledge__{name}" for name in OF_PLEDGE))
OF_REVISION = (
    "number", "title_fr", "title_en", "summary_fr", "summary_en", "source_language", "source_changed_at",
    "translation_changed_at", "outdated", "started_on", "published_at", "author", "practice__slug",
    "practice__city__slug", "practice__city__name_fr", "practice__city__name_en",
)  # fmt: skip


def of_practices(practices, language: str) -> list[News]:
    """The live revisions of `practices`, the newest first; of all practices if it is None."""
    live = Revision.objects.live()
    if practices is not None:
        live = live.filter(practice__in=practices.order_by())
    served = Prefetch("commitments", Commitment.objects.only(*OF_COMMITMENT))
    live = live.select_related("practice__city").only(*OF_REVISION).prefetch_related(served).with_first_publication()
    live = live.order_by("-published_at", "-pk")
    # A CHECK makes sure that a live revision has this time.
    return [News(cast(dt.datetime, row.published_at), partial(_practice, row, language)) for row in live[:MAX_ENTRIES]]


def of_pledges(pledges, language: str) -> list[News]:
    """`pledges`, the last recorded first."""
    described = (*OF_PLEDGE, "description_fr", "description_en")
    pledges = pledges.select_related("city", "commitment__declaration").only(*described)
    pledges = pledges.order_by("-published_at", "-pk")
    return [News(pledge.updated_at, partial(_pledge, pledge, language)) for pledge in pledges[:MAX_ENTRIES]]


def of_updates(pledges, language: str) -> list[News]:
    """The progress reported on `pledges`, the newest first, without updates that were taken down."""
    updates = ProgressUpdate.objects.standing().filter(pledge__in=pledges.order_by())
    updates = updates.select_related("pledge__city", "pledge__commitment__declaration").only(*OF_UPDATE)
    updates = updates.order_by("-created_at", "-pk")
    return [News(update.created_at, partial(_update, update, language)) for update in updates[:MAX_ENTRIES]]


def short_text(text: Text, language: str) -> str:
    """A short text with its typography, and “(in French)” if it is not in the reader's language."""
    value = typographic(text.value, text.language)
    if not text or text.language == language:
        return value
    note = _("(in French)") if text.language == "fr" else _("(in English)")
    return f"{value} {note}"


def _practice(revision: Revision, language: str) -> Entry:
    practice: Practice = revision.practice
    title = revision.text("title", language)
    return Entry(
        key=f"practice/{practice.pk}",
        title=short_text(title, language),
        content=_recorded(revision.number == 1, revision.date_in_words, language)
        + _html(revision.text("summary", language))
        + _byline(revision.origin, practice.city, language),
        language=title.language,
        link=absolute_url(practice.get_absolute_url()),
        city=practice.city,
        published=cast(dt.datetime, revision.first_published_at),  # a CHECK makes sure that a live revision has both
        updated=cast(dt.datetime, revision.published_at),
        commitments=[_short(commitment, language) for commitment in revision.commitments.all()],
        origin=revision.origin,
    )


def _pledge(pledge: Pledge, language: str) -> Entry:
    title = pledge.text("title", language)
    named = short_text(title, language)
    published_at = cast(dt.datetime, pledge.published_at)  # only public ones are read
    return Entry(
        key=f"pledge/{pledge.pk}",
        title=_("Action already taken: %(title)s") % {"title": named} if pledge.is_prior else named,
        content=_recorded(pledge.updated_at - published_at < A_MOMENT, pledge.date_in_words, language)
        + (_html(pledge.text("description", language)) or escape(named)),
        language=title.language,
        link=absolute_url(pledge.get_absolute_url()),
        city=pledge.city,
        updated=pledge.updated_at,
        published=published_at,
        commitments=[_short(pledge.commitment, language)],
        origin=pledge.origin,
    )


def _update(update: ProgressUpdate, language: str) -> Entry:
    pledge, text = update.pledge, text_of(update, "what_changed", language)
    params = {"pledge": short_text(pledge.text("title", language), language), "status": update.get_status_display()}
    return Entry(
        key=f"update/{update.pk}",
        title=_("Progress: %(pledge)s (%(status)s)") % params,
        content=_html(text),
        language=text.language,
        link=absolute_url(pledge.get_absolute_url()),
        city=pledge.city,
        updated=update.created_at,
        published=update.created_at,
        commitments=[_short(pledge.commitment, language)],
    )


def _short(commitment: Commitment, language: str) -> str:
    return commitment.text("short", language).value


def _recorded(is_new: bool, dated: str, language: str) -> str:
    """“Newly recorded. Announced: January 2019”, since an entry of today may be about something old."""
    words = _("Newly recorded") if is_new else _("Changed")
    return format_html('<p lang="{}">{}. {}</p>', language, words, dated)


def _byline(origin: Origin, city: City, language: str) -> str:
    return format_html('<p lang="{}">{}</p>', language, byline(origin, city.text("name", language).value))


def _html(text: Text) -> str:
    """Safe HTML in an element that names its language: many feed readers ignore `xml:lang`."""
    if not text:
        return ""
    html = markdown.to_html(text.value, language=text.language, lines=True)
    return format_html('<div lang="{}">{}</div>', text.language, html)

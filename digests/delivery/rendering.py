"""The mail of an issue: rendered once for all readers of one language and set of topics, then filled in for each."""

import time
from functools import cache
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils.translation import override

from digests.bounces import webhooks
from digests.issues.contents import Contents, get_contents, read_entries, read_state
from digests.issues.entries import NewsEntry
from digests.models import Delivery, Issue
from scn_portal.base import mail, markdown, signed_links
from scn_portal.base.links import absolute_url
from scn_portal.base.mail import bulk

# The seconds after which no mail has a text that was taken down.
CACHE_SECONDS = 1.0
# A template has some tens of kilobytes.
MAX_TEMPLATES = 200
# The entries, in each language, of the issue that is being sent and of a late one.
MAX_TOLD = 4


class TemplateCache:
    """The mails of issues, for one run of the sender. None is older than CACHE_SECONDS.

    Once a second one query asks whether the news has changed; only then are mails rendered again. Rendering every mail
    would be thirty times slower, and running that query for every mail five times (docs/measurements.md). The entries
    are read once for all topics, since reading them is two thirds of the work of rendering.
    """

    def __init__(self) -> None:
        self._states: dict[tuple[int, int], tuple[float, list]] = {}
        self._templates: dict[tuple, tuple[list, bulk.BulkTemplate | None]] = {}
        self._told: dict[tuple[int, int, str], tuple[list, list[NewsEntry]]] = {}

    def render(self, delivery: Delivery) -> bulk.RenderedMail | None:
        """The mail of `delivery`, ready to send; None if nothing in it is public or for its reader."""
        template = self._template(delivery)
        return fill_template(template, delivery) if template else None

    def _template(self, delivery: Delivery) -> bulk.BulkTemplate | None:
        issue, reader = delivery.issue, delivery.subscription
        after = issue.items_from if reader.last_item_id is None else reader.last_item_id
        state = self._state(issue, after)
        key = (issue.pk, after, reader.language, tuple(reader.topics))
        known_state, template = self._templates.pop(key, (None, None))
        if known_state != state:
            told = self._entries(issue, reader.language, after, state) if reader.topics else None
            template = _render_template(issue, reader.language, after, tuple(reader.topics), told)
        self._templates[key] = (state, template)  # at the end, so that the first one was used least recently
        if len(self._templates) > MAX_TEMPLATES:
            del self._templates[next(iter(self._templates))]
        return template

    def _entries(self, issue: Issue, language: str, after: int, state: list) -> list[NewsEntry]:
        key = (issue.pk, after, language)
        known_state, entries = self._told.pop(key, (None, []))
        if known_state != state:
            entries = read_entries(issue, language, after)
        self._told[key] = (state, entries)
        if len(self._told) > MAX_TOLD:
            del self._told[next(iter(self._told))]
        return entries

    def _state(self, issue: Issue, after: int) -> list:
        read_at, state = self._states.get((issue.pk, after), (float("-inf"), []))
        now = time.monotonic()
        if now - read_at > CACHE_SECONDS:
            state = read_state(issue, after)
            self._states[issue.pk, after] = (now, state)
        return state


def _render_template(
    issue: Issue, language: str, after: int, follows: tuple[str, ...], told: list[NewsEntry] | None
) -> bulk.BulkTemplate | None:
    contents = get_contents(issue, language, last_item_id=after, follows=follows, entries=told)
    return bulk.BulkTemplate(render_issue(issue, contents, language)) if contents else None


def render_text(issue: Issue, contents: Contents, language: str) -> tuple[str, str]:
    """The subject and the plain text of the mail of `issue`, for the staff to read."""
    return mail.plain("digest", language=language, context=_context_of(issue, contents, language))


def _context_of(issue: Issue, contents: Contents, language: str) -> dict:
    return {
        "issue": issue,
        "contents": contents,
        "introduction_html": markdown.to_html(contents.introduction.value, language=contents.introduction.language),
        "address": bulk.PLACEHOLDERS["address"],
        "unsubscribe_link": bulk.PLACEHOLDERS["unsubscribe"],
        "preferences_link": bulk.PLACEHOLDERS["preferences"],
        "web_link": _web_link(issue, language),
    }


def render_issue(issue: Issue, contents: Contents, language: str) -> EmailMultiAlternatives:
    """The mail of `issue` with placeholders for the values of each reader."""
    context = _context_of(issue, contents, language)
    headers = {
        "Message-ID": bulk.PLACEHOLDERS["message_id"],
        "List-Id": f"Strong Cities Network <newsletter.{urlsplit(settings.SITE_URL).hostname}>",
        "List-Unsubscribe": f"<{context['unsubscribe_link']}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    } | webhooks.headers(settings.MAIL_PROVIDER, bulk.PLACEHOLDERS["message_id"])
    to = [bulk.PLACEHOLDERS["address"]]
    return mail.compose("digest", to=to, language=language, context=context, headers=headers)


def _web_link(issue: Issue, language: str) -> str:
    if issue.pk is None:  # a preview has no page
        return ""
    with override(language):
        return absolute_url(issue.get_absolute_url())


def fill_template(template: bulk.BulkTemplate, delivery: Delivery) -> bulk.RenderedMail:
    reader = delivery.subscription
    values = {
        "address": reader.email,
        "unsubscribe": _signed_link("newsletter_unsubscribe", reader.UNSUBSCRIBE, reader),
        "preferences": _signed_link("newsletter_preferences", reader.PREFERENCES, reader),
        "message_id": delivery.message_id,
    }
    return template.fill(values)


def _signed_link(page: str, salt: str, reader) -> str:
    token = signed_links.sign(reader.pk, salt=salt)
    return _link_pattern(page, reader.language, settings.SITE_URL).replace("TOKEN", token)


@cache  # without it a worker sends a tenth less
def _link_pattern(page: str, language: str, site: str) -> str:
    with override(language):
        return site + reverse(page, args=["TOKEN"])

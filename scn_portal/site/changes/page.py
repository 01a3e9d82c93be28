"""The page of what changed, and its Atom feed."""

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from scn_portal.base.fragments import when_shown
from scn_portal.base.http.public import public_page
from scn_portal.base.links import absolute_url
from scn_portal.base.lists import named, page_or_404, query_of, version_of_page
from scn_portal.base.models import PublicRecord
from scn_portal.base.partial_dates import written_out
from scn_portal.site.changes.changes import Changes, InOrder
from scn_portal.site.changes.kinds import KINDS, Change
from scn_portal.site.sharing.feeds import atom_feed
from scn_portal.site.sharing.news import Entry, short_text

CHANGES_PER_PAGE = 50


@public_page("kind", "page", "after", "before")
def changes(request):
    """The public changes, the newest first; only those of `kind`, if it is a kind."""
    context = {"page_version": version_of_page(request)} | when_shown(partial(_shown, request), *SHOWN)
    return render(request, "site/changes/changes.html", context)


SHOWN = ("page", "kind", "heading", "query", "feed_title", "kinds")


def _shown(request: HttpRequest) -> dict[str, Any]:
    """What the page shows, by the names in SHOWN. Raises Http404 if there is no such page."""
    found = Changes(get_language(), request.GET.get("kind", ""))
    page = page_or_404(found, request, per_page=CHANGES_PER_PAGE, keyset=InOrder())
    return {
        "page": page,
        "kind": found.kind,
        "heading": named(_heading(found.kind), page),
        "query": query_of(page, kind=found.kind),
        "feed_title": _heading(found.kind),
        "kinds": _tabs(found),
    }


@public_page("kind")
def changes_feed(request):
    """The newest changes; only those of `kind`, if it is a kind."""
    language = get_language()
    found = Changes(language, request.GET.get("kind", ""))
    query = f"?kind={found.kind}" if found.kind else ""
    entries = [_entry(change, language) for change in found[:CHANGES_PER_PAGE]]
    records = PublicRecord.objects.all()
    return atom_feed(request, _heading(found.kind), reverse("changes"), "changes", entries, records, query)


def _heading(kind: str) -> str:
    return _("What changed: %(kind)s") % {"kind": KINDS[kind].label} if kind else _("What changed")


def _tabs(found: Changes) -> list[tuple[str, str, int, bool]]:
    """All, and each kind: its value, its label, how many changes it has, whether it is the one chosen."""
    counts = {"": sum(found.counts.values())} | found.counts
    labels = {"": _("Everything")} | {name: kind.label for name, kind in KINDS.items()}
    return [(name, str(label), counts[name], name == found.kind) for name, label in labels.items()]


def _entry(change: Change, language: str) -> Entry:
    title, city = short_text(change.title, language), change.city.text("name", language).value
    about = f"{title} ({city})" if title else city
    when = _("%(label)s: %(date)s") % {"label": change.date_label, "date": written_out(change.happened_on)}
    return Entry(
        key=f"change/{change.key}",
        title=_("%(kind)s: %(about)s") % {"kind": change.label, "about": about},
        content=format_html("<p>{}</p>", f"{about} · {when}" if change.happened_on else about),
        language=language,
        link=absolute_url(change.link),
        city=change.city,
        updated=change.recorded_at,
        published=change.recorded_at,
        commitments=[change.commitment.text("short", language).value] if change.commitment else [],
    )


urlpatterns = [
    path(gettext_lazy("changes/"), changes, name="changes"),
    path(gettext_lazy("changes/feed.xml"), changes_feed, name="changes_feed"),
]

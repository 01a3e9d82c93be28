"""Answers 410 for what was public and was taken down: pages, documents, pictures, feeds, badges, and the API.

If nothing is found at a public address, this checks whether something there was taken down: by the staff, who may leave
a sentence, or by its city. One table says which address belongs to what.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commitments.models import Milestone, Pledge, ProgressUpdate, UpdateDocument
from members.models import City
from practices import addresses
from practices.models import Attachment, Practice, Revision
from practices.pictures import SMALL, file_named
from scn_portal.base.api.responses import error_response
from scn_portal.site.desk import takedown
from scn_portal.site.models import Takedown, TakedownKind


@dataclass(frozen=True)
class Gone:
    """Something that was taken down: its kind, when, and the Takedown with the sentence for the public, if the staff
    took it down.

    Without a `kind`, the address itself was given up. The answer does not name the practice, since then its new address
    would lead to the person whom the old one exposed.
    """

    kind: TakedownKind | None
    at: dt.datetime
    taken: Takedown | None

    @property
    def title(self) -> str | Promise:
        return TITLES[self.kind] if self.kind else _("This address is no longer used")

    @property
    def by_staff(self) -> bool:
        return self.taken is not None


TITLES: dict[TakedownKind, str | Promise] = {
    TakedownKind.PRACTICE: _("This practice was taken down"),
    TakedownKind.DOCUMENT: _("This document was taken down"),
    TakedownKind.PICTURE: _("This picture was taken down"),
    TakedownKind.PLEDGE: _("This pledge was taken down"),
    TakedownKind.MILESTONE: _("This milestone was taken down"),
    TakedownKind.UPDATE: _("This progress update was taken down"),
    TakedownKind.CITY: _("This city is not shown for now"),
}


def _gone(kind: TakedownKind, row: Any) -> Gone | None:
    """What was taken down, if `row` was; None if there is no such row, or if it is still shown."""
    since = takedown.KINDS[kind].since(row) if row else None
    return Gone(kind, since, takedown.in_force(takedown.KINDS[kind], row)) if since else None


def _city(slug: str, **_others: str) -> Gone | None:
    return _gone(TakedownKind.CITY, City.objects.filter(slug=slug).first())


def _given_up(slug: str) -> Gone | None:
    address = addresses.retired(slug)
    return Gone(None, address.at, None) if address else None


def _practice(slug: str, **_others: str) -> Gone | None:
    if given_up := _given_up(slug):
        return given_up
    practice = Practice.objects.filter(slug=slug, revisions__published_at__isnull=False).select_related("city").first()
    return _gone(TakedownKind.CITY, practice.city) or _gone(TakedownKind.PRACTICE, practice) if practice else None


def _document(slug: str, key: str, **_others: str) -> Gone | None:
    if given_up := _given_up(slug):
        return given_up
    once_public = Attachment.objects.filter(revision__practice__slug=slug, revision__published_at__isnull=False)
    document = once_public.filter(file__startswith=f"attachments/{key}.").order_by("-pk").first()
    return _practice(slug) or _gone(TakedownKind.DOCUMENT, document) if document else None


def _picture(slug: str, key: str, **_others: str) -> Gone | None:
    if given_up := _given_up(slug):
        return given_up
    once_public = Revision.objects.filter(practice__slug=slug, published_at__isnull=False)
    revision = once_public.filter(picture=file_named(key.removesuffix(SMALL))).order_by("-pk").first()
    return _practice(slug) or _gone(TakedownKind.PICTURE, revision) if revision else None


def _pledge(pk: int, **_others: str) -> Gone | None:
    pledge = Pledge.objects.filter(pk=pk, published_at__isnull=False).select_related("city").first()
    return _gone(TakedownKind.CITY, pledge.city) or _gone(TakedownKind.PLEDGE, pledge) if pledge else None


def _milestone(pk: int, **_others: str) -> Gone | None:
    row = Milestone.objects.filter(pk=pk, pledge__published_at__isnull=False).first()
    return _pledge(row.pledge_id) or _gone(TakedownKind.MILESTONE, row) if row else None


def _update(pk: int, **_others: str) -> Gone | None:
    row = ProgressUpdate.objects.filter(pk=pk, pledge__published_at__isnull=False).first()
    return _pledge(row.pledge_id) or _gone(TakedownKind.UPDATE, row) if row else None


def _update_document(pk: int, key: str, **_others: str) -> Gone | None:
    document = UpdateDocument.objects.filter(pledge=pk, file__startswith=f"updates/{key}.").first()
    return _update(document.update_row_id) if document and document.update_row_id else None


# By the name of the URL; the function gets the arguments of the URL.
ADDRESSES: dict[str, Callable[..., Gone | None]] = {
    "practice_detail": _practice,
    "practice_picture": _practice,
    "practice_pdf": _practice,
    "document": _document,
    "lead_picture": _picture,
    "pledge_detail": _pledge,
    "update_document": _update_document,
    "city_detail": _city,
    "city_picture": _city,
    "city_pdf": _city,
    "city_feed": _city,
    "city_calendar": _city,
    "city_badge": _city,
    "embedded_city": _city,
    "api:practice": _practice,
    "api:pledge": _pledge,
    "api:milestone": _milestone,
    "api:update": _update,
    "api:city": _city,
}


def find(view_name: str, arguments: Mapping[str, Any]) -> Gone | None:
    """What was taken down at this address; None if nothing was there, or if it was not taken down."""
    look = ADDRESSES.get(view_name)
    return look(**arguments) if look else None


class GoneMiddleware:
    """Answers 410 instead of a public 404 for what was taken down. It does not read the session."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        match = request.resolver_match
        if not isinstance(error, Http404) or match is None:
            return None
        gone = find(match.view_name, match.kwargs)
        return render(request, "site/gone.html", {"gone": gone}, status=410) if gone else None


def api_not_found(request: HttpRequest, error: Http404 | type[Http404]) -> HttpResponse:
    """The API's answer if nothing is found: 410 with the date and the sentences in both languages if it was taken down,
    else 404."""
    match = request.resolver_match
    gone = find(match.view_name, match.kwargs) if match else None
    if gone is None:
        return error_response(404, "not_found", "There is nothing at this address.")
    what = "was taken down" if gone.kind else "address was given up"
    said = [f"This {what} on {gone.at.date().isoformat()}."]
    if gone.taken:
        said += filter(None, (gone.taken.sentence_en, gone.taken.sentence_fr))
    return error_response(410, "gone", " ".join(said))

"""Keyset pagination: no row is missed when others are added or changed between two pages.

Rows are ordered by their last change, oldest first. A row that changes meanwhile moves to the end, and comes again.
"""

import datetime as dt
from collections.abc import Callable

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_noop
from ninja import Schema
from pydantic import Field

from scn_portal.base.api.params import ListParams, check_param_names
from scn_portal.base.licence import ATTRIBUTION, LICENCE
from scn_portal.base.links import absolute_url

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)


class ResultPage(Schema):
    """A page of a list."""

    licence: str
    attribution: str
    count: int = Field(description=gettext_noop("How many rows match the filters, on all pages together."))
    next: str | None = Field(description=gettext_noop("The address of the next page; null on the last one."))


def cursor_after(row: Model) -> str:
    """The cursor of the page that begins after `row`."""
    return f"{(row.changed_at - EPOCH) // MICROSECOND:014x}{row.pk:016x}"


def rows_after(rows: QuerySet, cursor: str) -> QuerySet:
    """The `rows` after the one that `cursor` was made of, which need not exist any more."""
    changed_at, pk = EPOCH + int(cursor[:14], 16) * MICROSECOND, int(cursor[14:], 16)
    return rows.filter(Q(changed_at__gt=changed_at) | Q(changed_at=changed_at, pk__gt=pk))


def paginate(request: HttpRequest, rows: QuerySet, params: ListParams, show: Callable[..., dict]) -> dict:
    """The page of `rows` for `params`, each row as returned by `show`. `rows` have a `changed_at`."""
    check_param_names(request.GET, params)
    if params.updated_since:
        rows = rows.filter(changed_at__gte=dt.datetime.combine(params.updated_since, dt.time(), dt.UTC))
    count = rows.order_by().count()
    if params.cursor:
        rows = rows_after(rows, params.cursor)
    fetched = list(rows.order_by("changed_at", "pk")[: params.limit + 1])
    page = fetched[: params.limit]
    following = _address_after(request, page[-1]) if len(fetched) > params.limit else None
    return result_page([show(row) for row in page], count=count, following=following)


def result_page(results: list[dict], *, count: int | None = None, following: str | None = None) -> dict:
    """`results` as a ResultPage; by default the only one."""
    count = len(results) if count is None else count
    return {"licence": LICENCE, "attribution": ATTRIBUTION, "count": count, "next": following, "results": results}


def _address_after(request: HttpRequest, row: Model) -> str:
    query = request.GET.copy()
    query["cursor"] = cursor_after(row)
    return absolute_url(f"{request.path}?{query.urlencode()}")

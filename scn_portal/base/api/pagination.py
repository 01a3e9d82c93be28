"""Pages of a list: in the order of the commits, so that no row is ever missed; search results by relevance.

A row that changes while somebody reads moves to the end, and comes again. See `scn_portal.base.models.PublicRecord`.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_noop
from ninja import Schema
from pydantic import Field

from scn_portal.base.api.params import ListParams, PageParams, check_param_names
from scn_portal.base.licence import ATTRIBUTION, LICENCE
from scn_portal.base.links import absolute_url
from scn_portal.base.search.full_text import Keys
from scn_portal.base.search.scoring import in_order_of


class ResultPage(Schema):
    """A page of a list."""

    licence: str
    attribution: str
    count: int = Field(description=gettext_noop("How many rows match the filters, on all pages together."))
    next: str | None = Field(description=gettext_noop("The address of the next page; null on the last one."))
    resume: str | None = Field(
        None,
        description=gettext_noop(
            "On the last page: the address to ask next time. It gives what was added or changed since, and nothing "
            "else. Null on other pages and for a search."
        ),
    )


def cursor_of(number: int, pk: int = 0) -> str:
    """The cursor of the page that begins after the row with this number and primary key."""
    return f"{number:016x}{pk:016x}"


def read_cursor(cursor: str) -> tuple[int, int]:
    """The number and the primary key that `cursor` was made of; its row need not exist any more."""
    return int(cursor[:16], 16), int(cursor[16:], 16)


def paginate(request: HttpRequest, rows: QuerySet, params: ListParams, show: Callable[..., dict]) -> dict:
    """The page of `rows` for `params`, each row as returned by `show`. `rows` come from `in_commit_order`."""
    rows = changed_since(rows, params)
    return page_of(request, rows, params, show)


def changed_since(rows: QuerySet, params: ListParams) -> QuerySet:
    """The `rows` of which a change became public on the day that `params` names, or later."""
    if not params.updated_since:
        return rows
    return rows.filter(recorded_at__gte=start_of(params.updated_since))


def start_of(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def page_of(request: HttpRequest, rows: QuerySet, params: PageParams, show: Callable[..., dict]) -> dict:
    """The page of `rows`, which have a `commit_number`, for `params`."""
    check_param_names(request.GET, params)
    count = rows.order_by().count()
    if params.cursor:
        number, pk = read_cursor(params.cursor)
        rows = rows.filter(Q(commit_number__gt=number) | Q(commit_number=number, pk__gt=pk))
    fetched = list(rows.order_by("commit_number", "pk")[: params.limit + 1])
    page = fetched[: params.limit]
    last = cursor_of(page[-1].commit_number, page[-1].pk) if page else params.cursor or cursor_of(0)
    onward = _address(request, last)
    has_more = len(fetched) > params.limit
    links = {"following": onward} if has_more else {"resume": onward}
    return result_page([show(row) for row in page], count=count, **links)


def paginate_by_relevance(
    request: HttpRequest,
    rows: QuerySet,
    params: ListParams,
    show: Callable[..., dict],
    keys: Sequence[int],
    partial: Iterable[int] = (),
) -> dict:
    """The page of those of `rows` that have one of `keys`, in the order of the keys. `rows` as for `paginate`.

    `match` of each row says whether it has all of the words, or is one of the `partial` matches.
    """
    check_param_names(request.GET, params)
    rows = changed_since(rows.filter(pk__in=Keys(list(keys))), params)
    count, some = rows.order_by().count(), set(partial)
    first = min(read_cursor(params.cursor)[0], len(keys)) if params.cursor else 0
    found = list(rows.order_by(in_order_of(list(keys)))[first : first + params.limit])
    last = first + len(found)
    results = [show(row) | {"match": _match(row, some)} for row in found]
    return result_page(
        results, count=count, following=_address(request, cursor_of(last)) if found and last < count else None
    )


def _match(row: Model, partial: set[int]) -> str:
    return "some" if row.pk in partial else "all"


MATCH: Any = Field(
    None,
    description=gettext_noop(
        "With “q”: “all” if the row has all of the words, as they are or in related ones; “some” if it only has some of"
        " them. Such rows are added where few have all."
    ),
)


def result_page(
    results: list[dict], *, count: int | None = None, following: str | None = None, resume: str | None = None
) -> dict:
    """`results` as a ResultPage; by default the only one."""
    return {
        "licence": LICENCE,
        "attribution": ATTRIBUTION,
        "count": len(results) if count is None else count,
        "next": following,
        "resume": resume,
        "results": results,
    }


def _address(request: HttpRequest, cursor: str) -> str:
    query = request.GET.copy()
    query["cursor"] = cursor
    return absolute_url(f"{request.path}?{query.urlencode()}")

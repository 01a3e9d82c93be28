"""Pages of a list, in commit order, so that no row is ever missed; search results are in order of relevance.

A row that changes while a client reads the pages moves to the end and is returned again. See
`scn_portal.base.models.PublicRecord`.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_noop
from pydantic import BaseModel, Field

from scn_portal.base.api.params import ListParams, PageParams, check_param_names
from scn_portal.base.licence import ATTRIBUTION, LICENCE
from scn_portal.base.links import absolute_url
from scn_portal.base.models import PublicKind, PublicRecord, in_commit_order
from scn_portal.base.search.full_text import Among
from scn_portal.base.statements import IN_ORDER, fetch
from scn_portal.base.totals import Total, count_up_to

# With more rows, sorting is slower than reading the public records in order until a page is full.
MAX_SORTED = 2_000


class ResultPage(BaseModel):
    """A page of a list."""

    licence: str
    attribution: str
    count: int = Field(
        description=gettext_noop(
            "How many rows match the filters, on all pages together; 10001 where they are more than 10,000."
        )
    )
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


def paginate(
    request: HttpRequest,
    rows: QuerySet,
    params: ListParams,
    show: Callable[..., dict],
    kind: PublicKind,
    key: str = "pk",
    *,
    found: QuerySet | None = None,
    found_key: str = "pk",
) -> dict:
    """The page for `params` of the `rows` that are also in `found`, each row as returned by `show`.

    `found` has the same primary keys and is faster to count and to filter; by default it is `rows`. `kind` and `key`
    are those of `in_commit_order`; `found_key` is the field of `found` that corresponds to `key`.
    """
    check_param_names(request.GET, params)
    if found is None:
        found, found_key, narrowed = rows, key, rows
    else:
        narrowed = rows.filter(pk__in=found.values("pk"))
    total = count_up_to(changed_since(found, params, kind, found_key))
    if total.number <= MAX_SORTED:
        page: Iterable[Model] = _after_cursor(
            in_commit_order(changed_since(narrowed, params, kind, key), kind, key), params
        )
    else:
        page = _read_in_order(in_commit_order(rows, kind, key), key, _records_of(found, found_key, kind), params)
    return _page(request, page, params, show, total)


def changed_since(rows: QuerySet, params: ListParams, kind: PublicKind, key: str = "pk") -> QuerySet:
    """The `rows` with a change that became public on the day `params.updated_since` or later; all `rows` if it is not
    given."""
    if not params.updated_since:
        return rows
    recorded = PublicRecord.objects.filter(kind=kind, key=OuterRef(key), changed_at__gte=start_of(params.updated_since))
    return rows.filter(Exists(recorded))


def start_of(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def page_of(request: HttpRequest, rows: QuerySet, params: PageParams, show: Callable[..., dict]) -> dict:
    """The page of `rows`, which have a `commit_number`, for `params`."""
    check_param_names(request.GET, params)
    return _page(request, _after_cursor(rows, params), params, show, count_up_to(rows))


def _page(
    request: HttpRequest, rows: Iterable[Model], params: PageParams, show: Callable[..., dict], total: Total
) -> dict:
    """The answer with `rows`. One row more than the limit means that there is another page."""
    fetched: list[Any] = list(rows)
    page = fetched[: params.limit]
    last = cursor_of(page[-1].commit_number, page[-1].pk) if page else params.cursor or cursor_of(0)
    onward = _address(request, last)
    has_more = len(fetched) > params.limit
    links = {"following": onward} if has_more else {"resume": onward}
    return result_page([show(row) for row in page], count=_shown_count(total), **links)


def _after_cursor(rows: QuerySet, params: PageParams) -> QuerySet:
    """The rows of the page and one more, sorted by the database."""
    if params.cursor:
        number, pk = read_cursor(params.cursor)
        rows = rows.filter(Q(commit_number__gt=number) | Q(commit_number=number, pk__gt=pk))
    return rows.order_by("commit_number", "pk")[: params.limit + 1]


def _records_of(found: QuerySet, key: str, kind: PublicKind) -> QuerySet:
    """The public records of the rows in `found`, in order."""
    row = QuerySet(found.model, found.query.chain()).order_by().filter(**{key: OuterRef("key")})
    return PublicRecord.objects.filter(Exists(row), kind=kind).order_by("pk")


def _read_in_order(rows: QuerySet, key: str, records: QuerySet, params: ListParams) -> list[Model]:
    """Like `_after_cursor`, for more rows than are sorted: reads `records` in order until the page is full."""
    records = records.filter(pk__gt=read_cursor(params.cursor)[0] if params.cursor else 0)
    if params.updated_since:
        records = records.filter(changed_at__gte=start_of(params.updated_since))
    sql, sql_params = records.values_list("key")[: params.limit + 1].query.get_compiler(rows.db).as_sql()
    keys = [key for (key,) in fetch(rows.db, sql, sql_params, off=IN_ORDER)]
    return sorted(rows.filter(**{f"{key}__in": keys}).order_by(), key=attrgetter("commit_number"))


def _shown_count(total: Total) -> int:
    """The total as the field `count` describes it."""
    return total.number if total.is_exact else total.number + 1


def paginate_by_relevance(
    request: HttpRequest,
    rows: QuerySet,
    params: ListParams,
    show: Callable[..., dict],
    keys: Sequence[int],
    kind: PublicKind,
    key: str = "pk",
    partial: Iterable[int] = (),
    is_narrowed: bool = True,
) -> dict:
    """The page of the `rows` whose primary keys are in `keys`, in the order of `keys`. `kind` and `key` as for
    `paginate`.

    If `is_narrowed` is False, all `keys` must be of `rows`. `match` of each row says whether it has all of the words,
    or is one of the `partial` matches.
    """
    check_param_names(request.GET, params)
    ordered, some = list(keys), set(partial)
    if is_narrowed or params.updated_since:
        rows = changed_since(rows.filter(Among(ordered)), params, kind, key)
        # Sorted here: the database would search thousands of keys for each of thousands of rows.
        left = set(rows.order_by().values_list("pk", flat=True))
        ordered = [key for key in keys if key in left]
    count, first = len(ordered), min(read_cursor(params.cursor)[0], len(keys)) if params.cursor else 0
    page = {key: place for place, key in enumerate(ordered[first : first + params.limit])}
    found = sorted(rows.filter(pk__in=list(page)), key=lambda row: page[row.pk])
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

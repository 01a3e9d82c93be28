"""What a dataset is: columns, rows, keys, and when its content was published and changed."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db.models import CharField, Count, F, Max, Min, QuerySet, Value
from django.db.models.functions import Cast, NullIf
from django.http import QueryDict

from members.models import City
from scn_portal.base.models import PublicKind
from scn_portal.site.downloads.columns import Column, Words

# The version of the columns of all files: docs/api.md says when it changes.
SCHEMA_VERSION = "1.2.0"

FORMATS = ("csv", "xlsx", "json", "geojson")
Point = tuple[float, float]


@dataclass(frozen=True)
class Rows:
    """The rows of a download, and the filters that were understood as a query string."""

    rows: QuerySet
    query: str = ""


@dataclass(frozen=True)
class ForeignKey:
    """`column` of a dataset holds a value of `of` in `dataset`."""

    column: str
    dataset: str
    of: str


@dataclass(frozen=True)
class Content:
    """How many rows a dataset has, and the first and last moment and date in it; None where nothing is known."""

    rows: int
    published_at: dt.datetime | None
    modified_at: dt.datetime | None
    since: str | None
    until: str | None

    def as_json(self) -> dict[str, Any]:
        moments = {name: getattr(self, name) for name in ("published_at", "modified_at")}
        return asdict(self) | {name: moment and moment.isoformat() for name, moment in moments.items()}

    @classmethod
    def told(cls, content: dict[str, Any]) -> "Content":
        """What `as_json` gave."""
        moments = {name: content[name] for name in ("published_at", "modified_at")}
        return cls(
            **content | {name: dt.datetime.fromisoformat(each) if each else None for name, each in moments.items()}
        )


@dataclass(frozen=True)
class Dataset:
    """A dataset to download.

    `read` takes the query string of its list page and a language. `whole` gives the rows of the package, where these
    are more than `read` gives without filters. `city` gives the city of a row, for the map, and None where rows have
    none. `page` names its list page. `published`, `modified` and `period` are lookups to the moments of a row and to
    the date that it is about. `records` are the kinds of rows that the file tells of.
    """

    name: str
    title: Words
    description: Words
    columns: tuple[Column, ...]
    read: Callable[[QueryDict, str], Rows]
    key: tuple[str, ...]
    page: str
    foreign_keys: tuple[ForeignKey, ...] = ()
    whole: Callable[[], QuerySet] | None = None
    city: Callable[[Any], City] | None = field(default=lambda row: row.city)
    published: str = ""
    modified: str = ""
    period: str = ""
    records: tuple[PublicKind, ...] = ()

    @property
    def formats(self) -> tuple[str, ...]:
        return FORMATS if self.city else FORMATS[:3]

    def point(self, row: Any) -> Point | None:
        """The longitude and latitude of the city of `row`, or None."""
        city = self.city(row) if self.city else None
        if city is None or city.latitude is None or city.longitude is None:
            return None
        return (city.longitude, city.latitude)

    def all_rows(self) -> QuerySet:
        """The rows without any filter, as the package has them."""
        return self.whole() if self.whole else self.read(QueryDict(), "en").rows

    def content(self, last_changes: Mapping[str, dt.datetime]) -> Content:
        """What the rows are now: one query. `last_changes` is when a row of each kind last changed or was removed.

        Of the rows alone, the last change would go backwards when the newest of them is removed.
        """
        moments = {name: lookup for name, lookup in (("first", self.published), ("last", self.modified)) if lookup}
        found = self.all_rows().aggregate(
            rows=Count("pk"),
            **{name: (Min if name == "first" else Max)(lookup) for name, lookup in moments.items()},
            **(_period(self.period) if self.period else {}),
        )
        changes = [found.get("last"), *(last_changes.get(kind) for kind in self.records)]
        modified = max(filter(None, changes), default=None)
        return Content(found["rows"], found.get("first"), modified, found.get("since"), found.get("until"))


def _period(lookup: str) -> dict[str, Min | Max]:
    """The first and the last of the dates `lookup`, which may be partial: as texts, which sort by date."""
    date = NullIf(Cast(F(lookup), CharField()), Value(""))
    return {"since": Min(date), "until": Max(date)}

"""Tiles of bounded size, for a map with more cities than fit into one answer.

The tiles are those of common web maps, 512 pixels across: one for the world at zoom 0, and four in place of each at the
next zoom. A tile is divided into cells. The cities of a cell are counted; a city that is alone in its cell is given in
full.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, F, Max, Min, Q, QuerySet
from django.http import QueryDict

from members.models import City

MAX_ZOOM = 7
CELLS = 8  # across and down
GRID_BITS = 16  # of `map_x` and `map_y`
MAX_TOLD = 100  # the most cities of a tile at the last zoom that are given one by one

# A city with a pledge or a practice, which the ring of a cluster counts.
IS_ACTIVE = Q(record__pledge_count__gt=0) | Q(record__practice_count__gt=0)


@dataclass(frozen=True)
class Cluster:
    """Several cities of a cell, at their average position. The box is west, south, east, north."""

    cities: int
    active: int
    longitude: float
    latitude: float
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class Tile:
    """A tile of the map: columns from the west, rows from the north."""

    zoom: int
    column: int
    row: int

    @classmethod
    def asked(cls, params: QueryDict) -> "Tile | None":
        """The tile that `z`, `x` and `y` name, or None if none of them is given. Raises ValueError if there is no such
        tile."""
        if not any(name in params for name in "zxy"):
            return None
        zoom, column, row = (_number(params.get(name, "")) for name in "zxy")
        if zoom > MAX_ZOOM or max(column, row) >= 2**zoom:
            raise ValueError("no such tile")
        return cls(zoom, column, row)

    def of(self, cities: QuerySet[City]) -> tuple[QuerySet[City], list[Cluster]]:
        """The `cities` that the tile gives one by one, and its clusters. One query, or two at the last zoom, and one
        for the cities."""
        inside = self._inside(cities)
        if self.zoom == MAX_ZOOM and inside[: MAX_TOLD + 1].count() <= MAX_TOLD:
            return inside, []
        cells = list(self._cells(inside))
        alone = [cell["first"] for cell in cells if cell["number"] == 1]
        return cities.filter(pk__in=alone), [_cluster(cell) for cell in cells if cell["number"] > 1]

    def _inside(self, cities: QuerySet[City]) -> QuerySet[City]:
        width = 2 ** (GRID_BITS - self.zoom)
        return cities.filter(
            record__map_x__gte=self.column * width,
            record__map_x__lt=(self.column + 1) * width,
            record__map_y__gte=self.row * width,
            record__map_y__lt=(self.row + 1) * width,
        )

    def _cells(self, inside: QuerySet) -> QuerySet[Any, Any]:
        shift = GRID_BITS - self.zoom - (CELLS.bit_length() - 1)
        return (
            inside.order_by()
            .annotate(column=F("record__map_x").bitrightshift(shift), row=F("record__map_y").bitrightshift(shift))
            .values("column", "row")
            .annotate(
                number=Count("pk"), active=Count("pk", filter=IS_ACTIVE), first=Min("pk"),
                middle_x=Avg("longitude"), middle_y=Avg("latitude"), west=Min("longitude"), south=Min("latitude"),
                east=Max("longitude"), north=Max("latitude"),
            )
            .order_by("row", "column")
        )  # fmt: skip


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 3):
        raise ValueError("no such tile")
    return int(text)


def _cluster(cell: dict) -> Cluster:
    box = (cell["west"], cell["south"], cell["east"], cell["north"])
    return Cluster(cell["number"], cell["active"], cell["middle_x"], cell["middle_y"], box)

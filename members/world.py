"""The drawn map of the world: cities as stations, each of which is a link that is large enough to press.

Cities that are too close together share a station, which shows their number. The map is drawn with two spacings, and
the style sheet shows the one that fits the screen.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from heapq import heappop, heappush
from itertools import product
from typing import NamedTuple

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext
from django_countries import countries

from members.geography import Point, equal_earth
from members.membership_counts import membership_in_words
from members.models import City, CityQuerySet
from scn_portal.base.facet_options import sort_key

STATION_PIXELS = 24  # the width and height that can be pressed
# The least width of the map in pixels with each spacing: on a wide screen, and on a phone.
LAYERS = {"wide": 570, "narrow": 288}
# The world without Antarctica, in units of the map.
LEFT, TOP, RIGHT, BOTTOM = -271, -131, 271, 109
MARGIN, LEAST_WIDTH = 24, 300


@dataclass(frozen=True)
class Arc:
    """The part of a ring for one status: its length and its start, in hundredths of the ring, as values for SVG."""

    status: str
    length: str
    start: str


class Placed(NamedTuple):
    """A city as a row of the database: for thousands of cities, creating objects would take most of the time."""

    id: int
    slug: str
    name_fr: str | None
    name_en: str | None
    country: str
    status: str
    longitude: float
    latitude: float

    def city(self) -> City:
        """The city, with only these fields loaded."""
        # In the order of the fields of the model, which `from_db` expects.
        names = [field.attname for field in City._meta.concrete_fields if field.attname in self._fields]
        return City.from_db(None, names, [getattr(self, name) for name in names])


@dataclass(frozen=True)
class Station:
    """One city, or several that are close together, at a point of the map."""

    cities: tuple[Placed, ...]
    point: Point

    @property
    def at(self) -> str:
        """The point, as SVG writes it."""
        return f"{self.point[0]:.1f} {self.point[1]:.1f}"

    @cached_property
    def city(self) -> City | None:
        """The city, with the fields of `Placed`; None if there are several."""
        return self.cities[0].city() if len(self.cities) == 1 else None

    @property
    def url(self) -> str:
        """The page of the city; for several, the list of the cities of their countries."""
        if self.city:
            return self.city.get_absolute_url()
        return f"{reverse('city_list')}?{urlencode({'country': self._countries.values()}, doseq=True)}"

    @property
    def label(self) -> str:
        """Such as “Denver, United States · Member” or “2 members, 1 applicant. See all cities: Albania, Kosovo”."""
        if self.city:
            name = self.city.text("name", get_language()).value
            return f"{name}, {self.city.country.name} · {self.city.get_status_display()}"
        words = {"membership": membership_in_words(self._statuses), "countries": ", ".join(self._countries)}
        return gettext("%(membership)s. See all cities: %(countries)s") % words

    @property
    def arcs(self) -> list[Arc]:
        """The ring around the number, by status."""
        found, start = [], 0.0
        for status in City.Status:
            length = 100 * self._statuses[status] / len(self.cities)
            found += [Arc(status.value, f"{length:.1f}", f"{-start:.1f}")] if length else []
            start += length
        return found

    @cached_property
    def _statuses(self) -> Counter[str]:
        return Counter(city.status for city in self.cities)

    @cached_property
    def _countries(self) -> dict[str, str]:
        """The codes of the countries by name, in alphabetical order."""
        codes = {city.country for city in self.cities}
        return dict(sorted({countries.name(code): code for code in codes}.items(), key=_by_name))


def _by_name(country: tuple[str, str]) -> str:
    return sort_key(country[0])


@dataclass(frozen=True)
class Frame:
    """The part of the world that is shown: all cities, with room around them."""

    left: float
    top: float
    width: float
    height: float

    def __str__(self) -> str:
        """The value of the attribute `viewBox` of SVG."""
        return f"{self.left:.0f} {self.top:.0f} {self.width:.0f} {self.height:.0f}"


@dataclass(frozen=True)
class Layer:
    """The stations with one spacing. `scale` is the number of map units per pixel on the narrowest map."""

    name: str
    stations: list[Station]
    scale: str


@dataclass(frozen=True)
class World:
    """The part of the world that is shown, the stations with each spacing, and the number of cities."""

    frame: Frame
    layers: list[Layer]
    count: int


def drawn_world(cities: CityQuerySet) -> World:
    """The part of the world with `cities`, whose places are known, and their stations with each spacing. One query."""
    # A plain queryset of Django: the one of a translated model creates a dictionary for each row.
    rows = QuerySet(City, cities.query.chain()).values_list(*Placed._fields)
    placed = [Placed(*row) for row in rows]
    points = _points(tuple((city.longitude, city.latitude) for city in placed))
    frame = _frame(points)
    layers = []
    for name, pixels in LAYERS.items():
        scale = frame.width / pixels
        stations = _stations(placed, points, STATION_PIXELS * scale)
        layers.append(Layer(name, stations, f"{scale:.2f}"))
    return World(frame, layers, len(placed))


@lru_cache(maxsize=2)
def _points(places: tuple[Point, ...]) -> tuple[Point, ...]:
    """`places` as points on the map. Cached, because cities seldom move."""
    return tuple(equal_earth(*place) for place in places)


def _frame(points: Sequence[Point]) -> Frame:
    if not points:
        return Frame(LEFT, TOP, RIGHT - LEFT, BOTTOM - TOP)
    xs, ys = zip(*points, strict=True)
    width = max(LEAST_WIDTH, max(xs) - min(xs) + 2 * MARGIN)
    height = max(width / 2, max(ys) - min(ys) + 2 * MARGIN)
    left, width = _within((max(xs) + min(xs) - width) / 2, width, LEFT, RIGHT)
    top, height = _within((max(ys) + min(ys) - height) / 2, height, TOP, BOTTOM)
    return Frame(left, top, width, height)


def _within(start: float, length: float, least: float, most: float) -> tuple[float, float]:
    """The start and length of the range, moved, and shortened if necessary, to lie between `least` and `most`."""
    length = min(length, most - least)
    return min(max(start, least), most - length), length


def _stations(cities: Sequence[Placed], points: tuple[Point, ...], spacing: float) -> list[Station]:
    """The stations of `cities`, at least `spacing` apart, horizontally or vertically."""
    return [
        Station(tuple(cities[at] for at in group), _middle([points[at] for at in group]))
        for group in _gathered(points, spacing)
    ]


@lru_cache(maxsize=8)
def _gathered(points: tuple[Point, ...], spacing: float) -> list[list[int]]:
    """Groups of positions in `points` that share a station: first by the cells of a grid, then the nearest first.

    Cached, because cities seldom move.
    """
    cells = defaultdict(list)
    for at, (x, y) in enumerate(points):
        cells[2 * x // spacing, 2 * y // spacing].append(at)
    return _Gathering(points, list(cells.values()), spacing).groups()


class _Gathering:
    """Joins the two groups of `points` that are nearest to each other, until no two are nearer than `spacing`.

    Pairs wait in a heap; a pair is skipped if one of its groups has changed meanwhile. A group that changes looks for
    others only in the cells around it, so thousands of cities take only a moment.
    """

    def __init__(self, points: Sequence[Point], groups: list[list[int]], spacing: float):
        self._points, self._spacing = points, spacing
        self._groups, self._middles = dict(enumerate(groups)), {}
        self._turns: Counter[int] = Counter()
        self._cells: dict[tuple[int, int], set[int]] = defaultdict(set)
        self._pairs: list[tuple[float, int, int, int, int]] = []
        for group in self._groups:
            self._place(group)

    def groups(self) -> list[list[int]]:
        """The groups that remain in the end, ordered by their first points."""
        while self._pairs:
            _distance, one, other, *turns = heappop(self._pairs)
            if [self._turns[one], self._turns[other]] == turns:
                self._join(one, other)
        return sorted(self._groups.values())

    def _join(self, one: int, other: int) -> None:
        for group in (one, other):
            self._cells[self._cell(group)].discard(group)
            self._turns[group] += 1
        self._groups[one] = sorted(self._groups[one] + self._groups.pop(other))
        self._place(one)

    def _place(self, group: int) -> None:
        x, y = self._middles[group] = _middle([self._points[at] for at in self._groups[group]])
        column, row = self._cell(group)
        for cell in product((column - 1, column, column + 1), (row - 1, row, row + 1)):
            for near in self._cells.get(cell, ()):
                distance = max(abs(self._middles[near][0] - x), abs(self._middles[near][1] - y))
                if distance < self._spacing:
                    one, other = sorted((group, near))
                    heappush(self._pairs, (distance, one, other, self._turns[one], self._turns[other]))
        self._cells[column, row].add(group)

    def _cell(self, group: int) -> tuple[int, int]:
        x, y = self._middles[group]
        return int(x // self._spacing), int(y // self._spacing)


def _middle(points: Sequence[Point]) -> Point:
    xs, ys = zip(*points, strict=True)
    return sum(xs) / len(xs), sum(ys) / len(ys)

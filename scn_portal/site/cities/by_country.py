"""Cities in the order of their countries, a page at a time. The database does not know the names of the countries."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, overload

from django.contrib.postgres.fields import ArrayField
from django.db.models import Count, Func, IntegerField, QuerySet, TextField, Value
from django.db.models.functions import Cast

from members.facets import country_names
from members.models import City


class CitiesByCountry(Sequence[City]):
    """`cities` by the name of their country in `language`, then by their own.

    One query counts the cities of each country, and `kept` may keep its result. So a page is read only from the few
    countries that it shows.
    """

    def __init__(
        self, cities: QuerySet[City], language: str, kept: Callable[[Callable[[], Any]], Any] = lambda count: count()
    ):
        self._cities, self._language, self._kept = cities, language, kept

    def __len__(self) -> int:
        return sum(count for _code, count in self._counts)

    @overload
    def __getitem__(self, place: int) -> City: ...
    @overload
    def __getitem__(self, place: slice) -> list[City]: ...
    def __getitem__(self, place):
        if isinstance(place, slice):
            start, stop, _step = place.indices(len(self))
            return self._between(start, stop)
        return self._between(place, place + 1)[0]

    @cached_property
    def _counts(self) -> list[tuple[str, int]]:
        """The countries by name, with their numbers of cities."""
        counts = self._kept(self._count)
        return [(code, counts[code]) for code in country_names(self._language) if code in counts]

    def _count(self) -> dict[str, int]:
        found = self._cities.order_by().values_list("country").annotate(Count("pk"))
        return {str(code): count for code, count in found}

    def _between(self, start: int, stop: int) -> list[City]:
        shown, skipped, passed = [], 0, 0
        for code, count in self._counts:
            if passed + count <= start:
                skipped = passed + count
            elif passed < stop:
                shown.append(code)
            passed += count
        place = Func(
            Value(shown, ArrayField(TextField())),
            Cast("country", TextField()),
            function="array_position",
            output_field=IntegerField(),
        )
        rows = self._cities.filter(country__in=shown).order_by(place, f"record__name_key_{self._language}", "pk")
        return list(rows[start - skipped : stop - skipped]) if shown else []

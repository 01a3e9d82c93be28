"""The options of a facet as a page shows them: in which order, how many of them, which are folded away."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.text import slugify


@dataclass(frozen=True)
class Option:
    """A value of a facet: its label, the number of rows that it would leave (None: not known), whether it is chosen.

    `without` is the query string with this value taken away; "" where it is not chosen.
    """

    value: str
    label: str
    count: int | None
    chosen: bool
    without: str


# Of more values than FOLDED_ABOVE, a page shows the first SHOWN_FIRST, those chosen, and the others on demand: never
# a button that brings one or two. Among more than SEARCHED_ABOVE, a reader may search.
SHOWN_FIRST, FOLDED_ABOVE, SEARCHED_ABOVE = 6, 8, 12
# Of more values than this, such as thousands of cities, a page offers the most frequent, and those chosen: all of them
# would be a megabyte, and nobody would read it. Every country has room.
MAX_OFFERED = 250


@dataclass(frozen=True)
class FacetOptions:
    """A facet as shown on a page: the values that would leave a row, and the chosen ones.

    `is_cut` says that more values would leave a row than the MAX_OFFERED most frequent.
    """

    name: str
    label: str | Promise
    options: list[Option]
    is_cut: bool = False

    @property
    def chosen(self) -> list[Option]:
        return [option for option in self.options if option.chosen]

    @property
    def shown_first(self) -> int:
        """How many options are shown before the reader asks for all."""
        return SHOWN_FIRST if self.is_folded else len(self.options)

    @property
    def is_folded(self) -> bool:
        return len(self.options) > FOLDED_ABOVE

    @property
    def is_searched(self) -> bool:
        """Whether there are so many options that a reader may search among them."""
        return len(self.options) > SEARCHED_ABOVE


def sort_labels(names: Mapping[str, str]) -> dict[str, str]:
    """`names` in alphabetical order of the labels."""
    return dict(sorted(names.items(), key=_by_label))


def sort_key(name: str) -> str:
    """A key that sorts “Égypte” between “Danemark” and “Finlande”."""
    return slugify(name)


def most_frequent_first(
    values: list[str], labels: Mapping[str, str], counts: Mapping[str, int | None], most: int
) -> list[str]:
    """`values`, the most frequent first, and where numbers are not known those that `counts` has first.

    They come in alphabetical order, unless there are more than `most`: then as many of them are put into it.
    """
    place = {value: place for place, value in enumerate(counts)}

    def frequency(value: str) -> int:
        number = counts.get(value, 0)
        return place[value] if number is None else -number

    ordered = sorted(values, key=frequency)
    if len(ordered) <= most:
        return ordered
    least = frequency(ordered[most])  # all that are as frequent as the first one left out
    rivals = [value for value in ordered if frequency(value) <= least]
    return sorted(rivals, key=lambda value: (frequency(value), sort_key(str(labels[value]))))


def _by_label(pair: tuple[str, str]) -> str:
    return sort_key(pair[1])

"""The options of a facet as a page shows them: their order, how many there are, and which are folded away."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.text import slugify


@dataclass(frozen=True)
class Option:
    """A value of a facet: its label, the number of rows that it would leave (None if not known), whether it is chosen.

    `without` is the query string without this value; "" if the value is not chosen.
    """

    value: str
    label: str
    count: int | None
    chosen: bool
    without: str


# If there are more than FOLDED_ABOVE values, a page shows the first SHOWN_FIRST and the chosen ones, and the others on
# demand. The two numbers differ, so that the button never brings only one or two. If there are more than
# SEARCHED_ABOVE, a reader can search them.
SHOWN_FIRST, FOLDED_ABOVE, SEARCHED_ABOVE = 6, 8, 12
# If there are more values than this, such as thousands of cities, a page offers the most frequent and the chosen ones:
# all of them would be a megabyte that nobody would read. The number is enough for all countries.
MAX_OFFERED = 250


@dataclass(frozen=True)
class FacetOptions:
    """A facet as shown on a page: the values that would leave a row, and the chosen ones.

    `is_cut` means that more values would leave a row, and only the MAX_OFFERED most frequent are included.
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
        """Whether there are so many options that a reader can search them."""
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
    """`values`, the most frequent first; values of unknown frequency are in the order of `counts`.

    `values` are given in alphabetical order, or in any order if there are more than `most`. In that case at least the
    first `most` are returned, and equally frequent ones are sorted alphabetically.
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

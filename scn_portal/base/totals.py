"""The number of rows of a list: exact, or “more than 10,000”."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.formats import localize, number_format
from django.utils.translation import gettext

# No page counts further than this.
MAX_COUNTED = 10_000


@dataclass(frozen=True)
class Total:
    """A number of rows; if it is not exact, there are more. False if there are none."""

    number: int
    is_exact: bool = True

    def __bool__(self) -> bool:
        return self.number > 0

    def in_words(self) -> str:
        """Such as “12” or “more than 10,000”, in the active language. The noun that follows agrees with `number`."""
        if self.is_exact:
            return str(
                number_format(self.number, force_grouping=True) if self.number >= MAX_COUNTED else localize(self.number)
            )
        return gettext("more than %(number)s") % {"number": number_format(self.number, force_grouping=True)}


def count_up_to(rows: QuerySet, most: int = MAX_COUNTED) -> Total:
    """The number of `rows`. At most one row more than `most` is read."""
    found = rows.order_by()[: most + 1].count()
    return Total(min(found, most), is_exact=found <= most)

"""Narrow copies of rows, in which lists are searched, filtered and counted: the words of both languages, a column for
each facet, and one index per language over words and facets.

For a common word within chosen facets, such an index reads only rows that match both, and the planner has no other plan
to choose. The words are stored out of line (`NARROW`), so that ten times as many rows fit into a page.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.fields.array import ArrayOverlap
from django.contrib.postgres.indexes import GinIndex
from django.db.models import F, Func, Q, TextField, Value

from scn_portal.base.facets import Facet
from scn_portal.base.languages import CODES

TEXTS = ArrayField(TextField())


def singles(columns: Mapping[str, str]) -> Func:
    """The values of single-valued facets, by their text columns, as one array such as “country:KE”: for the index and
    for conditions that should use it."""
    text = TextField()
    named = (
        Func(F(column), template=f"'{name}:' || %(expressions)s", output_field=text) for name, column in columns.items()
    )
    return Func(*named, template="(ARRAY[%(expressions)s])", output_field=ArrayField(TextField()))


def indexes_of_words(name: str, arrays: Sequence[str], columns: Mapping[str, str]) -> list[GinIndex]:
    """An index for each language, over its words, the columns `arrays` and the `singles` of `columns`.

    `fastupdate` is off: few rows are written, and every search would have to read the list of pending entries.
    """
    return [
        GinIndex(F(f"search_{code}"), *map(F, arrays), singles(columns), name=f"{name}_{code}", fastupdate=False)
        for code in CODES
    ]


def narrow(facet: Facet, arrays: Mapping[str, str], columns: Mapping[str, str]) -> Facet:
    """`facet` by the columns of a narrow copy: by an array, or by a column of text with one value."""
    if array := arrays.get(facet.name):
        return replace(facet, value=array, items=True, where=_any_of(array))
    return replace(facet, value=columns[facet.name], where=_one_of(facet.name, columns))


def _any_of(array: str) -> Callable[[list[str]], Q]:
    return lambda values: Q(**{f"{array}__overlap": values})


def _one_of(name: str, columns: Mapping[str, str]) -> Callable[[list[str]], Q]:
    return lambda values: Q(ArrayOverlap(singles(columns), Value([f"{name}:{value}" for value in values], TEXTS)))


def narrowed_sql(table: str, *, kept_in_the_row: Mapping[str, str]) -> str:
    """For migrations: the words apart from the row, the columns named beside it, as PLAIN or MAIN. PostgreSQL would
    else keep short texts in the row, and arrays of long ones apart."""
    columns = ", ".join(f"ALTER COLUMN {column} SET STORAGE {how}" for column, how in kept_in_the_row.items())
    return f"ALTER TABLE {table} SET (toast_tuple_target = 128);\nALTER TABLE {table} {columns};"

"""Finding a part of a word, accents and case ignored, by an index: functions of the database, and the lookup for them.

`unaccent` may not stand in an index, as its dictionary could change; ours name the one that they mean. The migration
`members/0018_plain_text` makes them.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db.models import CharField, F, Field, Func, Lookup, TextField, Value
from django.db.models.functions import Concat


class Plain(Func):
    """A text in small letters without accents."""

    function = "scn_plain"
    output_field = TextField()


class Words(Func):
    """The words of a text in small letters without accents, as an array."""

    function = "scn_words"
    output_field = ArrayField(TextField())


class PlainlyContains(Lookup):
    """`title_fr__plainly="ecole"`: the text contains it, accents and case ignored, as « École ».

    Served by `part_of_words`, from three letters on.
    """

    lookup_name = "plainly"

    def get_prep_lookup(self) -> str:
        escaped = str(self.rhs).replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        return f"%{escaped}%"

    def as_sql(self, compiler, connection):
        column, column_params = self.process_lhs(compiler, connection)
        asked, asked_params = self.process_rhs(compiler, connection)
        return f"scn_plain({column}) LIKE scn_plain({asked})", [*column_params, *asked_params]


def part_of_words(*texts: str | Concat, name: str) -> GinIndex:
    """An index for the lookup `plainly` on `texts`: columns, or several `joined` as one."""
    return GinIndex(*(OpClass(Plain(each), name="gin_trgm_ops") for each in texts), name=name)


def joined(*names: str) -> Concat:
    """The texts of the columns `names` as one, for words without spaces: a text that is looked through is made plain
    once instead of once for each column, which takes most of the time."""
    parts = [part for name in names for part in (Value(" "), F(name))]
    return Concat(*parts[1:], output_field=TextField())


def register() -> None:
    """Teach Django the lookup."""
    fields: tuple[type[Field], ...] = (CharField, TextField)
    for field in fields:
        field.register_lookup(PlainlyContains)

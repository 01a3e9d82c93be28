"""Loading rows from a file: missing rows are added. Existing rows, which staff may have changed, stay as they are
unless `--update` asks for the values of the file."""

import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model


@dataclass(frozen=True)
class Difference:
    """A value that differs from the file: its row, its column, and both values as text."""

    row: str
    column: str
    here: str
    in_file: str

    def __str__(self) -> str:
        here, in_file = (json.dumps(value, ensure_ascii=False) for value in (self.here, self.in_file))
        return f"{self.row}: {self.column}: {here} -> {in_file}"


@dataclass
class Loaded:
    """The result of loading a file. `counts` has a number for each of KINDS; `differences` are those of the rows
    `changed`, or, without `--update`, of the rows `left`."""

    KINDS = ("new", "changed", "left", "removed", "unchanged")

    counts: Counter = field(default_factory=lambda: Counter(dict.fromkeys(Loaded.KINDS, 0)))
    differences: list[Difference] = field(default_factory=list)

    def note(self, kind: str, differences: list[Difference] | None = None) -> None:
        self.counts[kind] += 1
        self.differences += differences or []

    def lines(self, *, update: bool, dry_run: bool) -> Iterator[str]:
        """The output of the command: each old and new value, if it changes them, and the counts."""
        if update:
            yield from map(str, self.differences)
        done = "would be" if dry_run else "are"
        yield ", ".join(
            f"{number} {done} {kind}" for kind, number in self.counts.items() if number or kind in ("new", "changed")
        )
        if not update and self.counts["left"]:
            yield "What is left differs from the file and stays as it is; --update changes it, and says each value."
        if not update and self.counts["removed"]:
            yield "What was removed is not added again; --update adds it."


def add_arguments(parser: ArgumentParser) -> None:
    """Add `--update` and `--dry-run` to a command that loads a file."""
    parser.add_argument("--update", action="store_true", help="also change what differs from the file, and say each")
    parser.add_argument("--dry-run", action="store_true", help="change nothing, and say what would change")


def load_row(model: type[Model], loaded: Loaded, *, known_by: dict, values: dict[str, Any], update: bool) -> Any:
    """The row of `model` that `known_by` identifies, with `values` if it is new or with `update`; noted in `loaded`."""
    row, created = model._default_manager.get_or_create(**known_by, defaults=values)
    if created:
        loaded.note("new")
        return row
    name = " ".join([model._meta.model_name or "", *(str(value) for value in known_by.values())])
    differences = [
        Difference(name, column, str(getattr(row, column)), str(value))
        for column, value in values.items()
        if getattr(row, column) != value
    ]
    if not differences:
        loaded.note("unchanged")
    elif update:
        for column, value in values.items():
            setattr(row, column, value)
        row.save(update_fields=list(values))
        loaded.note("changed", differences)
    else:
        loaded.note("left", differences)
    return row

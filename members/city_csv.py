"""Cities in and out of CSV, in one format: what `export_cities` writes, `import_cities` reads back unchanged.

A file is imported as a whole or not at all.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from django import forms
from django.core.management.base import OutputWrapper
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_countries.fields import Country

from members.models import City, Region
from scn_portal.base.loading import Difference, Loaded, load_row

# Column of the file -> field of the model.
COLUMNS = {
    "geonameid": "geonames_id",
    "name_en": "name_en",
    "name_fr": "name_fr",
    "country": "country",
    "unit_type": "unit_type",
    "region": "region",
    "latitude": "latitude",
    "longitude": "longitude",
    "population": "population",
    "timezone": "time_zone",
    "status": "status",
    "joined": "joined_year",
    "source": "source",
}
NOBODY = Q(pk__in=[])
COLUMN_OF_FIELD = {field: column for column, field in COLUMNS.items()}
# The columns to look at when a constraint over several fields fails, by its violation code.
COLUMN_OF_CONSTRAINT = {"geonames_once": "geonameid", "name_once": "name_en", "globe": "latitude"}


@dataclass(frozen=True)
class Fault:
    """A fault of the file, in a line (1 is the header) and a column ("" for the whole line)."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        place = _("line %(line)d, column %(column)s") if self.column else _("line %(line)d")
        return f"{place % {'line': self.line, 'column': self.column}}: {self.reason}"


class ImportFaults(Exception):
    """The file was refused, and nothing was imported."""

    def __init__(self, faults: list[Fault]):
        super().__init__(_("%(count)d faults") % {"count": len(faults)})
        self.faults = faults


class CityRowForm(forms.ModelForm):
    """One line of the file, with the same checks as any other way of saving a city."""

    region = forms.ModelChoiceField(
        Region.objects,
        to_field_name="slug",
        error_messages={"invalid_choice": gettext_lazy("“%(value)s” is not a region of the network.")},
    )

    class Meta:
        model = City
        fields = list(COLUMNS.values())

    def __init__(self, *args, is_to_be_saved: bool = True, **kwargs):
        super().__init__(*args, **kwargs)
        self.is_to_be_saved = is_to_be_saved
        self.fields["country"].error_messages["invalid_choice"] = _("“%(value)s” is not a country code of ISO 3166.")
        self.fields["name_en"].required = self.fields["name_fr"].required = True
        for field in self.fields.values():
            field.error_messages["required"] = gettext_lazy("Fill in this cell.")

    def _post_clean(self) -> None:
        """Check no constraints for a line that is not to be saved: it need not fit the other cities, which staff may
        have changed. Asking the database for each constraint would also take most of the time."""
        if not self.is_to_be_saved:
            self.instance.validate_constraints = lambda exclude=None: None
        super()._post_clean()  # type: ignore[misc]  # the stubs leave it out

    def faults(self, line: int) -> list[Fault]:
        faults = []
        for field, errors in self.errors.as_data().items():
            for error in errors:
                column = COLUMN_OF_FIELD.get(field) or COLUMN_OF_CONSTRAINT.get(error.code or "", "")
                faults += [Fault(line, column, reason) for reason in error.messages]
        return faults


def load_regions(loaded: Loaded, *, update: bool) -> None:
    """Add the regions of `members/data/regions.json` that are missing; with `update`, rename the others."""
    for row in json.loads((Path(__file__).parent / "data" / "regions.json").read_text()):
        names = {"name_en": row["name_en"], "name_fr": row["name_fr"]}
        load_row(Region, loaded, known_by={"slug": row["slug"]}, values=names, update=update)


@transaction.atomic
def import_cities(content: bytes, *, update: bool = False) -> Loaded:
    """Add the cities of a CSV file that are missing; with `update`, also change the others to match the file.

    Returns the numbers of cities that are `new`, `changed`, `unchanged`, `left` although they differ, and `removed`:
    these were here before and are not added again. A city is matched by its GeoNames id, else by its country and
    English name, or by an id or name that it had before. Raises ImportFaults with all the faults of the file; then
    nothing is imported.
    """
    loaded = Loaded()
    load_regions(regions := Loaded(), update=update)
    loaded.differences += regions.differences
    faults: list[Fault] = []
    seen: dict[tuple[str, ...], int] = {}
    for line, row in _rows(content):
        if repeated := _repeated(row, line, seen):
            faults.append(repeated)
        else:
            faults += _import_row(row, line, loaded, update=update)
    if faults:
        raise ImportFaults(faults)
    return loaded


def _import_row(row: dict[str, str], line: int, loaded: Loaded, *, update: bool) -> list[Fault]:
    """Save the city of a line, if it is to be saved, and note it in `loaded`. Returns the faults of the line."""
    city = _existing(row) or City()
    is_removed = city._state.adding and not update and _was_here(row)
    is_to_be_saved = update or (city._state.adding and not is_removed)
    before = _cells(city)
    values = {field: row[column] for column, field in COLUMNS.items()}
    form = CityRowForm(values, instance=city, is_to_be_saved=is_to_be_saved)
    if faults := form.faults(line):
        return faults
    after = _cells(city)
    differences = [
        Difference(f"line {line}, {city.name_en}", column, before[column], after[column])
        for column in COLUMNS
        if before[column] != after[column]
    ]
    if is_removed:
        loaded.note("removed")
    elif city._state.adding:
        form.save()
        loaded.note("new")
    elif not differences:
        loaded.note("unchanged")
    elif update:
        form.save()
        loaded.note("changed", differences)
    else:
        loaded.note("left", differences)
    return []


def _rows(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Each line of the file: its number, and its values by column. Raises ImportFaults if the format is wrong."""
    reader = csv.reader(io.StringIO(_decoded(content), newline=""), strict=True)
    line = 1
    try:
        header = next(reader, [])
        if wrong := _header_faults(header):
            raise ImportFaults(wrong)
        line = reader.line_num + 1
        for cells in reader:
            if cells and len(cells) != len(header):
                reason = _("%(found)d cells where the header has %(expected)d.")
                raise ImportFaults([Fault(line, "", reason % {"found": len(cells), "expected": len(header)})])
            if cells:
                yield line, dict(zip(header, cells, strict=True))
            line = reader.line_num + 1
    except csv.Error as error:
        raise ImportFaults([Fault(line, "", str(error))]) from error


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ImportFaults([Fault(line, "", _("The file is not UTF-8 text."))]) from error


def _header_faults(header: list[str]) -> list[Fault]:
    missing = [Fault(1, column, _("This column is missing.")) for column in COLUMNS if column not in header]
    unknown = [Fault(1, column, _("This column is not known.")) for column in header if column not in COLUMNS]
    twice = [Fault(1, column, _("This column is there twice.")) for column, n in Counter(header).items() if n > 1]
    return missing + unknown + twice


def _repeated(row: dict[str, str], line: int, seen: dict[tuple[str, ...], int]) -> Fault | None:
    """The fault of a line that names the same city as an earlier line."""
    keys: set[tuple[str, ...]] = {("name_en", row["country"].strip().upper(), row["name_en"].strip().lower())}
    if row["geonameid"].strip():
        keys.add(("geonameid", row["geonameid"].strip()))
    for key in sorted(keys):
        if key in seen:
            return Fault(line, key[0], _("The same city as line %(line)d.") % {"line": seen[key]})
    seen |= dict.fromkeys(keys, line)
    return None


def _existing(row: dict[str, str]) -> City | None:
    """The city that a line names; None if it does not exist."""
    city, was = City.objects, _events(row)
    for found in (city.filter(_by_id(row)), city.filter(_by_name(row)), city.filter(pk__in=was.values("id"))):
        if existing := found.first():
            return existing
    return None


def _was_here(row: dict[str, str]) -> bool:
    """Whether the city that a line names was here before."""
    return _events(row).exists()


def _events(row: dict[str, str]) -> QuerySet:
    """The history of cities that had the GeoNames id of a line, or its name, unless both have a GeoNames id."""
    by_name = _by_name(row) & Q(geonames_id=None) if row["geonameid"].strip() else _by_name(row)
    return City.pgh_event_model.objects.filter(_by_id(row) | by_name)


def _by_id(row: dict[str, str]) -> Q:
    geonames_id = row["geonameid"].strip()
    return Q(geonames_id=geonames_id) if re.fullmatch(r"[0-9]{1,9}", geonames_id) else NOBODY


def _by_name(row: dict[str, str]) -> Q:
    country, name = row["country"].strip(), row["name_en"].strip()
    return Q(country=country[:2], name_en__iexact=name) if "\0" not in country + name else NOBODY


def export_cities(cities: QuerySet[City], to: TextIO | OutputWrapper) -> None:
    """Write `cities` to `to` as the CSV that `import_cities` reads, by country and English name."""
    writer = csv.DictWriter(to, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for city in sorted(cities.select_related("region"), key=lambda city: (city.country.code, city.name_en)):
        writer.writerow(_cells(city))


def _cells(city: City) -> dict[str, str]:
    """The value of a city in each column; "" for a region that it does not have yet."""
    given = {column: field for column, field in COLUMNS.items() if field != "region" or city.region_id}
    return dict.fromkeys(COLUMNS, "") | {column: _cell(getattr(city, field)) for column, field in given.items()}


def _cell(value) -> str:
    match value:
        case None:
            return ""
        case Region():
            return value.slug
        case Country():
            return value.code
        case _:
            return str(value)

"""Columns of files. The files, datapackage.json and the data dictionary are made from the same columns."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from members.facets import country_names
from members.models import City
from scn_portal.base.licence import ATTRIBUTION, LICENCE
from scn_portal.base.links import absolute_url, path_to
from scn_portal.base.partial_dates import PATTERN

Words = str | Promise
Read = Callable[[Any], Any]
ReadIn = Callable[[Any, str], Any]  # takes a row and a language
Codes = Callable[[str], dict[str, str]]  # takes a language, returns the labels of the codes

IN_LANGUAGE = {"en": _("{what}, in English"), "fr": _("{what}, in French")}


@dataclass(frozen=True)
class Column:
    """A column of a file.

    `key` is its header in every language; `type`, `format` and `pattern` are those of Table Schema, and `items` the
    type of the items of a list. `value` reads it from a row. `codes` gives the label of each code. `example` is written
    as in CSV.
    """

    key: str
    title: Words
    meaning: Words
    example: str
    value: Read
    type: str = "string"
    format: str = ""
    pattern: str = ""
    items: str = ""
    required: bool = False
    codes: Codes | None = None
    language: str = ""  # the language of its texts, if they are in one


def column(key: str, title: Words, meaning: Words, example: str, value: Read | str = "", **more: Any) -> Column:
    """A column whose cells are read by the function `value`, or from the attribute with that name; by default from
    `key`."""
    read = value if callable(value) else attrgetter(value or key)
    return Column(key, title, meaning, example, read, **more)


def address(key: str, title: Words, meaning: Words, example: str, value: Read | str = "") -> Column:
    """A column for the address of a page."""
    return column(key, title, meaning, example, value, format="uri")


def addresses(key: str, title: Words, meaning: Words, example: str) -> Column:
    """A column for a list of addresses."""
    return column(key, title, meaning, example, type="list", items="string")


def date(key: str, title: Words, meaning: Words, example: str, value: Read | str = "") -> Column:
    """A column for a day."""
    return column(key, title, meaning, example, value, type="date")


def moment(key: str, title: Words, meaning: Words, example: str, value: Read | str = "") -> Column:
    """A column for a moment, in UTC."""
    return column(key, title, meaning, example, value, type="datetime")


def partial_date(key: str, title: Words, meaning: Words, example: str, value: Read | str = "") -> Column:
    """A column for a date that may be a year or a month only."""
    return column(key, title, meaning, example, value, pattern=PATTERN)


def number(key: str, title: Words, meaning: Words, example: str, value: Read | str = "", **more: Any) -> Column:
    """A column for a whole number."""
    return column(key, title, meaning, example, value, type="integer", **more)


def translated(key: str, title: Words, meaning: Words, examples: tuple[str, str], value: ReadIn | None = None) -> tuple:
    """A column in each language, `title_en` and `title_fr`, with their `examples` in this order."""
    read = value or (lambda row, language: getattr(row, f"{key}_{language}"))

    def in_language(language: str, example: str) -> Column:
        words = format_lazy(IN_LANGUAGE[language], what=title)
        return Column(f"{key}_{language}", words, meaning, example, lambda row: read(row, language), language=language)

    return in_language("en", examples[0]), in_language("fr", examples[1])


def coded(
    key: str, title: Words, meaning: Words, examples: tuple[str, str, str], codes: Codes, value: Read | str = "",
    *, many: bool = False, listed: bool = True, label_key: str = "", **more: Any,
) -> tuple[Column, ...]:  # fmt: skip
    """A column for a code, or for a list of codes, and its label in each language.

    `examples` are a code, its English and its French label. The dictionary lists the codes if `listed` is true.
    """
    read = value if callable(value) else attrgetter(value or key)
    kind = {"type": "list", "items": "string"} if many else {}
    of_the_code = column(key, title, meaning, examples[0], read, codes=codes if listed else None, **kind, **more)
    labels = translated(label_key or key, title, _("The name of the code."), examples[1:], _named(codes, read))
    return (of_the_code, *labels)


def _named(codes: Codes, read: Read) -> ReadIn:
    def named(row: Any, language: str) -> Any:
        code, labels = read(row), labels_of(codes, language)
        return [labels.get(item, item) for item in code] if isinstance(code, list) else labels.get(code, code)

    return named


@cache
def labels_of(codes: Codes, language: str) -> dict[str, str]:
    """The labels of `codes`. They are cached, since they change only with the code of the portal."""
    return codes(language)


# --- What several files have -----------------------------------------------------------------------------------------


def city_columns(city: Callable[[Any], City], *, required: bool = True) -> tuple[Column, ...]:
    """The columns that identify the city of a row."""
    return (
        column("city_slug", _("City"), _("The code of the city, as in its address."), "montreal",
               lambda row: city(row).slug, required=required),
        *translated("city_name", _("Name of the city"),
                    _("Where a city has no name of its own in a language, the local one."), ("Montréal", "Montréal"),
                    lambda row, language: getattr(city(row), f"name_{language}")),
        *coded("country_code", _("Country"), _("ISO 3166-1, two letters; XK for Kosovo."), ("CA", "Canada", "Canada"),
               country_names, lambda row: city(row).country.code, listed=False, label_key="country"),
        column("region_slug", _("Region"), _("The code of the network’s region."), "north-america",
               lambda row: city(row).region.slug),
        *translated("region", _("Region"), _("One of the regions that the network groups its cities by."),
                    ("North America", "Amérique du Nord"),
                    lambda row, language: getattr(city(row).region, f"name_{language}")),
    )  # fmt: skip


def commitment_columns(commitment: Callable[[Any], Any]) -> tuple[Column, ...]:
    """The columns that identify the commitment of a row."""
    return (
        number("commitment_number", _("Commitment"), _("The number of the commitment of the Declaration, 1 to 7."), "4",
               lambda row: commitment(row).number, required=True),
        *translated("commitment", _("Commitment"), _("The short name of the commitment."),
                    ("Local strategies", "Stratégies locales"),
                    lambda row, language: getattr(commitment(row), f"short_{language}")),
    )  # fmt: skip


def page_columns(name: str, example: tuple[str, str], argument: Read) -> tuple[Column, ...]:
    """The address of the page about a row, in each language. `argument` returns the argument of the URL `name`."""
    return tuple(
        address(
            f"page_{language}",
            format_lazy(IN_LANGUAGE[language], what=_("Page")),
            _("The page of the portal about it."),
            f"https://portal.example{path}",
            _page(name, language, argument),
        )
        for language, path in zip(("en", "fr"), example, strict=True)
    )


def _page(name: str, language: str, argument: Read) -> Read:
    return lambda row: absolute_url(path_to(name, argument(row), language=language))


LICENCE_COLUMNS = (
    address("licence", _("Licence"), _("The licence of the row: Creative Commons Attribution 4.0."), LICENCE,
            lambda row: LICENCE),
    column("attribution", _("Attribution"), _("Whom to name as the source."), ATTRIBUTION, lambda row: ATTRIBUTION),
)  # fmt: skip

"""The data dictionary: every file and every column, as a page."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from scn_portal.base.fragments import when_shown
from scn_portal.base.http.public import public_page
from scn_portal.base.partial_dates import PATTERN
from scn_portal.site import whole_network
from scn_portal.site.downloads.columns import Column, Words, labels_of
from scn_portal.site.downloads.dataset import SCHEMA_VERSION, Content, Dataset
from scn_portal.site.downloads.datasets import DATASETS, contents, last_change
from scn_portal.site.downloads.search_engines import data_catalogue
from scn_portal.site.downloads.views import MEDIA_TYPES
from scn_portal.site.sharing.structured_data import script

KINDS = {
    "string": _("text"),
    "integer": _("whole number"),
    "number": _("number"),
    "boolean": _("true or false"),
    "date": _("date"),
    "datetime": _("date and time, UTC"),
    "list": _("list, joined by “; ”"),
}


@dataclass(frozen=True)
class File:
    """A file of a dataset: its format as people write it, path and media type."""

    format: str
    path: str
    media_type: str


@dataclass(frozen=True)
class Entry:
    """A dataset as the page shows it."""

    dataset: Dataset
    content: Content
    columns: list["Explained"]
    files: list[File]


@dataclass(frozen=True)
class Explained:
    """A column as the page shows it. `codes` are pairs of code and label; `refers_to` is the dataset that has its
    values."""

    column: Column
    kind: Words
    codes: list[tuple[str, str]]
    refers_to: Dataset | None


@public_page()
def data_dictionary(request: HttpRequest) -> HttpResponse:
    """Every dataset with its columns, files and last change. Kept until something public changes."""
    context = {"version": SCHEMA_VERSION, "page_version": whole_network.version(request)}
    context |= when_shown(_described, "entries", "changed", "json_ld")
    return render(request, "site/downloads/dictionary.html", context)


def _described() -> dict[str, Any]:
    found = contents()
    return {
        "entries": [_entry(dataset, found[name]) for name, dataset in DATASETS.items()],
        "changed": last_change(found),
        "json_ld": script(data_catalogue(get_language(), found)),
    }


def files_of(dataset: Dataset) -> list[File]:
    """The files of `dataset`, in the active language."""
    return [
        File(
            format.upper().replace("GEO", "Geo"),
            reverse("download", args=[dataset.name, format]),
            MEDIA_TYPES[format],
        )
        for format in dataset.formats
    ]


def _entry(dataset: Dataset, content: Content) -> Entry:
    referred = {key.column: DATASETS[key.dataset] for key in dataset.foreign_keys}
    columns = [
        Explained(
            column,
            kind_of(column),
            list(labels_of(column.codes, get_language()).items()) if column.codes else [],
            referred.get(column.key),
        )
        for column in dataset.columns
    ]
    return Entry(dataset, content, columns, files_of(dataset))


def kind_of(column: Column) -> Words:
    """The type of a column in words."""
    if column.format == "uri":
        return _("address")
    return _("year, month or day") if column.pattern == PATTERN else KINDS[column.type]


urlpatterns = [path(_("open-data/dictionary/"), data_dictionary, name="data_dictionary")]

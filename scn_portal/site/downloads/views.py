"""Downloads: the rows of a list page, with its filters, as a file."""

import datetime as dt
import tempfile
from collections.abc import Iterable
from typing import IO, Any, TypeVar

from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.urls import path, reverse
from django.utils.http import parse_http_date
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _

from practices.facets import PRACTICE_FACETS
from scn_portal.base.api.responses import PUBLIC_HEADERS
from scn_portal.base.days import today
from scn_portal.base.http.public import public_page
from scn_portal.base.licence import LICENCE
from scn_portal.base.links import absolute_url, with_query
from scn_portal.base.made_files import asking
from scn_portal.base.made_files.about import About
from scn_portal.base.made_files.answers import not_yet
from scn_portal.base.made_files.delivering import delivered
from scn_portal.base.made_files.making import Work
from scn_portal.base.made_files.wanted import Wanted
from scn_portal.base.strangers import counted_download
from scn_portal.site.cities.filters import CITY_FACETS
from scn_portal.site.downloads.dataset import SCHEMA_VERSION, Dataset
from scn_portal.site.downloads.datasets import DATASETS
from scn_portal.site.downloads.rows import Chunked, few
from scn_portal.site.downloads.tables import Sheet, Table, as_csv, as_geojson, as_json, metadata, write_xlsx
from scn_portal.site.pledges.filters import PLEDGE_LIST_FACETS

Response = TypeVar("Response", bound=HttpResponseBase)

MEDIA_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "geojson": "application/geo+json",
}
CONTENT_TYPES = MEDIA_TYPES | {"csv": "text/csv; charset=utf-8"}
# These are written while they are sent. A spreadsheet is a ZIP, which has to be complete first.
STREAMED = {"csv": as_csv, "json": as_json, "geojson": as_geojson}


@public_page("q", "sort", "all", *CITY_FACETS, *PLEDGE_LIST_FACETS, *PRACTICE_FACETS)
@counted_download()
def download(request: HttpRequest, dataset: str, format: str) -> HttpResponseBase:
    """All rows that the list page of `dataset` would show for the same query string, as a file: written at once if they
    are few, else made by a worker."""
    if dataset not in DATASETS or format not in DATASETS[dataset].formats:
        raise Http404
    described, language = DATASETS[dataset], get_language()
    found = described.read(request.GET, language)
    wanted = table_wanted(dataset, format, found.query, language)
    file = asking.find(wanted)
    if file is None and (rows := few(found.rows)) is not None:
        return _with_headers(
            _at_once(table_of(described, format, found.query, rows), described, format), dataset, format
        )
    made = delivered(request, wanted, file, CONTENT_TYPES[format])
    return _with_headers(made, dataset, format) if made else not_yet(request, wanted)


def _at_once(table: Table, dataset: Dataset, format: str) -> HttpResponseBase:
    if format in STREAMED:
        return StreamingHttpResponse(STREAMED[format](table), content_type=CONTENT_TYPES[format])
    file = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
    write_table(file, table, dataset, format)
    file.seek(0)
    return FileResponse(file, content_type=CONTENT_TYPES[format])


def _with_headers(response: HttpResponseBase, dataset: str, format: str) -> HttpResponseBase:
    """`response` with the headers of every file: its name, its licence, and where its columns are explained."""
    day = today()
    if "Last-Modified" in response.headers:
        day = today(dt.datetime.fromtimestamp(parse_http_date(response["Last-Modified"]), dt.UTC))
    response["Content-Disposition"] = f'attachment; filename="scn-{dataset}-{day}.{format}"'
    described = absolute_url(f"{reverse('data_dictionary')}#{dataset}")
    response["Link"] = f'<{LICENCE}>; rel="license", <{described}>; rel="describedby"'
    return open_to_all(response)


def table_wanted(dataset: str, format: str, query: str, language: str) -> Wanted:
    """The key of a file of rows. The language is part of it, because notes in some formats are in the reader's
    language, and a search for words depends on it."""
    spoken = "en" if format == "csv" and not query else language
    return Wanted("table", format, {"dataset": dataset, "query": query, "language": spoken})


def make_table(parameters: dict[str, str], work: Work) -> None:
    """The function that a worker runs for `table_wanted`."""
    dataset, format = DATASETS[parameters["dataset"]], parameters["format"]
    with override(parameters["language"]):
        found = dataset.read(QueryDict(parameters["query"]), parameters["language"])
        rows = Chunked(found.rows, lambda count: work.say(count / len(rows)))
        write_table(work.file, table_of(dataset, format, found.query, rows), dataset, format)


def write_table(file: IO[bytes], table: Table, dataset: Dataset, format: str) -> None:
    """Write a table to `file` as `format`, row by row."""
    if format == "xlsx":
        write_xlsx(file, table, *notes_on(dataset, table))
    else:
        for chunk in STREAMED[format](table):
            file.write(chunk.encode())


def about_table(parameters: dict[str, str]) -> About:
    """The title of a file of rows, and its address."""
    dataset, format = DATASETS[parameters["dataset"]], parameters["format"]
    title = f"{dataset.title} ({format.upper().replace('GEO', 'Geo')})"
    return About(title, with_query(reverse("download", args=[dataset.name, format]), parameters["query"]))


def open_to_all(response: Response) -> Response:
    """`response` with a header that lets pages of any site read it."""
    for name, value in PUBLIC_HEADERS.items():
        response[name] = value
    return response


def table_of(dataset: Dataset, format: str, query: str, rows: Iterable[Any]) -> Table:
    """The table of `rows` of `dataset`, which `query` filters. Only its notes depend on the active language."""
    address = with_query(reverse("download", args=[dataset.name, format]), query)
    return Table(
        name=dataset.name,
        title=str(dataset.title),
        metadata=metadata(absolute_url(address), schema_version=SCHEMA_VERSION),
        columns=dataset.columns,
        rows=rows,
        point=dataset.point,
    )


def address_of(dataset: str, format: str, language: str = "en") -> str:
    """The path of a file. Its rows are the same in every language."""
    with override(language):
        return reverse("download", args=[dataset, format])


def notes_on(dataset: Dataset, table: Table) -> tuple[Sheet, Sheet]:
    """What a reader of the spreadsheet should know, and what each column means, in the active language."""
    labels = {
        "licence": _("Licence"), "attribution": _("Published by"), "date": _("Date"), "address": _("Address"),
        "schema_version": _("Version of the columns"),
    }  # fmt: skip
    columns = [(column.key, str(column.title), str(column.meaning)) for column in dataset.columns]
    return (
        Sheet(_("About this file"), [(labels[key], value) for key, value in table.metadata.items()]),
        Sheet(_("Columns"), [(_("Column"), _("Title"), _("Meaning")), *columns]),
    )


urlpatterns = [
    path(gettext_lazy("data/<slug:dataset>.<slug:format>"), download, name="download"),
]

"""Downloads: the rows of a list page, with its filters, as a file."""

from typing import TypeVar

from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.urls import path, reverse
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _

from practices.facets import PRACTICE_FACETS
from scn_portal.base.api.responses import PUBLIC_HEADERS
from scn_portal.base.http.public import public_page
from scn_portal.base.licence import LICENCE
from scn_portal.base.links import absolute_url
from scn_portal.base.strangers import counted_download
from scn_portal.site.cities.filters import CITY_FACETS
from scn_portal.site.downloads.dataset import ROWS_PER_CHUNK, SCHEMA_VERSION, Dataset
from scn_portal.site.downloads.datasets import DATASETS
from scn_portal.site.downloads.tables import Sheet, Table, as_csv, as_geojson, as_json, as_xlsx, metadata
from scn_portal.site.pledges.filters import PLEDGE_LIST_FACETS

Response = TypeVar("Response", bound=HttpResponseBase)

MEDIA_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "geojson": "application/geo+json",
}
# Written while they are sent. A spreadsheet is a ZIP, which is whole or nothing.
STREAMED = {"csv": as_csv, "json": as_json, "geojson": as_geojson}


@public_page("q", "sort", "all", *CITY_FACETS, *PLEDGE_LIST_FACETS, *PRACTICE_FACETS)
@counted_download()
def download(request: HttpRequest, dataset: str, format: str) -> HttpResponseBase:
    """All rows that the list page of `dataset` would show for the same query string, as a file."""
    if dataset not in DATASETS or format not in DATASETS[dataset].formats:
        raise Http404
    table, media_type = table_of(DATASETS[dataset], format, request.GET), MEDIA_TYPES[format]
    if format in STREAMED:
        content_type = f"{media_type}; charset=utf-8" if format == "csv" else media_type
        response: HttpResponseBase = StreamingHttpResponse(STREAMED[format](table), content_type=content_type)
    else:
        response = FileResponse(as_xlsx(table, *notes_on(DATASETS[dataset], table)), content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="scn-{dataset}-{table.metadata["date"]}.{format}"'
    described = absolute_url(f"{reverse('data_dictionary')}#{dataset}")
    response["Link"] = f'<{LICENCE}>; rel="license", <{described}>; rel="describedby"'
    return open_to_all(response)


def open_to_all(response: Response) -> Response:
    """`response`, which pages of any site may read."""
    for name, value in PUBLIC_HEADERS.items():
        response[name] = value
    return response


def table_of(dataset: Dataset, format: str, query: QueryDict) -> Table:
    """The table of `dataset` with the filters of `query`, in the active language, whose notes alone depend on it."""
    found = dataset.read(query, get_language())
    address = reverse("download", args=[dataset.name, format]) + (f"?{found.query}" if found.query else "")
    return Table(
        name=dataset.name,
        title=str(dataset.title),
        metadata=metadata(absolute_url(address), schema_version=SCHEMA_VERSION),
        columns=dataset.columns,
        rows=found.rows.iterator(chunk_size=ROWS_PER_CHUNK),
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

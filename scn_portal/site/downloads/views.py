"""Downloads: the rows of a list page, with its filters, as a file."""

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.urls import path, reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from scn_portal.base.api.responses import PUBLIC_HEADERS
from scn_portal.base.http.caching import DATA_CACHE_SECONDS
from scn_portal.base.links import absolute_url
from scn_portal.site.downloads import datasets
from scn_portal.site.downloads.datasets import DATASETS
from scn_portal.site.downloads.tables import Table, as_csv, as_geojson, as_json, as_xlsx, metadata

MEDIA_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "geojson": "application/geo+json",
}
# Written while they are sent. A spreadsheet is a ZIP, which is whole or nothing.
STREAMED = {"csv": as_csv, "json": as_json, "geojson": as_geojson}


def every_file() -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Every dataset without filters: [(title, [(format, path, media type)])], in the active language."""
    return [
        (
            str(dataset.title),
            [
                (format.upper().replace("GEO", "Geo"), reverse("download", args=[name, format]), media_type)
                for format, media_type in MEDIA_TYPES.items()
            ],
        )
        for name, dataset in DATASETS.items()
    ]


@require_safe
@login_not_required
def download(request: HttpRequest, dataset: str, format: str) -> HttpResponseBase:
    """All rows that the list page of `dataset` would show for the same query string, as a file."""
    if dataset not in DATASETS or format not in MEDIA_TYPES:
        raise Http404
    table, media_type = table_of(dataset, request, format), MEDIA_TYPES[format]
    if format in STREAMED:
        content_type = f"{media_type}; charset=utf-8" if format == "csv" else media_type
        response: HttpResponseBase = StreamingHttpResponse(STREAMED[format](table), content_type=content_type)
    else:
        response = FileResponse(as_xlsx(table, _("About this file")), content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="scn-{dataset}-{table.metadata_values["date"]}.{format}"'
    patch_cache_control(response, public=True, max_age=DATA_CACHE_SECONDS)
    for name, value in PUBLIC_HEADERS.items():
        response[name] = value
    return response


def table_of(dataset: str, request: HttpRequest, format: str) -> Table:
    """The table of `dataset` for the query string and the language of `request`."""
    data = DATASETS[dataset].read(request.GET, get_language())
    address = reverse("download", args=[dataset, format]) + (f"?{data.query}" if data.query else "")
    labels = {"licence": _("Licence"), "attribution": _("Published by"), "date": _("Date"), "address": _("Address")}
    return Table(
        name=dataset,
        title=str(DATASETS[dataset].title),
        metadata=metadata(absolute_url(address), labels),
        columns=data.columns,
        rows=data.rows.iterator(chunk_size=datasets.ROWS_PER_CHUNK),
        point=data.point,
    )


urlpatterns = [
    path(gettext_lazy("data/<slug:dataset>.<slug:format>"), download, name="download"),
]

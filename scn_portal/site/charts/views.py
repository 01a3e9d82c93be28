"""The page of charts, and each chart as a file."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from scn_portal.base.http.public import public_page
from scn_portal.base.links import absolute_url
from scn_portal.site.charts.bars import FILE_MARGIN, FILE_WIDTH, Bar, bars_of, height_of, sheet_of
from scn_portal.site.charts.figures import CHARTS, Chart
from scn_portal.site.downloads.columns import LICENCE_COLUMNS, Column, column
from scn_portal.site.downloads.tables import Table, as_csv, metadata


@dataclass(frozen=True)
class DrawnChart:
    """A chart with its bars, as templates show it."""

    chart: Chart
    bars: list[Bar]
    height: int
    source: str


def drawn(key: str) -> DrawnChart:
    """The chart with this key, from the current data. Http404 if there is none."""
    if key not in CHARTS:
        raise Http404
    chart = CHARTS[key]()
    date = date_format(timezone.localdate())
    source = _("Source: Strong Cities Network, data of %(date)s. CC BY 4.0.") % {"date": date}
    return DrawnChart(chart, bars_of(chart), height_of(chart), source)


@public_page()
def charts(request: HttpRequest) -> HttpResponse:
    """All charts, each with its table, in five queries."""
    return render(request, "site/charts/charts.html", {"charts": [drawn(key) for key in CHARTS]})


@public_page(own_policy=True)
def chart_svg(request: HttpRequest, key: str) -> HttpResponse:
    """A chart as a self-contained drawing, without scripts or references to other files."""
    shown = drawn(key)
    sheet = {"sheet": sheet_of(shown.chart), "width": FILE_WIDTH, "margin": FILE_MARGIN}
    context = {"shown": shown, "address": absolute_url(reverse("charts"))} | sheet
    response = render(request, "site/charts/chart.svg", context, content_type="image/svg+xml; charset=utf-8")
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    response["Content-Disposition"] = f'inline; filename="scn-{key}.svg"'
    return response


@public_page()
def chart_csv(request: HttpRequest, key: str) -> StreamingHttpResponse:
    """The numbers of a chart."""
    chart = drawn(key).chart
    address = absolute_url(reverse("chart_csv", args=[key]))
    table = Table(key, chart.what, metadata(address), columns_of(chart), chart.rows)
    response = StreamingHttpResponse(as_csv(table), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="scn-{key}.csv"'
    return response


def columns_of(chart: Chart) -> list[Column]:
    """The columns: the name of each row, its number for each series, and their sum if there are several series."""

    def value_of(number: int):
        return lambda row: row.values[number]

    columns = [column("name", chart.by, "", "", "label")]
    columns += [column(series.key, series.label, "", "", value_of(n)) for n, series in enumerate(chart.series)]
    return [*columns, *([column("total", _("Total"), "", "")] if chart.is_stacked else []), *LICENCE_COLUMNS]

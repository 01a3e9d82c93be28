from django.urls import path
from django.utils.translation import gettext_lazy as _

from scn_portal.site.charts import views

urlpatterns = [
    path(_("charts/"), views.charts, name="charts"),
    path(_("charts/<slug:key>.csv"), views.chart_csv, name="chart_csv"),
    path(_("charts/<slug:key>.svg"), views.chart_svg, name="chart_svg"),
]

from django.urls import path
from django.utils.translation import gettext_lazy as _

from scn_portal.site.embeds import views

urlpatterns = [
    path(_("embed/map/"), views.embedded_map, name="embedded_map"),
    path(_("embed/charts/<slug:key>/"), views.embedded_chart, name="embedded_chart"),
    path(_("embed/cities/<slug:slug>/"), views.embedded_city, name="embedded_city"),
]

from django.urls import path
from django.utils.translation import gettext_lazy as _

from scn_portal.site.desk import concern_views, patrol_views, public_rows, takedown_views

urlpatterns = [
    path(_("report-a-concern/"), concern_views.concern, name="concern"),
    path(_("report-a-concern/sent/"), concern_views.concern_sent, name="concern_sent"),
    path(_("desk/pledges/<int:pk>/"), public_rows.desk_pledge, name="desk_pledge"),
    path(_("desk/city/<slug:slug>/"), public_rows.desk_city, name="desk_city"),
    path(_("desk/patrol/"), patrol_views.desk_patrol, name="desk_patrol"),
    path(_("desk/patrol/<int:pk>/"), patrol_views.patrol_tick, name="patrol_tick"),
    path(_("desk/concerns/"), concern_views.desk_concerns, name="desk_concerns"),
    path(_("desk/concerns/<int:pk>/"), concern_views.desk_concern, name="desk_concern"),
    path(_("desk/take-down/<slug:kind>/<int:pk>/"), takedown_views.take_down, name="take_down"),
    path(_("desk/take-down/<slug:kind>/<int:pk>/restore/"), takedown_views.restore, name="take_down_restore"),
]

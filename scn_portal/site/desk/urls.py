from django.urls import path
from django.utils.translation import gettext_lazy as _

from scn_portal.site.desk import (
    agreed,
    cities,
    concern_views,
    decided,
    figures,
    patrol_views,
    pledges,
    public_rows,
    search,
    staff,
    takedown_views,
    translations,
    waiting,
)
from scn_portal.site.history import views as history

urlpatterns = [
    path(_("desk/"), waiting.desk, name="desk"),
    path(_("desk/with-the-cities/"), waiting.with_cities, name="desk_with_cities"),
    path(_("desk/decided/"), decided.decided, name="desk_decided"),
    path(_("desk/pledges/"), pledges.pledges, name="desk_pledges"),
    path(_("desk/pledges/<int:pk>/"), public_rows.desk_pledge, name="desk_pledge"),
    path(_("desk/translations/"), translations.translations, name="desk_translations"),
    path(_("desk/cities/all/"), cities.cities, name="desk_cities"),
    path(_("desk/city/<slug:slug>/"), cities.city, name="desk_city"),
    path(_("desk/city/<slug:slug>/history/"), history.city_history, name="desk_city_history"),
    path(_("desk/person/<int:pk>/history/"), history.person_history, name="desk_person_history"),
    path(_("desk/figures/"), figures.figures, name="desk_figures"),
    path(_("desk/search/"), search.desk_search, name="desk_search"),
    path(_("desk/link/"), search.desk_link, name="desk_link"),
    path(_("desk/settings/"), agreed.desk_settings, name="desk_settings"),
    path(_("desk/staff/"), staff.staff, name="desk_staff"),
    path(_("desk/staff/<int:pk>/withdraw/"), staff.withdraw, name="staff_invitation_withdraw"),
    path(_("desk/staff/<int:pk>/again/"), staff.send_again, name="staff_invitation_again"),
    path(_("account/submissions/"), agreed.desk_mails, name="desk_mails"),
    path(_("report-a-concern/"), concern_views.concern, name="concern"),
    path(_("report-a-concern/sent/"), concern_views.concern_sent, name="concern_sent"),
    path(_("desk/patrol/"), patrol_views.desk_patrol, name="desk_patrol"),
    path(_("desk/patrol/<int:pk>/"), patrol_views.patrol_tick, name="patrol_tick"),
    path(_("desk/concerns/"), concern_views.desk_concerns, name="desk_concerns"),
    path(_("desk/concerns/<int:pk>/"), concern_views.desk_concern, name="desk_concern"),
    path(_("desk/take-down/<slug:kind>/<int:pk>/"), takedown_views.take_down, name="take_down"),
    path(_("desk/take-down/<slug:kind>/<int:pk>/restore/"), takedown_views.restore, name="take_down_restore"),
]

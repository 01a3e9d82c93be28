from django.urls import path
from django.utils.translation import gettext_lazy as _

from scn_portal.site.desk import (
    agreed,
    cities,
    decided,
    figures,
    pledges,
    search,
    staff,
    translations,
    waiting,
)

urlpatterns = [
    path(_("desk/"), waiting.desk, name="desk"),
    path(_("desk/with-the-cities/"), waiting.with_cities, name="desk_with_cities"),
    path(_("desk/decided/"), decided.decided, name="desk_decided"),
    path(_("desk/pledges/"), pledges.pledges, name="desk_pledges"),
    path(_("desk/pledges/<int:pk>/"), pledges.pledge, name="desk_pledge"),
    path(_("desk/translations/"), translations.translations, name="desk_translations"),
    path(_("desk/cities/all/"), cities.cities, name="desk_cities"),
    path(_("desk/city/<slug:slug>/"), cities.city, name="desk_city"),
    path(_("desk/figures/"), figures.figures, name="desk_figures"),
    path(_("desk/search/"), search.desk_search, name="desk_search"),
    path(_("desk/link/"), search.desk_link, name="desk_link"),
    path(_("desk/settings/"), agreed.desk_settings, name="desk_settings"),
    path(_("desk/staff/"), staff.staff, name="desk_staff"),
    path(_("desk/staff/<int:pk>/withdraw/"), staff.withdraw, name="staff_invitation_withdraw"),
    path(_("desk/staff/<int:pk>/again/"), staff.send_again, name="staff_invitation_again"),
    path(_("account/submissions/"), agreed.desk_mails, name="desk_mails"),
]

from django.urls import path
from django.utils.translation import gettext_lazy as _

from scn_portal.site.cities import detail, list, map, matrix, people, workspace

urlpatterns = [
    path(_("cities/"), list.city_list, name="city_list"),
    path(_("cities/map.json"), map.city_map, name="city_map"),
    path(_("cities/<slug:slug>/"), detail.city_detail, name="city_detail"),
    path(_("matrix/"), matrix.matrix, name="matrix"),
    path(_("my-city/"), workspace.my_city, name="my_city"),
    path(_("my-city/<slug:slug>/"), workspace.my_city, name="my_city_of"),
    path(_("my-city/people/<int:pk>/remove/"), people.remove_person, name="remove_person"),
    path(_("my-city/<slug:slug>/confirm/"), workspace.city_confirm, name="city_confirm"),
]

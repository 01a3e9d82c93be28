from django.urls import path
from django.utils.translation import gettext_lazy as _

from members import views

urlpatterns = [
    path(_("cities/"), views.city_list, name="city_list"),
    path(_("my-city/"), views.my_city, name="my_city"),
    path(_("my-city/invitations/<int:pk>/withdraw/"), views.withdraw_invitation, name="withdraw_invitation"),
    path(_("my-city/people/<int:pk>/remove/"), views.remove_person, name="remove_person"),
    path(_("my-city/<slug:slug>/"), views.my_city, name="my_city_of"),
    path(_("my-city/<slug:slug>/confirm/"), views.city_confirm, name="city_confirm"),
    path(_("my-city/<slug:slug>/people/"), views.my_city_people, name="my_city_people"),
    path(_("invitation/<str:token>/"), views.invitation, name="invitation"),
]

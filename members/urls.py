from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from members.views import invitation, people

urlpatterns = [
    path("", include("members.editing.urls")),
    path(_("my-city/invitations/<int:pk>/withdraw/"), people.withdraw_invitation, name="withdraw_invitation"),
    path(_("my-city/people/<int:pk>/remove/"), people.remove_person, name="remove_person"),
    path(_("my-city/<slug:slug>/people/"), people.my_city_people, name="my_city_people"),
    path(_("invitation/<str:token>/"), invitation.invitation, name="invitation"),
]

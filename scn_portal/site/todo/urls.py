from django.urls import path
from django.utils.translation import gettext_lazy as _

from scn_portal.site.todo import views

urlpatterns = [
    path(_("my-city/<slug:slug>/facts/<slug:fact>/"), views.fact_wrong, name="fact_wrong"),
    path(_("account/reminders/"), views.reminders, name="reminders"),
    path(_("desk/cities/"), views.cities_desk, name="cities_desk"),
    path(_("desk/cities/<int:pk>/"), views.correction_decide, name="correction_decide"),
    path(_("desk/restore/<int:pk>/"), views.restore_decide, name="restore_decide"),
]

from django.urls import path
from django.utils.translation import gettext_lazy as _

from scn_portal.site.pdf import views

urlpatterns = [
    path(_("cities/<slug:slug>/profile.pdf"), views.city_pdf, name="city_pdf"),
    path(_("practices/<slug:slug>/practice.pdf"), views.practice_pdf, name="practice_pdf"),
]

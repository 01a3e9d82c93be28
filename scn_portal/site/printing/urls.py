from django.urls import path
from django.utils.translation import gettext_lazy as _

from scn_portal.site.printing import views

urlpatterns = [
    path(_("print/cities/"), views.printed_cities, name="printed_cities"),
    path(_("print/matrix/"), views.printed_matrix, name="printed_matrix"),
    path(_("print/practices/"), views.printed_practices, name="printed_practices"),
]

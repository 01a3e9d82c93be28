from django.urls import path
from django.utils.translation import gettext_lazy as _

from members.editing import views

urlpatterns = [
    path(_("editing/keep/"), views.keep, name="editing_keep"),
    path(_("editing/leave/"), views.leave, name="editing_leave"),
    path(_("editing/discard/"), views.discard, name="editing_discard"),
    path(_("editing/signed-in/"), views.signed_in, name="editing_signed_in"),
]

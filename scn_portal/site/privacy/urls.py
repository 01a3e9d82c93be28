from django.urls import path
from django.utils.translation import gettext_lazy as _

from scn_portal.site.privacy import desk_views, views

urlpatterns = [
    path(_("account/my-data/"), views.my_data, name="my_data"),
    path(_("account/my-data/read/"), views.my_data_page, name="my_data_page"),
    path(_("account/my-data/file/"), views.my_data_file, name="my_data_file"),
    path(_("account/my-data/erase/"), views.erase_me, name="erase_me"),
    path(_("account/my-data/erase/withdraw/"), views.erase_me_not, name="erase_me_not"),
    path(_("desk/erasures/"), desk_views.desk_erasures, name="desk_erasures"),
    path(_("desk/erasures/<int:pk>/"), desk_views.desk_erasure, name="desk_erasure"),
    path(_("desk/erasures/<int:pk>/approve/"), desk_views.desk_erasure_approve, name="desk_erasure_approve"),
    path(_("desk/erasures/<int:pk>/refuse/"), desk_views.desk_erasure_refuse, name="desk_erasure_refuse"),
]

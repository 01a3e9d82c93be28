from django.urls import path
from django.utils.translation import gettext_lazy as _

from scn_portal.site.pledges import detail, list, workspace

urlpatterns = [
    path(_("pledges/"), list.pledge_list, name="pledge_list"),
    path(_("pledges/<int:pk>/"), detail.pledge_detail, name="pledge_detail"),
    path(_("my-city/pledges/<int:pk>/"), workspace.pledge_workspace, name="pledge_workspace"),
    path(_("my-city/pledges/<int:pk>/publish/"), workspace.pledge_publish, name="pledge_publish"),
    path(_("my-city/pledges/<int:pk>/report/"), workspace.pledge_report, name="pledge_report"),
    path(_("my-city/proposed-updates/<int:pk>/"), workspace.proposed_update, name="proposed_update"),
    path(
        _("my-city/proposed-updates/<int:pk>/discard/"),
        workspace.proposed_update_discard,
        name="proposed_update_discard",
    ),
]

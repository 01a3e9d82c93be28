from django.urls import path
from django.utils.translation import gettext_lazy as _

from commitments import views

urlpatterns = [
    path(_("declaration/"), views.declaration, name="declaration"),
    path(_("commitments/"), views.commitment_list, name="commitment_list"),
    path(_("my-city/<slug:slug>/pledges/new/"), views.pledge_new, name="pledge_new"),
    path(_("my-city/pledges/<int:pk>/"), views.pledge_workspace, name="pledge_workspace"),
    path(_("my-city/pledges/<int:pk>/edit/"), views.pledge_edit, name="pledge_edit"),
    path(_("my-city/pledges/<int:pk>/report/"), views.pledge_report, name="pledge_report"),
    path(_("my-city/pledges/<int:pk>/milestones/new/"), views.milestone_new, name="milestone_new"),
    path(_("my-city/updates/<int:pk>/take-down/"), views.update_take_down, name="update_take_down"),
    path(_("my-city/milestones/<int:pk>/"), views.milestone_edit, name="milestone_edit"),
]

from django.urls import path
from django.utils.translation import gettext_lazy as _

from commitments.views import deciding, documents, public, writing

urlpatterns = [
    path(_("declaration/"), public.declaration, name="declaration"),
    path(_("commitments/"), public.commitment_list, name="commitment_list"),
    path(_("pledges/<int:pk>/documents/<slug:key>/<str:name>"), documents.update_document, name="update_document"),
    path(_("my-city/<slug:slug>/pledges/new/"), writing.pledge_new, name="pledge_new"),
    path(_("my-city/pledges/<int:pk>/edit/"), writing.pledge_edit, name="pledge_edit"),
    path(_("my-city/pledges/<int:pk>/result/"), writing.pledge_close, name="pledge_close"),
    path(_("my-city/pledges/<int:pk>/take-down/"), deciding.pledge_take_down, name="pledge_take_down"),
    path(_("my-city/pledges/<int:pk>/restore/"), deciding.pledge_restore, name="pledge_restore"),
    path(_("my-city/pledges/<int:pk>/propose/"), deciding.pledge_propose, name="pledge_propose"),
    path(_("my-city/pledges/<int:pk>/delete/"), deciding.pledge_delete, name="pledge_delete"),
    path(_("my-city/pledges/<int:pk>/milestones/new/"), writing.milestone_new, name="milestone_new"),
    path(_("my-city/updates/<int:pk>/take-down/"), deciding.update_take_down, name="update_take_down"),
    path(_("my-city/updates/<int:pk>/restore/"), deciding.update_restore, name="update_restore"),
    path(_("my-city/update-documents/<int:pk>/"), documents.update_document_preview, name="update_document_preview"),
    path(_("my-city/milestones/<int:pk>/"), writing.milestone_edit, name="milestone_edit"),
    path(_("my-city/milestones/<int:pk>/reached/"), deciding.milestone_reach, name="milestone_reach"),
    path(_("my-city/milestones/<int:pk>/delete/"), deciding.milestone_delete, name="milestone_delete"),
    path(_("my-city/milestones/<int:pk>/take-down/"), deciding.milestone_take_down, name="milestone_take_down"),
]

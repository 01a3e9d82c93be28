from django.urls import path
from django.utils.translation import gettext_lazy as _

from practices import attachments, desk, matrix, views

urlpatterns = [
    path(_("matrix/"), matrix.matrix, name="matrix"),
    path(_("practices/"), views.practice_list, name="practice_list"),
    path(_("practices/<slug:slug>/"), views.practice_detail, name="practice_detail"),
    path(_("practices/<slug:slug>/documents/<slug:key>/<str:name>"), attachments.document, name="document"),
    path(_("my-city/<slug:slug>/practices/new/"), views.practice_new, name="practice_new"),
    path(_("my-city/practices/<int:pk>/"), views.practice_workspace, name="practice_workspace"),
    path(_("my-city/practices/<int:pk>/edit/"), views.practice_edit, name="practice_edit"),
    path(_("my-city/practices/<int:pk>/documents/"), attachments.documents, name="practice_documents"),
    path(_("my-city/documents/<int:pk>/"), attachments.document_preview, name="document_preview"),
    path(_("my-city/documents/<int:pk>/remove/"), attachments.document_remove, name="document_remove"),
    path(_("my-city/practices/<int:pk>/revise/"), views.practice_revise, name="practice_revise"),
    path(_("my-city/revisions/<int:pk>/<slug:verb>/"), views.practice_act, name="practice_act"),
    path(_("desk/"), desk.desk, name="desk"),
    path(_("desk/<int:pk>/"), desk.desk_revision, name="desk_revision"),
]

from django.urls import path
from django.utils.translation import gettext_lazy as _

from practices.views import attachments, conversation, moderation, pictures, public, workspace, writing
from practices.views.desk import correcting, deciding, reading, rules, talking

urlpatterns = [
    path(_("practices/"), public.practice_list, name="practice_list"),
    path(_("practices/<slug:slug>/"), public.practice_detail, name="practice_detail"),
    path(_("practices/<slug:slug>/documents/<slug:key>/<str:name>"), attachments.document, name="document"),
    path(_("practices/<slug:slug>/pictures/<slug:key>.jpg"), pictures.lead_picture, name="lead_picture"),
    path(_("my-city/<slug:slug>/practices/new/"), writing.practice_new, name="practice_new"),
    path(_("my-city/<slug:slug>/practices/similar/"), writing.practice_similar, name="practice_similar"),
    path(_("my-city/practices/as-it-looks/"), writing.markdown_preview, name="markdown_preview"),
    path(_("my-city/practices/<int:pk>/"), workspace.practice_workspace, name="practice_workspace"),
    path(_("my-city/practices/<int:pk>/edit/"), writing.practice_edit, name="practice_edit"),
    path(_("my-city/practices/<int:pk>/edit/translation/"), writing.practice_translation, name="practice_translation"),
    path(_("my-city/practices/<int:pk>/edit/check/"), writing.practice_check, name="practice_check"),
    path(_("my-city/practices/<int:pk>/edit/<slug:slug>/"), writing.practice_task, name="practice_task"),
    path(_("my-city/revisions/<int:pk>/preview/"), writing.practice_preview, name="practice_preview"),
    path(_("my-city/practices/<int:pk>/documents/"), attachments.documents, name="practice_documents"),
    path(_("my-city/documents/<int:pk>/"), attachments.document_preview, name="document_preview"),
    path(_("my-city/documents/<int:pk>/remove/"), attachments.document_remove, name="document_remove"),
    path(_("my-city/practices/<int:pk>/picture/"), pictures.lead_picture_page, name="lead_picture_page"),
    path(_("my-city/practices/<int:pk>/picture/remove/"), pictures.lead_picture_remove, name="lead_picture_remove"),
    path(_("my-city/pictures/<int:pk>.jpg"), pictures.lead_picture_preview, name="lead_picture_preview"),
    path(_("my-city/practices/<int:pk>/answer/"), conversation.practice_answer, name="practice_answer"),
    path(_("my-city/practices/<int:pk>/propose/"), workspace.practice_propose, name="practice_propose"),
    path(_("my-city/practices/<int:pk>/revise/"), workspace.practice_revise, name="practice_revise"),
    path(_("my-city/revisions/<int:pk>/<slug:verb>/"), workspace.practice_act, name="practice_act"),
    path(_("desk/"), moderation.desk, name="desk"),
    path(_("desk/<int:pk>/"), reading.desk_revision, name="desk_revision"),
    path(_("desk/<int:pk>/submitted/<int:step>/"), reading.desk_submitted, name="desk_submitted"),
    path(_("desk/<int:pk>/decide/<slug:verb>/"), deciding.desk_decide, name="desk_decide"),
    path(_("desk/<int:pk>/ask/"), talking.desk_ask, name="desk_ask"),
    path(_("desk/<int:pk>/remark/"), talking.desk_remark, name="desk_remark"),
    path(_("desk/<int:pk>/correct/"), correcting.desk_correct, name="desk_correct"),
    path(_("desk/reasons/"), rules.desk_reasons, name="desk_reasons"),
    path(_("desk/reasons/new/"), rules.desk_reason_new, name="desk_reason_new"),
    path(_("desk/reasons/<int:pk>/"), rules.desk_reason, name="desk_reason"),
    path(_("desk/reasons/<int:pk>/delete/"), rules.desk_reason_delete, name="desk_reason_delete"),
    path(_("desk/rules/"), rules.desk_rules, name="desk_rules"),
]

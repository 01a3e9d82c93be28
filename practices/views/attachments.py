"""The documents of a practice: attached by its city, downloaded by those who may read their revision."""

from functools import partial

from django.contrib import messages
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from members.editing.editing import Editing
from members.editing.sent_once import Answer
from practices.choices import HIDDEN_FROM_MODERATORS
from practices.forms import AttachmentForm
from practices.models import Attachment, Practice
from practices.permissions import is_moderator
from practices.views.questions import removal_of
from scn_portal.base.documents.kept import MAX_DOCUMENTS
from scn_portal.base.documents.serving import document_response
from scn_portal.base.http.confirmation import ask
from scn_portal.base.http.public import public_page


@public_page(stays=True, own_policy=True)
def document(request, slug: str, key: str, name: str):
    """A document of a published practice; an old name redirects to the current one."""
    public = Attachment.objects.public().filter(revision__practice__slug=slug)
    attachment = get_object_or_404(public.select_related("revision__practice"), file__startswith=f"attachments/{key}.")
    if name != attachment.filename:
        return redirect(attachment)
    return document_response(request, attachment)


@require_safe
def document_preview(request, pk: int):
    """A document before it is public: for its city, and for moderators once it is submitted."""
    readable = Q(revision__practice__in=Practice.objects.visible_in_workspace_to(request.user))
    if is_moderator.test(request.user):
        readable |= ~Q(revision__status__in=HIDDEN_FROM_MODERATORS)
    return document_response(request, get_object_or_404(Attachment.objects.filter(readable), pk=pk))


@transaction.atomic
def documents(request, pk: int):
    """The documents of the open draft of a practice, with a form to add one."""
    practice = get_object_or_404(Practice.objects.editable_by(request.user).select_related("city"), pk=pk)
    revision = practice.lock_newest()
    if not revision.is_writable:
        messages.info(request, _("This text can no longer be changed. Open a new draft to continue writing."))
        return redirect("practice_workspace", pk=practice.pk)
    name = f"practice:{practice.pk}:document"
    editing = Editing(request, name, AttachmentForm, instance=Attachment(revision=revision))

    def attach(form: AttachmentForm) -> Answer:
        form.save()
        return Answer(request.path, _("The document is attached."))

    if attached := editing.save(attach):
        return attached
    documents = revision.attachments.all()
    # The form that was sent is shown again, even if no more documents fit.
    takes_more = len(documents) < MAX_DOCUMENTS or request.method == "POST"
    context = {"city": practice.city, "practice": practice, "revision": revision, "documents": documents}
    context |= {"most": MAX_DOCUMENTS, "takes_more": takes_more}
    context["layout"] = "editing/form.html" if takes_more else "workspace.html"
    return editing.page("practices/documents.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@transaction.atomic
def document_remove(request, pk: int):
    """Ask, then remove a document from the draft, and its file unless another revision has it."""
    editable = Attachment.objects.filter(revision__practice__in=Practice.objects.editable_by(request.user))
    attachment = get_object_or_404(editable.select_related("revision__practice"), pk=pk)
    practice = attachment.revision.practice
    if request.method != "POST":
        return ask(request, removal_of(attachment), city=practice.city)
    newest = practice.lock_newest()
    if newest != attachment.revision or not newest.is_writable:
        messages.error(request, _("This text can no longer be changed. Open a new draft to continue writing."))
        return redirect("practice_workspace", pk=practice.pk)
    attachment.delete()
    transaction.on_commit(partial(delete_unused_file, attachment.file.name))
    messages.success(request, _("The document is removed."))
    return redirect("practice_documents", pk=practice.pk)


def delete_unused_file(name: str) -> None:
    """Delete the file with this name, if no revision has it."""
    if not Attachment.objects.filter(file=name).exists():
        default_storage.delete(name)

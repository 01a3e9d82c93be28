"""The documents of a practice: given by its city while it writes, read by whoever may read what they go with."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.http import FileResponse, Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from practices.choices import Status
from practices.forms import AttachmentForm
from practices.models import Attachment, Practice, Revision
from practices.permissions import is_moderator
from practices.views.moderation import HIDDEN_FROM_MODERATORS

MOST = 5
# So long may a cache in between keep a document, or other words that can be taken down: after it they are gone there
# too.
FRESH = 300


@require_safe
@login_not_required
def document(request, slug: str, key: str, name: str):
    """A document of a published practice, under a name that says what it is."""
    public = Attachment.objects.filter(revision__practice__slug=slug, revision__status=Status.PUBLISHED)
    found = get_object_or_404(public.select_related("revision__practice"), file__startswith=f"attachments/{key}.")
    if name != found.filename:
        return redirect(found)
    response = _sent(request, found)
    patch_cache_control(response, public=True, max_age=FRESH)
    return response


@require_safe
def document_preview(request, pk: int):
    """A document before it is public: for the city that writes, and for the moderators from its submission on."""
    readable = Q(revision__practice__in=Practice.objects.visible_in_workspace_to(request.user))
    if is_moderator.test(request.user):
        readable |= ~Q(revision__status__in=HIDDEN_FROM_MODERATORS)
    return _sent(request, get_object_or_404(Attachment.objects.filter(readable), pk=pk))


def _sent(request, attachment: Attachment) -> HttpResponseBase:
    """The file, to be kept and not shown: whatever is in it, it does nothing in a page of ours."""
    etag = quote_etag(attachment.key)  # the file never changes, another has another key
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    response = response or _whole(attachment)
    response.headers["ETag"] = etag
    return response


def _whole(attachment: Attachment) -> FileResponse:
    try:
        file = attachment.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    kind = attachment.media_type
    return FileResponse(file, as_attachment=True, filename=attachment.filename, content_type=kind)


@transaction.atomic
def documents(request, pk: int):
    """The documents of the open draft of a practice: which there are, and one more."""
    practice = get_object_or_404(Practice.objects.editable_by(request.user).select_related("city"), pk=pk)
    revision = _locked(practice)
    if not revision.is_writable:
        messages.info(request, _("This text cannot be changed where it stands. Open a new draft to write on."))
        return redirect("practice_workspace", pk=practice.pk)
    form = AttachmentForm(request.POST or None, request.FILES or None, instance=Attachment(revision=revision))
    if request.method == "POST" and revision.attachments.count() >= MOST:
        form.add_error(None, _("There are %(most)d documents: remove one first.") % {"most": MOST})
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The document is attached."))
        return redirect("practice_documents", pk=practice.pk)
    context = {"city": practice.city, "practice": practice, "revision": revision, "form": form, "most": MOST}
    return render(request, "practices/documents.html", context)


@require_POST
@transaction.atomic
def document_remove(request, pk: int):
    """Take a document out of the draft. Its file goes too, unless another version holds it."""
    editable = Attachment.objects.filter(revision__practice__in=Practice.objects.editable_by(request.user))
    attachment = get_object_or_404(editable.select_related("revision__practice"), pk=pk)
    practice = attachment.revision.practice
    newest = _locked(practice)
    if newest != attachment.revision or not newest.is_writable:
        messages.error(request, _("This text cannot be changed where it stands. Open a new draft to write on."))
        return redirect("practice_workspace", pk=practice.pk)
    attachment.delete()
    transaction.on_commit(partial(forget_file, attachment.file.name))
    messages.success(request, _("The document is removed."))
    return redirect("practice_documents", pk=practice.pk)


def _locked(practice: Practice) -> Revision:
    """The newest revision of `practice`, held until the transaction ends: nobody submits or copies it meanwhile."""
    Practice.objects.select_for_update(of=("self",)).get(pk=practice.pk)
    return practice.revisions.select_for_update(of=("self",)).order_by("-number")[0]


def forget_file(name: str) -> None:
    """Delete the file of that name, if no revision holds it."""
    if not Attachment.objects.filter(file=name).exists():
        default_storage.delete(name)

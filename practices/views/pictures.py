"""The lead picture of a practice: added by its city, shown to readers of its revision."""

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from members.editing.editing import Editing
from members.editing.sent_once import Answer
from practices import pictures
from practices.choices import HIDDEN_FROM_MODERATORS
from practices.forms import LeadPictureForm
from practices.models import Practice, Revision
from practices.permissions import is_moderator
from scn_portal.base.documents.serving import file_response
from scn_portal.base.http.public import public_page


@public_page(stays=True, own_policy=True)
def lead_picture(request, slug: str, key: str):
    """The lead picture of a published practice, whole or small."""
    name = pictures.file_named(key.removesuffix(pictures.SMALL))
    shown = Revision.objects.live().filter(practice__slug=slug, picture=name, picture_taken_down_at=None)
    if not shown.exists():
        raise Http404
    response = file_response(request, pictures.file_named(key), content_type="image/jpeg")
    # Other sites may show it next to a link to the portal.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
def lead_picture_preview(request, pk: int):
    """The picture of a revision before it is public: for its city, and for moderators once it is submitted."""
    readable = Q(practice__in=Practice.objects.visible_in_workspace_to(request.user))
    if is_moderator.test(request.user):
        readable |= ~Q(status__in=HIDDEN_FROM_MODERATORS)
    revision = get_object_or_404(Revision.objects.filter(readable).exclude(picture=""), pk=pk)
    return file_response(request, revision.picture.name, content_type="image/jpeg")


@transaction.atomic
def lead_picture_page(request, pk: int):
    """The lead picture of the open draft of a practice, with a form to add or replace it."""
    practice = get_object_or_404(Practice.objects.editable_by(request.user).select_related("city"), pk=pk)
    revision = practice.lock_newest()
    if not revision.is_writable:
        return _cannot_change(request, practice)
    editing = Editing(request, f"practice:{practice.pk}:picture", LeadPictureForm, row=revision)

    def give(form: LeadPictureForm) -> Answer:
        form.save()
        return Answer(request.path, _("The picture is saved."))

    if saved := editing.save(give):
        return saved
    # Read again, since a form with errors has changed the row in memory.
    shown = Revision.objects.get(pk=revision.pk)
    context = {"city": practice.city, "practice": practice, "revision": shown}
    return editing.page("practices/lead_picture.html", context)


@require_POST
@transaction.atomic
def lead_picture_remove(request, pk: int):
    """Remove the lead picture from the open draft, and its files unless another revision has them."""
    practice = get_object_or_404(Practice.objects.editable_by(request.user), pk=pk)
    revision = practice.lock_newest()
    if not revision.is_writable:
        return _cannot_change(request, practice)
    if revision.picture:
        pictures.remove(revision)
        messages.success(request, _("The picture is removed."))
    return redirect("lead_picture_page", pk=practice.pk)


def _cannot_change(request, practice: Practice):
    messages.info(request, _("This text can no longer be changed. Open a new draft to continue writing."))
    return redirect("practice_workspace", pk=practice.pk)

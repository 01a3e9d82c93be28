"""Downloads of the files of progress updates, for those who may read the update."""

from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from commitments.models import Pledge, UpdateDocument
from scn_portal.base.documents.serving import document_response
from scn_portal.base.http.public import public_page


@public_page(stays=True, own_policy=True)
def update_document(request, pk: int, key: str, name: str):
    """A file of a public update; an address with another name redirects to the right one."""
    public = UpdateDocument.objects.public().filter(pledge=pk)
    document = get_object_or_404(public, file__startswith=f"updates/{key}.")
    if name != document.filename:
        return redirect(document)
    return document_response(request, document)


@require_safe
def update_document_preview(request, pk: int):
    """A file that the public does not see, because it was only received or proposed or was taken down; for people who
    write for its city."""
    editable = UpdateDocument.objects.filter(pledge__in=Pledge.objects.editable_by(request.user))
    return document_response(request, get_object_or_404(editable, pk=pk))

"""The text that a page of the desk is about, for users who may open it."""

from django.shortcuts import get_object_or_404

from practices.models import Revision
from scn_portal.base.http.decorators import permission_or_404

moderators_only = permission_or_404("practices.moderate_revision")


def revision_of(request, pk: int) -> Revision:
    """The text with its city, author and history. Http404 for a draft, and for a text of a city that the reader acts
    for."""
    revisions = Revision.objects.at_the_desk_of(request.user).select_related("practice__city", "author", "corrects")
    return get_object_or_404(revisions.with_history().with_first_publication(), pk=pk)


def last_step(revision: Revision) -> int:
    """The key of the last Transition of a revision, which is read with its history; 0 if there is none."""
    return revision.history[-1].pk if revision.history else 0

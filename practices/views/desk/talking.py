"""A question to a city about a text, and a remark for the staff."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from members.editing.editing import Editing
from members.editing.sent_once import Answer
from practices import conversation
from practices.desk_forms import MessageForm, RemarkForm, language_of_reader
from practices.models import Message, Revision
from practices.notices import drafts
from practices.views.desk.access import moderators_only, revision_of


@moderators_only
@require_http_methods(["GET", "HEAD", "POST"])
def desk_ask(request, pk: int) -> HttpResponse:
    """Ask the author and the focal points a question; the status of the text does not change."""
    revision = revision_of(request, pk)
    initial = {"language": revision.author.language if revision.author else language_of_reader()}
    name = f"question:{revision.pk}"
    editing = Editing(request, name, MessageForm, among_staff=True, initial=initial)

    def ask(form: MessageForm) -> Answer:
        conversation.ask(revision=revision, by=request.user, **form.cleaned_data)
        return Answer(_talk(revision), _("Your question is on its way."))

    if asked := editing.save(ask):
        return asked
    question = Message(revision=revision, kind=Message.Kind.QUESTION, by=request.user)
    context = {"revision": revision, "practice": revision.practice, "drafts": drafts(question)}
    return editing.page("practices/desk/ask.html", context)


@moderators_only
@require_http_methods(["GET", "HEAD", "POST"])
def desk_remark(request, pk: int) -> HttpResponse:
    """Write a remark for the other moderators."""
    revision = revision_of(request, pk)
    editing = Editing(request, f"remark:{revision.pk}", RemarkForm, among_staff=True)

    def note(form: RemarkForm) -> Answer:
        conversation.remark(revision=revision, by=request.user, **form.cleaned_data)
        return Answer(_talk(revision), _("Your remark is kept. Only the staff read it."))

    context = {"revision": revision, "practice": revision.practice}
    return editing.save(note) or editing.page("practices/desk/remark.html", context)


def _talk(revision: Revision) -> str:
    return reverse("desk_revision", args=[revision.pk]) + "?view=talk"

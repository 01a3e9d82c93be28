"""The pages of a conversation with the staff, for the city."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from members.editing.editing import Editing
from members.editing.sent_once import Answer
from practices import conversation
from practices.desk_forms import MessageForm, language_of_reader
from practices.happened import who_did
from practices.models import Message, Practice


@require_http_methods(["GET", "HEAD", "POST"])
def practice_answer(request, pk: int) -> HttpResponse:
    """Answer a question of the staff about a practice of one's own city."""
    practices = Practice.objects.editable_by(request.user).filter(revisions__messages__isnull=False).distinct()
    practice = get_object_or_404(practices.select_related("city"), pk=pk)
    said = told(practice)
    initial = {"language": language_of_reader()}
    editing = Editing(request, f"practice:{practice.pk}:answer", MessageForm, initial=initial)

    def answer(form: MessageForm) -> Answer:
        conversation.answer(revision=practice.newest, by=request.user, **form.cleaned_data)
        message = _("Your answer is on its way to the staff of the network.")
        return Answer(reverse("practice_workspace", args=[practice.pk]) + "#questions", message)

    context = {"city": practice.city, "practice": practice, "newest": practice.newest, "said": said}
    return editing.save(answer) or editing.page("practices/answer.html", context)


def told(practice: Practice) -> list[tuple[str, Message]]:
    """The questions and answers about a practice, each with the name that its city may read."""
    return [
        (who_did(one.by, by_staff=one.kind == Message.Kind.QUESTION, for_staff=False), one)
        for one in conversation.messages_of(practice)
    ]

"""Pages where staff take something down, or show it again: each asks first."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from members.editing.editing import Editing
from members.editing.sent_once import Answer
from practices.views.desk.access import moderators_only
from scn_portal.base.http.confirmation import Question, ask
from scn_portal.site.desk import takedown, takedown_mails
from scn_portal.site.desk.forms import TakedownForm
from scn_portal.site.models import TakedownKind

asks_first = require_http_methods(["GET", "HEAD", "POST"])


@asks_first
@moderators_only
def take_down(request, kind: str, pk: int):
    """Take a row down, for a reason."""
    row = _row(request.user, kind, pk, public=True)
    question = _question(kind, row)
    editing = Editing(request, f"takedown:{kind}:{pk}", TakedownForm, among_staff=True)

    def act(form: TakedownForm) -> Answer:
        takedown.take_down(takedown.KINDS[kind], row, by=request.user, **form.cleaned_data)
        return Answer(question.back, _("Taken down. The people of the city get an email with your reason."))

    context = {"question": question, "drafts": takedown_mails.drafts(takedown.KINDS[kind], row)}
    return editing.save(act) or editing.page("desk/take_down.html", context)


def _question(kind: str, row: Any) -> Question:
    of = takedown.KINDS[kind]
    if kind == TakedownKind.CITY:
        consequences = [
            _("Nothing of the city is public from this moment: its page, its pledges, its practices, its files."),
            _("Its people are told by email. They still read and write all of it in their workspace."),
        ]
    else:
        consequences = [
            _("The public no longer sees it from this moment: no page, no file, no feed, no search, no newsletter."),
            _("The focal points of the city and the author get an email with your reason."),
        ]
    consequences.append(_("Its address says that it was taken down, and when. You can show it again."))
    return Question(
        title=of.question, what=of.title(row, get_language()), consequences=consequences, button=of.button,
        back=of.desk(row),
    )  # fmt: skip


@asks_first
@moderators_only
def restore(request, kind: str, pk: int):
    """Show a row to the public again."""
    row = _row(request.user, kind, pk, public=False)
    of = takedown.KINDS[kind]
    question = Question(
        title=_("Show it to the public again?"),
        what=of.title(row, get_language()),
        consequences=[
            _("Everybody can read it again, in the words that it has now."),
            _("The people of the city are told by email."),
        ],
        button=_("Show it again"),
        back=of.desk(row),
        is_danger=False,
    )
    if request.method != "POST":
        return ask(request, question)
    try:
        takedown.restore(of, row, by=request.user)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("The public sees it again."))
    return redirect(question.back)


def _row(user, kind: str, pk: int, *, public: bool) -> Any:
    """The row of that kind; 404 for an unknown kind, for a row in the wrong state, and for a city that `user` acts
    for."""
    if kind not in takedown.KINDS:
        raise Http404
    of = takedown.KINDS[kind]
    row = get_object_or_404(of.rows(), pk=pk)
    taken = takedown.in_force(of, row) is not None
    # If a colleague took it down meanwhile, the page says so, and the reason stays in its field.
    found = taken or of.public().filter(pk=pk).exists() if public else taken
    if not found or not takedown.may(user, of.city(row)):
        raise Http404
    return row

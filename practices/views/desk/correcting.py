"""Small corrections by the staff of a text that waits or is public; its city can undo them."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from members.editing.editing import Editing
from members.editing.sent_once import Answer
from practices import moderation
from practices.desk_forms import CorrectionForm, language_of_reader
from practices.notices import recipients
from practices.views.desk.access import last_step, moderators_only, revision_of


@moderators_only
@require_http_methods(["GET", "HEAD", "POST"])
def desk_correct(request, pk: int) -> HttpResponse:
    """Correct the words of a text. The city gets a mail with the differences."""
    revision = revision_of(request, pk)
    verb = moderation.TRANSITIONS["correct"]
    if request.method != "POST" and not verb.starts_from(revision):
        messages.info(request, _("Only a text that waits at the desk or is public can be corrected."))
        return redirect("desk_revision", pk=revision.pk)
    language = revision.author.language if revision.author else language_of_reader()
    initial = {"step_read": last_step(revision), "language": language}
    name = f"correction:{revision.pk}"
    editing: Editing[Any] = Editing(
        request, name, CorrectionForm, among_staff=True, revision=revision, initial=initial
    )  # fmt: skip

    def correct(form: Any) -> Answer:
        details = {key: form.cleaned_data[key] for key in ("reason", "language", "step_read")}
        try:
            new = moderation.correct(revision=revision, by=request.user, words=form.corrections(), **details)
        except moderation.Refused as refusal:
            raise ValidationError(str(refusal)) from refusal
        message = _("Corrected. The city gets the difference by email, and can undo it.")
        return Answer(reverse("desk_revision", args=[new.pk]) + "?view=changes&against=city", message)

    context = {
        "revision": revision,
        "practice": revision.practice,
        "readers": recipients(revision, also_compiled=True),
        "is_possible": verb.starts_from(revision),
    }
    return editing.save(correct) or editing.page("practices/desk/correct.html", context)

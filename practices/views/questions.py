"""The questions of the workspace before it carries out a verb."""

from django.forms import Form
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from practices.choices import Status
from practices.models import Attachment, Revision
from scn_portal.base.http.confirmation import Question


def question_before(verb: str, revision: Revision, form: Form | None = None) -> Question:
    """The question before `verb`: withdraw, archive or undo. `form` has the fields that the verb needs."""
    title, button, consequences = _words(verb, revision)
    return Question(
        title=title,
        what=revision.text("title", get_language()),
        consequences=consequences,
        button=button,
        back=reverse("practice_workspace", args=[revision.practice_id]),
        form=form,
        is_danger=verb != "undo",
    )


def removal_of(document: Attachment) -> Question:
    """The question before a document is removed from its draft."""
    return Question(
        title=_("Remove this document?"),
        what=document.text("title", get_language()),
        consequences=[
            _("It no longer goes with this draft. What the public reads now stays as it is."),
            _("To have it back, you attach the file again."),
        ],
        button=_("Remove the document"),
        back=reverse("practice_documents", args=[document.revision.practice_id]),
    )


def _words(verb: str, revision: Revision) -> tuple[str, str, list[str]]:
    if verb == "undo":
        consequences = [_("Your own words, as they were before, take the place of the corrected ones.")]
        if revision.status == Status.PUBLISHED:
            consequences.append(_("The public reads them again from this moment; no moderator need look at them."))
        return _("Undo the network’s corrections?"), _("Undo the corrections"), consequences
    if verb == "withdraw":
        after = _("To go on, you open a new draft from this text and submit that one.")
        if revision.status == Status.SCHEDULED:
            return _("Withdraw this text?"), _("Withdraw the text"), [_("It will not appear on its date."), after]
        return _("Withdraw this text?"), _("Withdraw the text"), [
            _("The moderators no longer read it, and this version is closed for good."), after,
        ]  # fmt: skip
    consequences = [
        _("The public no longer sees this practice, from this moment: no page, no download, no feed, no search."),
        _("The text is kept. To publish it again, you open a new draft from it and submit that one."),
    ]
    if revision.practice.revisions.filter(status=Status.SCHEDULED).exists():
        consequences.append(_("The new version that is approved will not appear either."))
    return _("Take this practice down?"), _("Take the practice down"), consequences

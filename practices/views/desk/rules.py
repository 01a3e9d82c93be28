"""Pages to edit what the staff use for decisions: ready reasons, and the rules of the desk."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from members.editing.editing import Editing
from members.editing.sent_once import Answer
from practices.desk_forms import ReasonTemplateForm, RulesForm
from practices.models import ModerationRules, ReasonTemplate
from practices.views.desk.access import moderators_only
from scn_portal.base.http.confirmation import Question, ask
from scn_portal.base.languages import Text

asks_and_acts = require_http_methods(["GET", "HEAD", "POST"])


@moderators_only
@require_safe
def desk_reasons(request) -> HttpResponse:
    """The ready reasons, and a link to the rules of the desk."""
    context = {"ready": ReasonTemplate.objects.all(), "rules": ModerationRules.current()}
    return render(request, "practices/desk/reasons.html", context)


@moderators_only
@asks_and_acts
def desk_reason_new(request) -> HttpResponse:
    """Add a ready reason."""
    editing = Editing(request, "reason:new", ReasonTemplateForm, among_staff=True, instance=ReasonTemplate())
    return _reason_page(editing)


@moderators_only
@asks_and_acts
def desk_reason(request, pk: int) -> HttpResponse:
    """Change a ready reason. Mails that were sent with it do not change."""
    ready = get_object_or_404(ReasonTemplate, pk=pk)
    editing = Editing(request, f"reason:{pk}", ReasonTemplateForm, row=ready, among_staff=True)
    return _reason_page(editing, ready)


def _reason_page(editing: Editing[ReasonTemplateForm], ready: ReasonTemplate | None = None) -> HttpResponse:
    def keep(form: ReasonTemplateForm) -> Answer:
        form.save()
        return Answer(reverse("desk_reasons"), _("Saved. It is offered from now on."))

    return editing.save(keep) or editing.page("practices/desk/reason_form.html", {"ready": ready})


@moderators_only
@asks_and_acts
def desk_reason_delete(request, pk: int) -> HttpResponse:
    """Ask, then delete a ready reason."""
    ready = get_object_or_404(ReasonTemplate, pk=pk)
    if request.method != "POST":
        question = Question(
            title=_("Delete this ready reason?"),
            what=Text(ready.title, get_language()),
            consequences=[_("It is no longer offered. What was sent with it stays in the history and in the emails.")],
            button=_("Delete the ready reason"),
            back=reverse("desk_reasons"),
        )
        return ask(request, question)
    ready.delete()
    messages.success(request, _("Deleted. It is no longer offered."))
    return redirect("desk_reasons")


@moderators_only
@asks_and_acts
def desk_rules(request) -> HttpResponse:
    """The rules of the desk, for all who moderate."""
    row = ModerationRules.objects.get_or_create(only=True)[0]
    editing = Editing(request, "rules", RulesForm, row=row, among_staff=True)

    def keep(form: RulesForm) -> Answer:
        form.save()
        return Answer(reverse("desk_reasons"), _("Saved. The rules hold from now on."))

    return editing.save(keep) or editing.page("practices/desk/rules.html", {})

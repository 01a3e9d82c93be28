"""Lost second steps: one member of the staff asks to take one away, and another one decides."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from members.editing.editing import Editing
from members.editing.given_back import gives_back
from members.editing.sent_once import Answer
from members.models import LostSecondFactor
from members.sign_in import lost_factors
from members.sign_in.asked_again import asks_again
from practices.views.desk.access import moderators_only
from scn_portal.base.one_line import one_line

SHOWN = 20


@gives_back
class LostFactorForm(forms.Form):
    """Asks whose second step is lost, and how we know that they asked for this themselves."""

    email = forms.EmailField(
        validators=[one_line],
        label=gettext_lazy("Email address of the person"),
        error_messages={"required": gettext_lazy("Enter the email address of the person.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("How do you know that it is they who ask?"),
        help_text=gettext_lazy(
            "Call them on a number that you knew before, or see them. An email is not enough: whoever reads their "
            "mailbox could write it."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        error_messages={"required": gettext_lazy("Write how you know that it is they who ask.")},
    )


@moderators_only
@asks_again
def lost_second_steps(request):
    """The open and the decided requests, and a form for a new one."""
    _require_staff(request.user)
    editing = Editing(request, "lost-second-step", LostFactorForm, among_staff=True)

    def ask(form: LostFactorForm) -> Answer:
        lost = lost_factors.ask(**form.cleaned_data, by=request.user)
        return Answer(request.path, _("Now another of the staff decides. %(name)s is told.") % {"name": lost.person})

    if asked := editing.save(ask):
        return asked
    rows = LostSecondFactor.objects.select_related("person", "asked_by", "decided_by")
    context = {
        "waiting": rows.waiting().order_by("asked_at"),
        "decided": rows.exclude(decided_at=None).order_by("-decided_at")[:SHOWN],
    }
    return editing.page("desk/lost_second_steps.html", context)


@require_POST
@moderators_only
@asks_again
def lost_second_step_decide(request, pk: int):
    """Approve or refuse a request that somebody else made."""
    _require_staff(request.user)
    lost = get_object_or_404(LostSecondFactor, pk=pk)
    try:
        lost = lost_factors.decide(lost, approve="approve" in request.POST, by=request.user)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("lost_second_steps")
    done = _("The second step of %(name)s is taken away. They are told, and set up a new one when they sign in.")
    kept = _("The second step of %(name)s stays. They are told.")
    messages.success(request, (done if lost.is_approved else kept) % {"name": lost.person})
    return redirect("lost_second_steps")


def _require_staff(user) -> None:
    if not user.is_of_the_staff:
        raise Http404

"""Pages for moderators to take a submission, hand it over or release it. This locks nothing."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from members.models import User
from practices import holds
from practices.models import Revision
from practices.permissions import deciders
from practices.views.desk.access import moderators_only
from scn_portal.base.http.confirmation import Question, ask


class HandOverForm(forms.Form):
    """The colleague who takes over, and a word to them."""

    to = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("To whom?"),
        empty_label=gettext_lazy("Choose a colleague"),
        error_messages={"required": gettext_lazy("Choose a colleague.")},
    )
    word = forms.CharField(
        label=gettext_lazy("A word to them"),
        help_text=gettext_lazy("It stands in the email that they get, and on the desk."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        required=False,
    )

    def __init__(self, *args, revision: Revision, by: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = deciders(revision).exclude(pk=by.pk).order_by("name", "pk")


def _submission(user: User, pk: int) -> Revision:
    waiting = Revision.objects.of_other_cities(user).filter(status__in=holds.HELD_WHILE)
    return get_object_or_404(waiting.select_related("practice__city"), pk=pk)


@require_POST
@moderators_only
def hold_take(request, pk: int):
    """The user looks after the submission from now on."""
    revision = _submission(request.user, pk)
    try:
        hold = holds.take(revision, by=request.user)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("desk")
    messages.success(request, _("It is yours until %(day)s.") % {"day": _day(hold.ends_at)})
    return redirect("desk_revision", pk=revision.pk)


@require_POST
@moderators_only
def hold_release(request, pk: int):
    """Nobody looks after the submission any more."""
    revision = _submission(request.user, pk)
    holds.release(revision, by=request.user)
    messages.success(request, _("Released. Nobody looks after it now."))
    return redirect("desk_revision", pk=revision.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@moderators_only
def hold_hand_over(request, pk: int):
    """A colleague looks after the submission from now on, and gets a mail about it."""
    revision = _submission(request.user, pk)
    form = HandOverForm(request.POST if request.method == "POST" else None, revision=revision, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            holds.hand_over(revision, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Handed over to %(name)s.") % {"name": form.cleaned_data["to"]})
            return redirect("desk")
    return ask(request, _handing_over(revision, form))


def _handing_over(revision: Revision, form: HandOverForm) -> Question:
    return Question(
        title=_("Hand over this submission?"),
        what=revision.text("title", get_language()),
        consequences=[
            _("Your colleague looks after it from now on, for three working days. We tell them by email."),
            _("Everybody else on the desk can still decide about it."),
        ],
        button=_("Hand it over"),
        back=reverse("desk_revision", args=[revision.pk]),
        form=form,
        is_danger=False,
    )


def _day(moment: dt.datetime) -> str:
    return date_format(timezone.localtime(moment), "DATE_FORMAT")

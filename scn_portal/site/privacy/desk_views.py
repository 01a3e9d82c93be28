"""Pages for the staff: who asks to be erased, which texts name them, and the decision."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from members import people
from members.editing.given_back import gives_back
from members.models import User
from scn_portal.base.forms import AtMost
from scn_portal.base.http.confirmation import Question, ask
from scn_portal.base.http.decorators import permission_or_404
from scn_portal.base.lists import page_or_404
from scn_portal.site.models import Erasure
from scn_portal.site.privacy import erasing, places

PER_PAGE = 30
deciders_only = permission_or_404(erasing.PERMISSION)


class ReasonForm(forms.Form):
    """A reason that somebody else reads."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        widget=forms.Textarea(attrs={"rows": 5}),
        validators=[AtMost(4000)],
        error_messages={"required": gettext_lazy("Write why.")},
    )

    def __init__(self, *args, help_text: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = help_text


@gives_back
class RefusalForm(ReasonForm):
    """Why somebody is not erased."""


@gives_back
class ApprovalForm(ReasonForm):
    """Why a city may be left without a focal point."""


@require_safe
@deciders_only
def desk_erasures(request):
    """The open requests, the longest waiting first; with `?decided` the decided ones, the last decided first."""
    is_decided = "decided" in request.GET
    rows = Erasure.objects.exclude(decided_at=None).order_by("-decided_at", "-pk") if is_decided else _waiting()
    page = page_or_404(rows.select_related("person", "decided_by"), request, per_page=PER_PAGE)
    context = {"page": page, "is_decided": is_decided, "query": "decided" if is_decided else ""}
    return render(request, "desk/erasures.html", context)


@require_safe
@deciders_only
def desk_erasure(request, pk: int):
    """One request: for which cities the person acts, and which texts name them."""
    erasure = _found(pk)
    context = {
        "erasure": erasure,
        "memberships": erasure.person.memberships.select_related("city").order_by("city__name"),
        "left_empty": [membership.city for membership in erasing.cities_left_empty(erasure.person)],
        "places": places.naming(erasure.person),
        "is_mine": erasure.person == request.user,
    }
    return render(request, "desk/erasure.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@deciders_only
def desk_erasure_approve(request, pk: int):
    """Erase the person, after asking for confirmation."""
    erasure = _open(pk, request.user)
    form = _approval_form(request, erasure.person)
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            erasing.approve(erasure, by=request.user, reason=form.cleaned_data["reason"] if form else "")
        except people.LastFocalPoint:  # somebody else has left meanwhile
            return redirect("desk_erasure_approve", pk=pk)
        except ValidationError as error:
            messages.error(request, error.messages[0])
        else:
            words = {"name": erasure.person.pseudonym}
            messages.success(request, _("Done. The portal now knows this person as %(name)s.") % words)
        return redirect("desk_erasures")
    return ask(request, _approval_of(erasure, form))


@require_http_methods(["GET", "HEAD", "POST"])
@deciders_only
def desk_erasure_refuse(request, pk: int):
    """Refuse a request, with a reason."""
    erasure = _open(pk, request.user)
    words = _("%(name)s reads it in an email.") % {"name": erasure.person}
    form = RefusalForm(request.POST if request.method == "POST" else None, help_text=words)
    if request.method == "POST" and form.is_valid():
        try:
            erasing.refuse(erasure, by=request.user, reason=form.cleaned_data["reason"])
        except ValidationError as error:
            messages.error(request, error.messages[0])
        else:
            messages.success(request, _("Refused. %(name)s gets your reason by email.") % {"name": erasure.person})
        return redirect("desk_erasures")
    question = Question(
        title=_("Refuse to erase %(name)s?") % {"name": erasure.person},
        consequences=[_("Nothing is deleted. They can ask again at any time.")],
        button=_("Refuse"),
        back=reverse("desk_erasure", args=[pk]),
        form=form,
    )
    return ask(request, question)


def _waiting():
    return Erasure.objects.waiting()


def _found(pk: int) -> Erasure:
    return get_object_or_404(Erasure.objects.select_related("person", "decided_by"), pk=pk)


def _open(pk: int, by: User) -> Erasure:
    """A request that nobody has decided; 404 if `by` made it."""
    return get_object_or_404(_waiting().exclude(person=by).select_related("person"), pk=pk)


def _approval_form(request, person: User) -> forms.Form | None:
    """The form that asks for a reason, if a city would be left without a focal point; else None."""
    left = erasing.cities_left_empty(person)
    if not left:
        return None
    cities = ", ".join(str(membership.city) for membership in left)
    words = _("Nobody would be left as a focal point of %(cities)s. Invite somebody first, or write why not.")
    return ApprovalForm(request.POST if request.method == "POST" else None, help_text=words % {"cities": cities})


def _approval_of(erasure: Erasure, form: forms.Form | None) -> Question:
    person = erasure.person
    consequences = [
        _("Name, function, addresses, sessions and drafts of forms are deleted, in the history too."),
        _("What %(name)s did stays, under “%(pseudonym)s”.") % {"name": person, "pseudonym": person.pseudonym},
        _("They can no longer sign in and no longer act for any city. We tell them by email."),
        _("This cannot be undone."),
    ]
    if count := len(places.naming(person)):
        words = ngettext(
            "%(count)s text still names them and stays as it is.",
            "%(count)s texts still name them and stay as they are.",
            count,
        )
        consequences.insert(2, words % {"count": count})
    return Question(
        title=_("Erase %(name)s?") % {"name": person},
        consequences=consequences,
        button=_("Erase %(name)s") % {"name": person},
        back=reverse("desk_erasure", args=[erasure.pk]),
        form=form,
    )

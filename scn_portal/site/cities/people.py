"""Removing somebody from a city: what will happen, who takes over their open drafts, and one button."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from members import people
from members.forms import VacancyForm
from members.models import EDITING_ROLES, City, Membership, Notice
from members.permissions import acts_for
from members.sign_in.asked_again import ask_again
from practices.handover import hand_over, open_drafts_of
from scn_portal.base.http.confirmation import Question, ask


class RemovalForm(VacancyForm):
    """Asks who takes over the drafts, if there are any, and why no focal point is left, if there is none."""

    heir = forms.ModelChoiceField(
        Membership.objects.none(),
        label=gettext_lazy("Who takes over the open drafts?"),
        empty_label=gettext_lazy("Nobody yet"),
        help_text=gettext_lazy("Every editor of the city can go on with them in any case."),
        required=False,
    )
    field_order = ["heir", "reason"]

    def __init__(self, *args, membership: Membership, drafts: int, **kwargs):
        super().__init__(*args, membership=membership, **kwargs)
        if not drafts:
            del self.fields["heir"]
            return
        colleagues = membership.city.memberships.filter(role__in=EDITING_ROLES, user__is_active=True)
        self.fields["heir"].queryset = colleagues.exclude(pk=membership.pk).select_related("user", "city")
        self.fields["heir"].label_from_instance = lambda colleague: str(colleague.user)


@require_http_methods(["GET", "HEAD", "POST"])
def remove_person(request, pk: int):
    """Remove somebody from the city, after asking for confirmation."""
    managed = Membership.objects.filter(city__in=City.objects.managed_by(request.user))
    membership = get_object_or_404(managed.select_related("city", "user"), pk=pk)
    drafts = open_drafts_of(membership.user, membership.city).count()
    form = RemovalForm(request.POST if request.method == "POST" else None, membership=membership, drafts=drafts)
    if request.method == "POST" and form.is_valid():
        ask_again(request)
        try:
            _remove(membership, by=request.user, **form.cleaned_data)
        except people.LastFocalPoint as error:
            form.ask_why(error)
        except ValidationError as error:
            messages.error(request, error.messages[0])
            return redirect("my_city_people", slug=membership.city.slug)
        else:
            messages.success(request, _("%(name)s no longer acts for the city.") % {"name": membership.user})
            return redirect("my_city_people", slug=membership.city.slug)
    city = membership.city
    return ask(request, _removal_of(membership, drafts, form), city=city, for_staff=not acts_for(request.user, city))


@transaction.atomic
def _remove(membership: Membership, *, by, reason: str = "", heir: Membership | None = None) -> None:
    people.remove(membership, by=by, reason=reason)
    if heir and hand_over(city=membership.city, old=membership.user, new=heir.user) and heir.user != by:
        people.notify(Notice.Kind.DRAFTS, to=heir.user, city=membership.city, about=membership.user, by=by)


def _removal_of(membership: Membership, drafts: int, form: RemovalForm) -> Question:
    words: dict[str, object] = {"name": membership.user, "city": membership.city}
    consequences = [
        _("%(name)s can no longer read or write anything of %(city)s here.") % words,
        _("We tell %(name)s by email. The account stays, and what was written keeps its author.") % words,
    ]
    if drafts:
        consequences.append(
            ngettext(
                "%(name)s has %(drafts)s open draft. It stays with the city.",
                "%(name)s has %(drafts)s open drafts. They stay with the city.",
                drafts,
            )
            % (words | {"drafts": drafts})
        )
    return Question(
        title=_("Remove %(name)s from %(city)s?") % words,
        consequences=consequences,
        button=_("Remove %(name)s") % words,
        back=reverse("my_city_people", args=[membership.city.slug]),
        form=form,
    )

"""Pages about tasks: a wrong fact of a city, the choices of the weekly reminder, and the desk of the staff."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Prefetch
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from commitments import restoring
from commitments.models import ProgressUpdate, RestoreRequest
from members import corrections
from members.editing.editing import Editing
from members.editing.sent_once import Answer
from members.models import EDITING_ROLES, City, Correction, Fact, Membership, Vacancy
from scn_portal.base.http.decorators import permission_or_404
from scn_portal.base.keysets import Keyset
from scn_portal.base.lists import ListedPage, page_of_many
from scn_portal.base.totals import count_up_to
from scn_portal.site.city_facts import facts_of
from scn_portal.site.todo.forms import FactForm, ReminderForm
from scn_portal.site.todo.reasons import REASONS

MAX_DESERTED = 20
OBSTACLES_PER_PAGE = 20
MAX_CORRECTIONS = 20  # at a time: the next ones come when these are decided


def fact_wrong(request, slug: str, fact: str):
    """An official gives the right value of a fact and its source; the staff decide."""
    city = get_object_or_404(City.objects.editable_by(request.user).select_related("region"), slug=slug)
    if fact not in Fact.values:
        raise Http404
    editing: Editing[FactForm] = Editing(request, f"fact:{city.slug}:{fact}", FactForm, fact=fact)

    def report(form: FactForm) -> Answer:
        corrections.report(city=city, fact=fact, by=request.user, **form.cleaned_data)
        said = _("Thank you. The staff of the network read it, and you get an email.")
        return Answer(reverse("my_city_of", args=[city.slug]), said)

    row = next(each for each in facts_of(city) if each.key == fact)
    return editing.save(report) or editing.page("site/todo/fact.html", {"city": city, "fact": row})


def reminders(request):
    """Choose which kinds of tasks are in the weekly reminder of this person."""
    chosen = [reason.key for reason in REASONS if reason.key not in request.user.reminders_off]
    form = ReminderForm(request.POST if request.method == "POST" else None, initial={"kinds": chosen})
    if request.method == "POST" and form.is_valid():
        request.user.reminders_off = form.turned_off()
        request.user.save(update_fields=["reminders_off"])
        messages.success(request, _("Your choice is saved."))
        return redirect("reminders")
    return render(request, "site/todo/reminders.html", {"form": form})


@require_safe
@permission_or_404("members.change_city")
def cities_desk(request):
    """What comes to the staff about cities: facts reported as wrong, and cities that nobody acts for."""
    acting = Membership.objects.filter(city=OuterRef("pk"), role__in=EDITING_ROLES, user__is_active=True)
    reasons = Prefetch("vacancies", Vacancy.objects.order_by("-pk"), to_attr="reasons")
    deserted = City.objects.listed().filter(~Exists(acting), status=City.Status.MEMBER)
    waiting = list(Correction.objects.waiting()[: MAX_CORRECTIONS + 1])
    for correction in waiting:
        correction.shown = correction.value_shown
    context = {
        "corrections": waiting[:MAX_CORRECTIONS],
        "more_corrections": len(waiting) > MAX_CORRECTIONS,
        "obstacles": _obstacles(request),
        "restore_requests": RestoreRequest.objects.waiting(),
        "deserted": deserted.prefetch_related(reasons).by_name(get_language())[:MAX_DESERTED],
        "deserted_in_all": count_up_to(deserted),
    }
    return render(request, "site/todo/cities_desk.html", context)


def _obstacles(request) -> ListedPage:
    """A page of the updates that say that help is needed."""
    # The keys are found first: if the other tables were joined, the planner would read all cities for each of them.
    keys = ProgressUpdate.objects.where_help_is_needed().select_related(None).only("reported_on")
    page = page_of_many(keys, request, per_page=OBSTACLES_PER_PAGE, keyset=Keyset("-reported_on", "-pk"))
    shown = ProgressUpdate.objects.select_related("pledge__city").defer("pledge__search_fr", "pledge__search_en")
    read = shown.in_bulk([update.pk for update in page])
    page.object_list = [read[update.pk] for update in page if update.pk in read]
    return page


@require_POST
@permission_or_404("members.change_city")
def correction_decide(request, pk: int):
    """Accept or refuse what a city reported."""
    correction = get_object_or_404(Correction, pk=pk)
    accept = "accept" in request.POST
    try:
        corrections.decide(correction, accept=accept, by=request.user)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("Accepted: the fact is changed.") if accept else _("Refused."))
    return redirect("cities_desk")


@require_POST
@permission_or_404("members.change_city")
def restore_decide(request, pk: int):
    """Show a pledge or an update to the public again, as its city asks, or leave it down."""
    asked = get_object_or_404(RestoreRequest, pk=pk)
    accept = "accept" in request.POST
    try:
        restoring.decide(asked, accept=accept, by=request.user, reason=request.POST.get("reason", ""))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("Restored: the public sees it again.") if accept else _("It stays taken down."))
    return redirect("cities_desk")

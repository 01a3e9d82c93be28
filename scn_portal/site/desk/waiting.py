"""The queue: what waits for a moderator, and what waits for its city."""

import datetime as dt

from django.conf import settings
from django.db.models import Q, QuerySet
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from members.models import User
from practices import queue
from practices.choices import Status
from practices.models import DeskSettings, Hold, Kind, Revision, WaitingRevision
from practices.permissions import moderators
from practices.views.desk.access import moderators_only
from scn_portal.site.desk import filters
from scn_portal.site.desk.filters import Filter, Narrowed, page_by_keys
from scn_portal.site.desk.finding import desk_path_of

PER_PAGE = 25
MAX_SCHEDULED = 50
OF_SCHEDULED = (
    "title", "publish_at", "source_language", "source_changed_at", "translation_changed_at", "outdated",
    "practice__city__name_fr", "practice__city__name_en",
)  # fmt: skip
AGES = (3, 7, 14, 30)
MINE, NOBODY = "mine", "nobody"


@require_safe
@moderators_only
def desk(request):
    """The submissions that wait for a moderator, the longest first, and those that are scheduled."""
    agreed = DeskSettings.load()
    everything = queue.rows_for(request.user)
    narrowed = Narrowed(request, everything, _filters(request.user, everything, agreed))
    page = page_by_keys(narrowed.rows, request, queue.described(Revision.objects.all()), per_page=PER_PAGE)
    _describe(page, agreed)
    scheduled = Revision.objects.of_other_cities(request.user).filter(status=Status.SCHEDULED).order_by("publish_at")
    context = {
        "narrowed": narrowed,
        "page": page,
        "settings": agreed,
        "scheduled": scheduled.select_related("practice__city").only(*OF_SCHEDULED)[:MAX_SCHEDULED],
        "usual_wait": queue.usual_wait(),
        "mine": Hold.objects.current().filter(holder=request.user, revision__status=Status.SUBMITTED).count(),
    }
    return render(request, "desk/waiting.html", context)


@require_safe
@moderators_only
def with_cities(request):
    """What was sent back: with which city, since when, and what has happened since."""
    agreed = DeskSettings.load()
    everything = queue.rows_with_their_cities(request.user)
    narrowed = Narrowed(request, everything, _where_from(everything))
    page = page_by_keys(narrowed.rows, request, queue.described(Revision.objects.all()), per_page=PER_PAGE)
    _describe(page, agreed)
    return render(request, "desk/with_cities.html", {"narrowed": narrowed, "page": page, "settings": agreed})


def _describe(revisions, agreed: DeskSettings) -> None:
    """Set what else a row shows: `desk_path`, `came_again`, `days_waiting` and `is_overdue`."""
    for revision in revisions:
        revision.desk_path = desk_path_of(revision)
        revision.came_again = revision.turn_since.date() != revision.first_submitted_at.date()
        revision.days_waiting = queue.days_since(revision.first_submitted_at)
        revision.is_overdue = queue.is_overdue(revision.turn_since, agreed)


def _where_from(rows: QuerySet[WaitingRevision]) -> list[Filter]:
    return [
        filters.regions("city__", gettext_lazy("Region")),
        filters.cities("city", gettext_lazy("City"), rows),
        filters.fixed(
            "language", gettext_lazy("Written in"), settings.LANGUAGES, lambda code: Q(revision__source_language=code)
        ),
        filters.fixed("kind", gettext_lazy("Kind"), Kind.choices, lambda kind: Q(kind=kind)),
    ]


def _filters(user: User, rows: QuerySet[WaitingRevision], agreed: DeskSettings) -> list[Filter]:
    now = timezone.now()

    def older(value: str) -> Q:
        if value == "overdue":
            return Q(turn_since__lt=now - dt.timedelta(days=agreed.answer_days))
        return Q(first_submitted_at__lt=now - dt.timedelta(days=int(value)))

    ages = [
        (str(days), ngettext("more than %(days)d day", "more than %(days)d days", days) % {"days": days})
        for days in AGES
    ]
    return [
        *_where_from(rows),
        Filter("holder", gettext_lazy("Looked after by"), lambda: _holders(user), lambda value: _held(value, user)),
        filters.fixed("age", gettext_lazy("Waiting"), [*ages, ("overdue", _("overdue"))], older),
    ]


def _holders(user: User) -> list[tuple[str, str]]:
    colleagues = [(str(each.pk), str(each)) for each in moderators().exclude(pk=user.pk).order_by("name", "pk")]
    return [(MINE, _("me")), (NOBODY, _("nobody")), *colleagues]


def _held(value: str, user: User) -> Q:
    if value == NOBODY:
        return ~queue.held()
    return queue.held_by(user if value == MINE else User(pk=int(value)))

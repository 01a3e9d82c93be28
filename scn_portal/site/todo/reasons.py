"""Why something waits for the people of a city: one table of reasons, each with one query that finds its tasks.

The first page of a city and the weekly reminder show the same tasks. They are found, worded and dated in the active
language and time zone. The order of REASONS is the order of urgency.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest, TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from commitments.models import Milestone, Pledge
from commitments.models.pledges import ALSO_SAID, NOT_IN_BRIEF, SEARCHED
from members.models import City, Invitation, Membership, Proposal
from practices.choices import WRITABLE, Status
from practices.conversation import waiting_questions
from practices.models import Revision, Transition
from scn_portal.base.languages import Text
from scn_portal.site.todo.translations import behind, wanting, wanting_of_practices

NO_NEWS_MONTHS = 6
CONFIRM_MONTHS = 12
UNTOUCHED = dt.timedelta(days=30)
EXPIRES_WITHIN = dt.timedelta(days=3)
# The texts in the form where a translation is written; the result has a form of its own.
PLEDGE_TEXTS = ("title", "description", "baseline", "target", "partners", "indicator_name")
# The most tasks of a kind, those that have waited longest. When they are done, the next ones appear.
MOST_OF_A_KIND = 10
CLOSED = (Pledge.Status.DONE, Pledge.Status.DROPPED)


@dataclass(frozen=True)
class Task:
    """One thing to do: for which city, what about, since when, and the button that leads to it."""

    city: City
    label: str
    since: dt.date
    button: str
    path: str
    about: Text | None = None
    detail: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Asked:
    """The cities whose tasks are wanted, and the current time; `today` is in the time zone of the reader."""

    cities: Sequence[City]
    now: dt.datetime = field(default_factory=timezone.now)

    @property
    def today(self) -> dt.date:
        return timezone.localdate(self.now)

    def city(self, pk: int) -> City:
        return next(city for city in self.cities if city.pk == pk)


@dataclass(frozen=True)
class Reason:
    """A kind of task. `label` names it among the choices of an account; with `for_managers`, only focal points get
    it."""

    key: str
    label: Promise
    find: Callable[[Asked], Iterable[Task]]
    for_managers: bool = False


def months_before(day: dt.date, months: int) -> dt.date:
    """The same day `months` earlier, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    first_of_next = dt.date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(dt.date(year, month + 1, 1) + dt.timedelta(days=day.day - 1), first_of_next - dt.timedelta(days=1))


def _text(row, name: str = "title") -> Text:
    return row.text(name, get_language())


# --- Practices -------------------------------------------------------------------------------------------------------


def sent_back(asked: Asked) -> Iterable[Task]:
    last = Transition.objects.filter(revision=OuterRef("pk"), to_status=Status.SENT_BACK).order_by("-pk")
    found = _revisions(asked, Status.SENT_BACK)
    for revision in found.select_related("practice").annotate(back_at=Subquery(last.values("at")[:1])):
        yield Task(
            asked.city(revision.practice.city_id), _("A moderator asks for changes"),
            timezone.localdate(revision.back_at or revision.submitted_at), _("Make the changes"),
            reverse("practice_edit", args=[revision.practice_id]), _text(revision), revision.reason,
        )  # fmt: skip


def _revisions(asked: Asked, status: Status) -> QuerySet[Revision]:
    """The revisions of the cities, without long texts. Their keys are found by index-only scans, before any texts are
    read."""
    keys = Revision.objects.filter(practice__city__in=asked.cities, status=status).order_by()
    return Revision.objects.filter(pk__in=keys.values("pk"), status=status).without_long_texts()


def questions(asked: Asked) -> Iterable[Task]:
    for message in waiting_questions(asked.cities):
        yield Task(
            asked.city(message.revision.practice.city_id), _("The network’s staff ask you something"),
            timezone.localdate(message.at), _("Answer the question"),
            reverse("practice_answer", args=[message.revision.practice_id]), _text(message.revision),
        )  # fmt: skip


def untouched_drafts(asked: Asked) -> Iterable[Task]:
    events = Revision.pgh_event_model.objects.filter(pgh_obj=OuterRef("pk")).order_by("-pgh_id")
    touched = Greatest("created_at", Subquery(events.values("pgh_created_at")[:1]))
    drafts = _revisions(asked, Status.DRAFT).select_related("practice")
    drafts = drafts.annotate(touched_at=touched).filter(touched_at__lte=asked.now - UNTOUCHED).order_by("touched_at")
    for revision in drafts[:MOST_OF_A_KIND]:
        day = timezone.localdate(revision.touched_at)
        yield Task(
            asked.city(revision.practice.city_id), _("A draft has not been touched for 30 days"), day,
            _("Continue writing"), reverse("practice_edit", args=[revision.practice_id]), _text(revision),
            _("Last change: %(date)s") % {"date": date_format(day)},
        )  # fmt: skip


# --- Pledges ---------------------------------------------------------------------------------------------------------


def overdue_milestones(asked: Asked) -> Iterable[Task]:
    found = Milestone.objects.public().filter(pledge__city__in=asked.cities, done_on=None, due_on__lt=asked.today)
    found = found.exclude(pledge__status__in=CLOSED).select_related("pledge").order_by("due_on", "pk")
    found = found.defer(*(f"pledge__{name}" for name in (*NOT_IN_BRIEF, "description")))
    for milestone in found[:MOST_OF_A_KIND]:
        assert milestone.due_on, "asked for above"
        words = {"pledge": _text(milestone.pledge), "due": capfirst(milestone.due_in_words)}
        yield Task(
            asked.city(milestone.pledge.city_id), _("A milestone is overdue"), milestone.due_on,
            _("Say how it stands"),
            reverse("pledge_workspace", args=[milestone.pledge_id]) + f"#milestone-{milestone.pk}",
            _text(milestone),
            _("Pledge: %(pledge)s. %(due)s.") % words,
        )  # fmt: skip


def overdue_pledges(asked: Asked) -> Iterable[Task]:
    for pledge in _open_pledges(asked).filter(due_on__lt=asked.today).order_by("due_on", "pk")[:MOST_OF_A_KIND]:
        detail = f"{capfirst(pledge.due_in_words)}."
        yield _report(asked, pledge, _("A pledge is overdue"), pledge.due_on, detail)


def pledges_without_news(asked: Asked) -> Iterable[Task]:
    """Without overdue pledges, since `overdue_pledges` has them."""
    standing = Max("updates__reported_on", filter=Q(updates__taken_down_at=None))
    heard_on = Greatest(TruncDate("created_at"), Coalesce(standing, TruncDate("created_at")))
    quiet = _open_pledges(asked).exclude(due_on__lt=asked.today).annotate(reported_on=standing, heard_on=heard_on)
    quiet = quiet.filter(heard_on__lte=months_before(asked.today, NO_NEWS_MONTHS)).order_by("heard_on", "pk")
    for pledge in quiet[:MOST_OF_A_KIND]:
        words = {"date": date_format(pledge.reported_on or pledge.heard_on)}
        detail = _("Last update: %(date)s") if pledge.reported_on else _("No update since it was recorded on %(date)s")
        yield _report(asked, pledge, _("A pledge has had no update for six months"), pledge.heard_on, detail % words)


def untouched_pledge_drafts(asked: Asked) -> Iterable[Task]:
    drafts = Pledge.objects.filter(city__in=asked.cities, published_at=None).in_brief()
    for pledge in drafts.filter(updated_at__lte=asked.now - UNTOUCHED).order_by("updated_at", "pk")[:MOST_OF_A_KIND]:
        day = timezone.localdate(pledge.updated_at)
        yield Task(
            asked.city(pledge.city_id), _("A draft has not been touched for 30 days"), day, _("Continue writing"),
            reverse("pledge_workspace", args=[pledge.pk]), _text(pledge),
            _("Last change: %(date)s") % {"date": date_format(day)},
        )  # fmt: skip


def untold_results(asked: Asked) -> Iterable[Task]:
    """Only pledges for which an update says when they were done; the others are not asked about."""
    closed = Pledge.objects.public().since_declaration().filter(status=Pledge.Status.DONE, degree_of_change="")
    done = closed.filter(city__in=asked.cities)
    reported = Max("updates__reported_on", filter=Q(updates__taken_down_at=None, updates__status=Pledge.Status.DONE))
    told = done.annotate(done_on=reported).filter(done_on__isnull=False).order_by("done_on", "pk").in_brief()
    for pledge in told[:MOST_OF_A_KIND]:
        yield Task(
            asked.city(pledge.city_id), _("A pledge is done: say what came of it"), pledge.done_on,
            _("Say what came of it"), reverse("pledge_close", args=[pledge.pk]), _text(pledge),
        )  # fmt: skip


def _open_pledges(asked: Asked):
    found = Pledge.objects.public().filter(city__in=asked.cities).exclude(status__in=CLOSED).since_declaration()
    return found.in_brief()


def _report(asked: Asked, pledge: Pledge, label: str, since: dt.date, detail: str) -> Task:
    path = reverse("pledge_report", args=[pledge.pk])
    return Task(asked.city(pledge.city_id), label, since, _("Report progress"), path, _text(pledge), detail)


# --- Translations ----------------------------------------------------------------------------------------------------


def translations(asked: Asked) -> Iterable[Task]:
    pledges = Pledge.objects.public().filter(wanting(PLEDGE_TEXTS), city__in=asked.cities).defer(*SEARCHED, *ALSO_SAID)
    for pledge in pledges.order_by("source_changed_at", "pk")[:MOST_OF_A_KIND]:
        path = reverse("pledge_edit", args=[pledge.pk])
        yield from _to_translate(asked.city(pledge.city_id), pledge, PLEDGE_TEXTS, path)
    newer = Revision.objects.filter(practice=OuterRef("practice"), number__gt=OuterRef("number"))
    live = Revision.objects.filter(~Exists(newer), practice__city__in=asked.cities, status=Status.PUBLISHED)
    behind_others = live.filter(wanting_of_practices()).order_by("source_changed_at", "pk")
    shown = behind_others.select_related("practice").defer("search_fr", "search_en")
    for revision in shown[:MOST_OF_A_KIND]:
        path = reverse("practice_workspace", args=[revision.practice_id])
        yield from _to_translate(asked.city(revision.practice.city_id), revision, Revision.TEXTS, path)


def _to_translate(city: City, row, names: Sequence[str], path: str) -> Iterable[Task]:
    missing, outdated = behind(row, names)
    if not missing and not outdated:
        return
    is_french = row.source_language == "en"
    parts = []
    if missing:
        words = _("Missing in French: %(fields)s") if is_french else _("Missing in English: %(fields)s")
        parts.append(words % {"fields": ", ".join(missing)})
    if outdated:
        words = _("Older than the English: %(fields)s") if is_french else _("Older than the French: %(fields)s")
        parts.append(words % {"fields": ", ".join(outdated)})
    since = timezone.localdate(row.source_changed_at)
    label = _("A translation is missing") if missing else _("A translation has fallen behind")
    yield Task(city, label, since, _("Translate"), path, _text(row), ". ".join(parts))


# --- The city and its people -----------------------------------------------------------------------------------------


def facts(asked: Asked) -> Iterable[Task]:
    for city in asked.cities:
        confirmed_on = timezone.localdate(city.confirmed_at) if city.confirmed_at else None
        words = {"date": date_format(confirmed_on)} if confirmed_on else {}
        if city.facts_changed_at and confirmed_on:
            since = timezone.localdate(city.facts_changed_at)
            detail = _("A fact has changed since your city confirmed them on %(date)s.") % words
        elif confirmed_on is None:
            since, detail = asked.today, _("Your city has not confirmed them yet.")
        elif confirmed_on <= months_before(asked.today, CONFIRM_MONTHS):
            since, detail = confirmed_on, _("Last confirmed on %(date)s.") % words
        else:
            continue
        path = reverse("my_city_of", args=[city.slug]) + "#confirmation"
        yield Task(
            city, _("The facts about your city are to be confirmed"), since, _("Read and confirm"), path, detail=detail
        )


def expiring_invitations(asked: Asked) -> Iterable[Task]:
    found = Invitation.objects.open().filter(city__in=asked.cities, expires_at__lte=asked.now + EXPIRES_WITHIN)
    for invitation in found:
        day = timezone.localdate(invitation.expires_at)
        words = {"email": invitation.email, "date": date_format(day)}
        yield Task(
            asked.city(invitation.city_id), _("An invitation is about to expire"), day, _("See the invitation"),
            reverse("my_city_people", args=[asked.city(invitation.city_id).slug]),
            detail=_("%(email)s has not answered. Open until %(date)s.") % words,
        )  # fmt: skip


def people(asked: Asked) -> Iterable[Task]:
    confirmed = Min(Coalesce("confirmed_at", "created_at"))
    acting = Membership.objects.filter(city__in=asked.cities, user__is_active=True)
    for row in acting.values("city").annotate(since=confirmed).order_by("city"):
        day = timezone.localdate(row["since"])
        if day <= months_before(asked.today, CONFIRM_MONTHS):
            city = asked.city(row["city"])
            yield Task(
                city, _("The people of your city are to be confirmed"), day, _("See the people"),
                reverse("my_city_people", args=[city.slug]),
                detail=_("Not confirmed since %(date)s: do all of them still act for the city?")
                % {"date": date_format(day)},
            )  # fmt: skip


# --- What editors proposed, where the city has its own sign-off ------------------------------------------------------


def proposed(asked: Asked) -> Iterable[Task]:
    waiting = list(Proposal.objects.filter(city__in=asked.cities).select_related("by"))
    pledges = Pledge.objects.in_bulk({row.key for row in waiting if row.kind in ("pledge", "update")})
    open_drafts = Revision.objects.filter(practice__in={row.key for row in waiting if row.kind == "practice"})
    drafts = {draft.practice_id: draft for draft in open_drafts.filter(status__in=list(WRITABLE))}
    for row in waiting:
        pledge, draft = pledges.get(row.key), drafts.get(row.key)
        if row.kind == "pledge" and pledge and pledge.is_draft:
            path = reverse("pledge_publish", args=[pledge.pk])
            yield _released(asked, row, _("A pledge waits for your release"), path, _text(pledge))
        elif row.kind == "update" and pledge and pledge.is_public:
            path = reverse("proposed_update", args=[row.pk])
            yield _released(asked, row, _("An update waits for your release"), path, _text(pledge))
        elif row.kind == "practice" and draft:
            path = reverse("practice_check", args=[row.key])
            yield _released(asked, row, _("A practice waits for your release"), path, _text(draft))


def _released(asked: Asked, proposal: Proposal, label: str, path: str, about: Text) -> Task:
    detail = _("Proposed by %(name)s.") % {"name": proposal.by}
    since = timezone.localdate(proposal.at)
    return Task(asked.city(proposal.city_id), label, since, _("Read it"), path, about, detail)


def all_untouched_drafts(asked: Asked) -> Iterable[Task]:
    yield from untouched_drafts(asked)
    yield from untouched_pledge_drafts(asked)


REASONS = (
    Reason("sent_back", gettext_lazy("Practices that a moderator sent back"), sent_back),
    Reason("asked", gettext_lazy("Questions of the network’s staff"), questions),
    Reason("proposed", gettext_lazy("What editors propose to a focal point"), proposed, for_managers=True),
    Reason("milestones", gettext_lazy("Overdue milestones"), overdue_milestones),
    Reason("pledges", gettext_lazy("Overdue pledges"), overdue_pledges),
    Reason("invitations", gettext_lazy("Invitations about to expire"), expiring_invitations, for_managers=True),
    Reason("no_news", gettext_lazy("Pledges without an update for six months"), pledges_without_news),
    Reason("facts", gettext_lazy("Facts about the city, to confirm once a year"), facts),
    Reason("people", gettext_lazy("People of the city, to confirm once a year"), people, for_managers=True),
    Reason("results", gettext_lazy("Pledges that are done, with no result told"), untold_results),
    Reason("drafts", gettext_lazy("Drafts that nobody has touched for 30 days"), all_untouched_drafts),
    Reason("translations", gettext_lazy("Translations that are missing or have fallen behind"), translations),
)

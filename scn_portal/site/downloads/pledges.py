"""The files of pledges, their milestones and their progress updates."""

from operator import attrgetter

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from commitments.api import dated
from commitments.facets import statuses
from commitments.models import DegreeOfChange, Milestone, ObstacleKind, ProgressUpdate
from practices.evidence import slugs_shown
from practices.facets import languages
from scn_portal.base.facets import choice_labels
from scn_portal.base.links import absolute_url
from scn_portal.base.models import PublicKind
from scn_portal.base.origin import Origin
from scn_portal.site.downloads.cities import CITY_KEY
from scn_portal.site.downloads.columns import (
    LICENCE_COLUMNS,
    Column,
    Words,
    addresses,
    city_columns,
    coded,
    column,
    commitment_columns,
    date,
    moment,
    number,
    page_columns,
    partial_date,
    translated,
)
from scn_portal.site.downloads.dataset import Dataset, ForeignKey, Rows
from scn_portal.site.pledges.search import PledgeSearch

COMMITMENT_KEY = ForeignKey("commitment_number", "commitments", "commitment_number")
PLEDGE_KEY = ForeignKey("pledge_id", "pledges", "pledge_id")
NOT_NEEDED = ("search_fr", "search_en", "also_said_fr", "also_said_en", "city__search")


def origins(language: str) -> dict[str, str]:
    """Who wrote a text."""
    return choice_labels(Origin, language)


def degrees(language: str) -> dict[str, str]:
    """How much a pledge has changed."""
    return choice_labels(DegreeOfChange, language)


def obstacle_kinds(language: str) -> dict[str, str]:
    """What stands in the way of a pledge."""
    return choice_labels(ObstacleKind, language)


def _indicator(name: str, title: Words, meaning: Words, example: str) -> Column:
    """A figure of the indicator of a pledge."""
    value = attrgetter(f"indicator_{name}")
    return column(
        f"indicator_{name}", title, meaning, example,
        lambda row: None if value(row) is None else float(value(row)), type="number",
    )  # fmt: skip


def if_done(name: str):
    """A function that reads the text `name` in a language, if the pledge is done and its result is reported."""
    return lambda row, language: getattr(row, f"{name}_{language}") if row.has_result else ""


def source_language(of: str = "source_language"):
    return coded("source_language", _("Written in"), _("The language it was written in; the other is a translation."),
                 ("fr", "French", "Français"), languages, of)  # fmt: skip


# --- Pledges ---------------------------------------------------------------------------------------------------------


def _pledges(query: QueryDict, language: str) -> Rows:
    search = PledgeSearch(query, language, with_prior=True)
    return Rows(_counted(search.chosen), search.faceted.query)


def _counted(pledges: QuerySet) -> QuerySet:
    """`pledges` with the numbers of their `steps`, `steps_done` and `reports`, and the `last_report`."""
    steps = Milestone.objects.public().filter(pledge=OuterRef("pk")).order_by().values("pledge")
    reports = ProgressUpdate.objects.public().filter(pledge=OuterRef("pk")).order_by()
    return (
        dated(pledges)
        .select_related("city__region", "commitment__declaration")
        .defer(*NOT_NEEDED)
        .annotate(
            steps=Coalesce(Subquery(steps.annotate(n=Count("pk")).values("n")), 0),
            steps_done=Coalesce(Subquery(steps.annotate(n=Count("pk", Q(done_on__isnull=False))).values("n")), 0),
            reports=Coalesce(Subquery(reports.values("pledge").annotate(n=Count("pk")).values("n")), 0),
            last_report=Subquery(reports.order_by("-reported_on").values("reported_on")[:1]),
        )
        .order_by("pk")
    )


PLEDGES = Dataset(
    "pledges",
    _("Pledges"),
    _("What the listed cities have promised, each under one commitment, and how it stands. Actions that are older than"
      " the Declaration are marked."),
    columns=(
        number("pledge_id", _("Pledge"), _("The number of the pledge, as in its address and in the API."), "7", "pk",
               required=True),
        *city_columns(lambda row: row.city),
        *commitment_columns(lambda row: row.commitment),
        *translated("title", _("Title"), _("What is promised, in a few words."),
                    ("Create a prevention centre", "Créer un centre de prévention")),
        *translated("description", _("Description"), _("What is promised, in Markdown."),
                    ("The city and Québec opened the CPRMV with equal funding.",
                     "La Ville et le gouvernement du Québec ont inauguré le CPRMV, financé à parts égales.")),
        *translated("target", _("Target"), _("What is to be reached, in Markdown."),
                    ("A trained contact in every school", "Une personne formée dans chaque école")),
        *translated("baseline", _("Where things stood"), _("How it was at the start, in Markdown."),
                    ("No school has one.", "Aucune école n’en a.")),
        *translated("partners", _("Partners"), _("Who takes part, in Markdown."),
                    ("The school board", "La commission scolaire")),
        *translated("indicator_name", _("Indicator"), _("What it is measured by."),
                    ("Schools with a contact", "Écoles dotées d’une personne formée")),
        column("indicator_unit", _("Unit"), _("What the figures count."), "schools"),
        _indicator("baseline", _("Figure at the start"), _("The indicator at the start."), "0"),
        _indicator("target", _("Figure to reach"), _("The indicator that is to be reached."), "40"),
        _indicator("latest", _("Latest figure"), _("The latest value of the indicator."), "12"),
        *source_language(),
        *coded("degree_of_change", _("Degree of change"), _("How much has changed, in the judgement of the city; empty"
               " where it is not done."), ("limited", "Limited change", "Changement limité"), degrees,
               lambda row: row.degree_of_change if row.has_result else ""),
        *translated("result", _("Result"), _("What came of it, in Markdown; empty where it is not done."),
                    ("Twelve schools have one.", "Douze écoles en ont une."), if_done("result")),
        *translated("lessons", _("Lessons"), _("What the city learned, in Markdown; empty where it is not done."),
                    ("Ask the schools first.", "Interroger d’abord les écoles."), if_done("lessons")),
        *coded("status", _("Status"), _("How the pledge stands."), ("under_way", "Under way", "En cours"), statuses,
               required=True),
        column("prior_to_declaration", _("Older than the Declaration"), _("True where it is surely older than the"
               " Declaration: an action already taken, in no count of pledges."), "false", "is_prior", type="boolean"),
        partial_date("announced_on", _("Announced or adopted"), _("A year, a month or a day."), "2015-11-22"),
        partial_date("starts", _("Start"), _("A year, a month or a day."), "2026"),
        date("starts_on", _("Start, as a day"), _("The first day of the year or month that is given."), "2026-01-01"),
        partial_date("due", _("Due"), _("When the city wants to have kept it: a year, a month or a day."), "2027"),
        date("due_on", _("Due, as a day"), _("The last day of the year or month that is given."), "2027-12-31"),
        column("lead_department", _("Lead department"), _("Who is in charge in the city."), "Community Safety"),
        addresses("sources", _("Sources"), _("Pages that show it."), "https://www.lelezard.com/communique-8750552.html"),
        *coded("origin", _("Written by"), _("Whether its city recorded it or the portal’s team compiled it."),
               ("city", "Written by the city", "Rédigée par la ville"), origins),
        number("milestone_count", _("Milestones"), _("How many milestones it has."), "3", "steps"),
        number("milestone_done_count", _("Milestones reached"), _("How many of them are reached."), "1", "steps_done"),
        number("update_count", _("Progress updates"), _("How many progress updates are public."), "2", "reports"),
        date("last_reported_on", _("Last report"), _("The day of the last progress update."), "2026-03-02",
             "last_report"),
        moment("published_at", _("Published"), _("When it was first published on the portal."), "2026-03-02T09:30:00Z",
               "published_at"),
        moment("modified_at", _("Last change"),
               _("When the pledge, a milestone or a progress update of it last changed."), "2026-03-02T09:30:00Z",
               "changed_at"),
        *page_columns("pledge_detail", ("/en/pledges/7/", "/fr/promesses/7/"), lambda row: row.pk),
        *LICENCE_COLUMNS,
    ),
    read=_pledges,
    key=("pledge_id",),
    page="pledge_list",
    foreign_keys=(CITY_KEY, COMMITMENT_KEY),
    published="published_at",
    modified="changed_at",
    period="announced_on",
    records=(PublicKind.PLEDGE, PublicKind.MILESTONE, PublicKind.UPDATE),
)  # fmt: skip


# --- Milestones and progress updates ---------------------------------------------------------------------------------


def _of_pledges(rows: QuerySet, query: QueryDict, language: str) -> Rows:
    """The `rows` that belong to pledges in the list for `query`."""
    faceted = PledgeSearch(query, language, with_prior=True).faceted
    deferred = [f"pledge__{name}" for name in NOT_NEEDED]
    rows = rows.filter(pledge__in=faceted.rows.order_by().values("pk")).select_related(
        "pledge__city__region", "pledge__commitment"
    )
    return Rows(rows.defer(*deferred).order_by("pk"), faceted.query)


def _milestones(query: QueryDict, language: str) -> Rows:
    changes = Milestone.events.rel.related_model.objects.filter(pgh_obj=OuterRef("pk"))
    first, last = (changes.order_by(order).values("pgh_created_at")[:1] for order in ("pgh_id", "-pgh_id"))
    milestones = Milestone.objects.public().annotate(
        first_change=Greatest(Subquery(first), "pledge__published_at"),
        last_change=Greatest(Subquery(last), "pledge__published_at"),
    )
    return _of_pledges(milestones, query, language)


MILESTONES = Dataset(
    "milestones",
    _("Milestones"),
    _("The steps of the pledges: what is due when, and what is reached."),
    columns=(
        number("milestone_id", _("Milestone"), _("The number of the milestone."), "12", "pk", required=True),
        number("pledge_id", _("Pledge"), _("The pledge that it belongs to."), "7", required=True),
        *city_columns(lambda row: row.pledge.city),
        *commitment_columns(lambda row: row.pledge.commitment),
        *translated("title", _("Title"), _("What is to be reached."),
                    ("The council adopts the strategy", "Le conseil adopte la stratégie")),
        partial_date("due", _("Due"), _("When the city wants to reach it: a year, a month or a day."), "2026-09"),
        date("due_on", _("Due, as a day"), _("The last day of the year or month that is given."), "2026-09-30"),
        date("done_on", _("Reached on"), _("The day it was reached; empty where it is not."), "2026-09-14"),
        addresses("evidence", _("Evidence"), _("Pages that show it."), "https://example.org/minutes"),
        moment("published_at", _("Published"), _("When it was first published on the portal."), "2026-03-02T09:30:00Z",
               "first_change"),
        moment("modified_at", _("Last change"), _("When the row last changed."), "2026-03-02T09:30:00Z", "last_change"),
        *page_columns("pledge_detail", ("/en/pledges/7/", "/fr/promesses/7/"), lambda row: row.pledge_id),
        *LICENCE_COLUMNS,
    ),
    read=_milestones,
    key=("milestone_id",),
    page="pledge_list",
    foreign_keys=(PLEDGE_KEY, CITY_KEY, COMMITMENT_KEY),
    city=lambda row: row.pledge.city,
    published="first_change",
    modified="last_change",
    period="due_on",
    records=(PublicKind.MILESTONE,),
)  # fmt: skip


def _documents(update: ProgressUpdate) -> list[str]:
    with override(update.source_language):
        return [absolute_url(document.get_absolute_url()) for document in update.documents.all()]


def _updates(query: QueryDict, language: str) -> Rows:
    updates = ProgressUpdate.objects.public().annotate(practices=slugs_shown("pk")).prefetch_related("documents")
    return _of_pledges(updates, query, language)


UPDATES = Dataset(
    "updates",
    _("Progress updates"),
    _("How each pledge stood on a day, as its city reported it. An update is never changed; one that its city has taken"
      " down is not in the file."),
    columns=(
        number("update_id", _("Progress update"), _("The number of the progress update."), "31", "pk", required=True),
        number("pledge_id", _("Pledge"), _("The pledge that it belongs to."), "7", required=True),
        *city_columns(lambda row: row.pledge.city),
        *commitment_columns(lambda row: row.pledge.commitment),
        date("reported_on", _("Date"), _("The day that it tells of."), "2026-03-02"),
        *coded("status", _("Status"), _("How the pledge stood on that day."), ("under_way", "Under way", "En cours"),
               statuses, required=True),
        *translated("what_changed", _("What changed"), _("In Markdown."),
                    ("The first training took place.", "La première formation a eu lieu.")),
        *translated("reason", _("Reason"), _("Why the pledge was paused or dropped, in Markdown."),
                    ("The council has cut the budget.", "Le conseil a supprimé le budget.")),
        *coded("obstacle_kind", _("Kind of obstacle"), _("What kind of obstacle it is."),
               ("capacity", "People, money or skills", "Personnel, moyens ou compétences"), obstacle_kinds),
        *translated("obstacles", _("Obstacles"), _("What stood in the way, in Markdown."),
                    ("Two posts are vacant.", "Deux postes sont vacants.")),
        addresses("evidence", _("Evidence"), _("Pages that show it."), "https://example.org/report"),
        column("documents", _("Documents"), _("The addresses of the files that show it."),
               "https://portal.example/en/pledges/7/documents/0123abcd/report.pdf", _documents, type="list",
               items="string"),
        column("practices", _("Practices"), _("The codes of the city’s practices that show it."), "the-aarhus-model",
               type="list", items="string"),
        *source_language(),
        moment("published_at", _("Published"), _("When it was first published on the portal."), "2026-03-02T09:30:00Z",
               "created_at"),
        *page_columns("pledge_detail", ("/en/pledges/7/", "/fr/promesses/7/"), lambda row: row.pledge_id),
        *LICENCE_COLUMNS,
    ),
    read=_updates,
    key=("update_id",),
    page="pledge_list",
    foreign_keys=(PLEDGE_KEY, CITY_KEY, COMMITMENT_KEY),
    city=lambda row: row.pledge.city,
    published="created_at",
    modified="created_at",
    period="reported_on",
    records=(PublicKind.UPDATE,),
)  # fmt: skip

"""The file of practices."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Min, OuterRef, Subquery
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from members.models import City
from practices import facets
from practices.choices import ONCE_PUBLIC
from practices.models import Adaptation, PartnerCity, Revision, RevisionCommitment
from practices.search import PracticeSearch
from scn_portal.base.models import PublicKind
from scn_portal.site.downloads.cities import CITY_KEY
from scn_portal.site.downloads.columns import (
    LICENCE_COLUMNS,
    Column,
    address,
    addresses,
    city_columns,
    coded,
    column,
    moment,
    number,
    page_columns,
    partial_date,
    translated,
)
from scn_portal.site.downloads.dataset import Dataset, Rows
from scn_portal.site.downloads.pledges import origins, source_language


def _practices(query: QueryDict, language: str) -> Rows:
    search = PracticeSearch(query, language)
    served = RevisionCommitment.objects.filter(revision=OuterRef("pk")).order_by("commitment__number")
    public = Revision.objects.filter(practice=OuterRef("practice"), status__in=ONCE_PUBLIC).order_by()
    first = public.values("practice").annotate(first=Min("published_at")).values("first")
    originals = Adaptation.objects.filter(revision=OuterRef("pk"), original__revisions__in=Revision.objects.live())
    partner_cities = PartnerCity.objects.filter(revision=OuterRef("pk"), city__in=City.objects.listed())
    rows = search.chosen.select_related("practice__city__region")
    rows = rows.defer("search_fr", "search_en", "practice__city__search").annotate(
        served=ArraySubquery(served.values("commitment__number")),
        partners_listed=ArraySubquery(partner_cities.order_by("city__slug").values("city__slug")),
        originals=ArraySubquery(originals.order_by("original__slug").values("original__slug")),
        first_published_at=Subquery(first),
    )
    return Rows(rows.order_by("practice__slug"), search.faceted.query)


# The long texts of a practice: field, title, meaning, an English and a French example.
TEXTS = (
    ("challenge", _("Challenge"), _("What the city wanted to change, in Markdown."),
     ("Online recruitment became a concern.", "Le recrutement en ligne est devenu une préoccupation.")),
    ("approach", _("Approach"), _("What the city does, in Markdown."),
     ("The pilot began in 2007.", "Le projet pilote a été lancé en 2007.")),
    ("partners", _("Partners"), _("With whom, in Markdown."), ("* Aarhus University", "* Université d’Aarhus")),
    ("lead", _("Lead body"), _("Who is in charge."),
     ("Aarhus Municipality and East Jutland Police", "Ville d’Aarhus et police du Jutland oriental")),
    ("resources", _("Resources"), _("Money, people and time, in Markdown."),
     ("Federal grant of EUR 50,000 for coordination", "Subside fédéral de 50 000 € pour la coordination")),
    ("results", _("Results"), _("What has changed, in Markdown."),
     ("No published outcome figures were found.", "Aucun résultat chiffré publié n’a été trouvé.")),
    ("evidence", _("Evidence"), _("How that is known, in Markdown."),
     ("A survey of 200 families.", "Une enquête auprès de 200 familles.")),
    ("lessons", _("What did not work"), _("What the city would not do again, in Markdown."),
     ("We began without the schools.", "Nous avons commencé sans les écoles.")),
    ("transfer", _("Conditions for transfer"), _("What another city would need, in Markdown."),
     ("One person who answers the telephone.", "Une personne qui répond au téléphone.")),
    ("safeguards", _("Safeguards for human rights"),
     _("How privacy, equality and freedoms are protected, in Markdown."),
     ("Files are closed after two years.", "Les dossiers sont clos après deux ans.")),
    ("inspired_by", _("Adapted from a practice elsewhere"),
     _("A practice outside the network that it was adapted from."),
     ("The prevention networks tried in Lebanon and Jordan",
      "Les réseaux de prévention expérimentés au Liban et en Jordanie")),
)  # fmt: skip


def _long_texts() -> tuple[Column, ...]:
    return tuple(
        each for name, title, meaning, examples in TEXTS for each in translated(name, title, meaning, examples)
    )


PRACTICES = Dataset(
    "practices",
    _("Practices"),
    _("What cities do to prevent hate and extremism, as published: the text that is public now, in the languages in"
      " which it exists."),
    columns=(
        column("practice_slug", _("Practice"), _("The code of the practice, as in its address."), "the-aarhus-model",
               lambda row: row.practice.slug, required=True),
        *city_columns(lambda row: row.practice.city),
        *translated("title", _("Title"), _("The name of the practice."), ("The Aarhus Model", "Le modèle d’Aarhus")),
        column("original_name", _("Name in the local language"), _("Its name in the local language."),
               "Aarhusmodellen"),
        *translated("claim", _("In one sentence"), _("What it does and for whom, in one sentence."),
                    ("An Info House for worried relatives.", "Une maison d’information pour les proches inquiets.")),
        *translated("summary", _("Summary"), _("The practice in a few sentences, in Markdown."),
                    ("An Info House shared by the city and the police receives concerns.",
                     "Une « maison d’information » commune à la ville et à la police recueille les inquiétudes.")),
        *source_language(),
        column("commitment_numbers", _("Related commitments"), _("The numbers of the commitments that it serves."),
               "4; 7", "served", type="list", items="integer"),
        *coded("themes", _("Themes"), _("What it is about."),
               ("case_work; exit", "Support for individuals, case by case; Disengagement and reintegration",
                "Accompagnement individuel, au cas par cas; Désengagement et réinsertion"), facets.themes, many=True),
        *coded("target_groups", _("Who it is for"), _("Whom it is for."),
               ("young; families", "Young people; Families and parents", "Jeunes; Familles et parents"),
               facets.target_groups, many=True),
        *translated("themes_other", _("Other themes"), _("What else it is about, in the city’s words."),
                    ("Sport", "Le sport")),
        *translated("target_groups_other", _("Other groups"), _("Whom else it is for, in the city’s words."),
                    ("Taxi drivers", "Chauffeurs de taxi")),
        *coded("scope", _("Scope"), _("How far it reaches."), ("city", "The whole city", "Toute la ville"),
               facets.scopes, lambda row: row.scope or facets.NOT_STATED),
        *coded("evaluation", _("Evaluation"), _("Who evaluated what it changed."),
               ("external", "Evaluated independently", "Évaluation indépendante"), facets.evaluations,
               lambda row: row.evaluation or facets.NOT_STATED),
        *coded("origin", _("Written by"), _("Whether its city wrote it or the portal’s team compiled it."),
               ("city", "Written by the city", "Rédigée par la ville"), origins),
        *_long_texts(),
        column("adapted_from", _("Adapted from"), _("The codes of the practices on this portal that it was adapted"
               " from."), "the-aarhus-model", "originals", type="list", items="string"),
        partial_date("started_on", _("Started"), _("A year, a month or a day."), "2007"),
        *coded("continuation", _("Ended or ongoing"), _("Whether it still goes on."),
               ("ongoing", "Ongoing", "En cours"), facets.continuations,
               lambda row: row.continuation or facets.NOT_STATED),
        partial_date("ended_on", _("Ended"), _("A year, a month or a day."), "2019"),
        *coded("cost_band", _("Cost a year"), _("What it costs in an ordinary year, whoever pays."),
               ("under_50", "10,000 to 50,000 euros", "De 10 000 à 50 000 euros"), facets.cost_bands,
               lambda row: row.cost_band or facets.NOT_STATED),
        column("partner_cities", _("Partner cities of the network"), _("The codes of the cities of the network that"
               " take part in it."), "ghent; antwerp", "partners_listed", type="list", items="string"),
        number("people_reached", _("People reached"), _("How many people it has reached."), "1200"),
        number("people_reached_year", _("In the year"), _("The year that the number of people is of."), "2023"),
        address("website", _("Website"), _("A public page about it."), "https://example.org/practice"),
        addresses("sources", _("Sources"), _("Pages that show it."), "https://example.org/a; https://example.org/b"),
        moment("published_at", _("Published"), _("When it was first published on the portal."), "2026-03-02T09:30:00Z",
               "first_published_at"),
        moment("modified_at", _("Last change"), _("When the text that is public now was published."),
               "2026-03-02T09:30:00Z", "published_at"),
        *page_columns("practice_detail", ("/en/practices/the-aarhus-model/", "/fr/pratiques/the-aarhus-model/"),
                      lambda row: row.practice.slug),
        *LICENCE_COLUMNS,
    ),
    read=_practices,
    key=("practice_slug",),
    page="practice_list",
    foreign_keys=(CITY_KEY,),
    city=lambda row: row.practice.city,
    published="first_published_at",
    modified="published_at",
    records=(PublicKind.PRACTICE,),
    period="started_on",
)  # fmt: skip

"""The facets of the list of practices.

They filter live revisions, `Revision.objects.live()`: how other revisions are classified is not public.
"""

from functools import reduce
from operator import or_

from django.contrib.postgres.fields import ArrayField
from django.db.models import Case, CharField, Exists, F, Func, OuterRef, Q, Value, When
from django.utils.translation import gettext, override, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from commitments.facets import the_seven
from members.facets import country_names, regions
from practices.choices import Continuation, CostBand, Evaluation, Scope, TargetGroup, Theme
from practices.models import RevisionCommitment
from scn_portal.base.facet_options import sort_labels
from scn_portal.base.facets import Facet, choice_labels
from scn_portal.base.languages import CODES

NOT_STATED = "not_stated"


class Languages(Func):
    """The languages in which a revision has a title."""

    template = "array_remove(ARRAY[%(expressions)s], NULL)"
    output_field = ArrayField(CharField())

    def __init__(self):
        given = (Case(When(**{f"title_{code}__gt": ""}, then=Value(code)), output_field=CharField()) for code in CODES)
        super().__init__(*given)


EVALUATION = Case(When(evaluation="", then=Value(NOT_STATED)), default=F("evaluation"), output_field=CharField())


def _written_in(codes: list[str]) -> Q:
    return reduce(or_, (Q(**{f"title_{code}__gt": ""}) for code in CODES if code in codes), Q(pk=None))


def _evaluated(values: list[str]) -> Q:
    return Q(evaluation__in=["" if value == NOT_STATED else value for value in values])


def _serve(numbers: list[str]) -> Q:
    served = RevisionCommitment.objects.filter(revision=OuterRef("pk"))
    return Q(Exists(served.filter(commitment__number__in=[int(each) for each in numbers if each in "1234567"])))


def themes(language: str) -> dict[str, str]:
    """The labels of the themes by their values, sorted."""
    return sort_labels(choice_labels(Theme, language))


def target_groups(language: str) -> dict[str, str]:
    """The labels of the target groups by their values, sorted."""
    return sort_labels(choice_labels(TargetGroup, language))


def evaluations(language: str) -> dict[str, str]:
    """The labels of the evaluations by their values, external ones first."""
    labels = choice_labels((Evaluation.EXTERNAL, Evaluation.INTERNAL, Evaluation.NONE), language)
    with override(language):
        return labels | {NOT_STATED: gettext("Not stated")}


def scopes(language: str) -> dict[str, str]:
    """The labels of the scopes by their values."""
    return _stated(Scope, language)


def continuations(language: str) -> dict[str, str]:
    """The labels of “ended or ongoing” by their values."""
    return _stated(Continuation, language)


def cost_bands(language: str) -> dict[str, str]:
    """The labels of the costs by their values, the lowest first."""
    return _stated(CostBand, language)


def _stated(choices, language: str) -> dict[str, str]:
    with override(language):
        return choice_labels(choices, language) | {NOT_STATED: gettext("Not stated")}


def languages(language: str) -> dict[str, str]:
    with override(language):
        return {"en": gettext("English"), "fr": gettext("French")}


# For practices and pledges: both have titles in one language or in both.
LANGUAGE = Facet(
    "language",
    pgettext_lazy("of a text", "Language"),
    Languages(),
    languages,
    items=True,
    in_title=_("language: %(value)s"),
    where=_written_in,
)

PRACTICE_FACETS = [
    Facet("commitment", _("Related commitment"), "commitments__number", the_seven, in_order=True, where=_serve),
    Facet("theme", _("Theme"), "themes", themes, items=True),
    Facet("target_group", _("Who it is for"), "target_groups", target_groups, items=True),
    Facet("region", _("Region"), "practice__city__region__slug", regions),
    Facet("country", _("Country"), "practice__city__country", country_names),
    Facet(
        "evaluation",
        _("Evaluation"),
        EVALUATION,
        evaluations,
        in_order=True,
        in_title=_("evaluation: %(value)s"),
        where=_evaluated,
    ),
    LANGUAGE,
]

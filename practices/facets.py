"""The facets of the list of practices.

They filter live revisions, `Revision.objects.live()`: how other revisions are classified is not public.
"""

from django.contrib.postgres.fields import ArrayField
from django.db.models import Case, CharField, F, Func, Value, When
from django.utils.translation import gettext, override, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from commitments.facets import the_seven
from members.facets import country_names, regions
from practices.choices import Continuation, CostBand, Evaluation, Scope, TargetGroup, Theme
from scn_portal.base.facets import Facet, choice_labels, sort_labels
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


# Of practices and of pledges: both have titles in one language or in both.
LANGUAGE = Facet(
    "language",
    pgettext_lazy("of a text", "Language"),
    Languages(),
    languages,
    items=True,
    in_title=_("language: %(value)s"),
)

PRACTICE_FACETS = [
    Facet("commitment", _("Related commitment"), "commitments__number", the_seven, in_order=True),
    Facet("theme", _("Theme"), "themes", themes, items=True),
    Facet("target_group", _("Who it is for"), "target_groups", target_groups, items=True),
    Facet("region", _("Region"), "practice__city__region__slug", regions),
    Facet("country", _("Country"), "practice__city__country", country_names),
    Facet("evaluation", _("Evaluation"), EVALUATION, evaluations, in_order=True, in_title=_("evaluation: %(value)s")),
    LANGUAGE,
]

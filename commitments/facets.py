"""The facets of the list of pledges."""

from collections.abc import Callable

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, CharField, F, Func, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _

from commitments.models import Commitment, Pledge
from members.facets import country_names, regions
from members.models import City
from scn_portal.base.facets import Facet, choice_labels, in_language


def statuses(language: str) -> dict[str, str]:
    """The labels of the statuses of a pledge by their values, in the order of the scale."""
    return choice_labels(Pledge.Status, language)


def the_seven(language: str) -> QuerySet:
    """The commitments by their numbers: “4. Local strategies”."""
    label = Concat(Cast("number", CharField()), Value(". "), in_language(language, "short"), output_field=CharField())
    return Commitment.objects.of_melbourne().annotate(value=F("number"), label_text=label)


def _one_of(column: str, rows: QuerySet) -> Q:
    """The condition that `column` is the key of one of `rows`, written so that the index of `column` is used. Pledges
    with other values are then not read, even if a common word finds many."""
    keys = ArraySubquery(rows.order_by().values("pk"))
    return Q(Func(F(column), keys, template="%(expressions)s)", arg_joiner=" = ANY (", output_field=BooleanField()))


def _numbered(numbers: list[str]) -> Q:
    known = [int(each) for each in numbers if each in "1234567"]
    return _one_of("commitment_id", Commitment.objects.filter(number__in=known))


def _of_cities(path: str) -> Callable[[list[str]], Q]:
    return lambda values: _one_of("city_id", City.objects.filter(**{f"{path}__in": values}))


PLEDGE_FACETS = [
    Facet("commitment", _("Commitment"), "commitment__number", the_seven, in_order=True, where=_numbered),
    Facet("status", _("Status"), "status", statuses, in_order=True),
    Facet("region", _("Region"), "city__region__slug", regions, where=_of_cities("region__slug")),
    Facet("country", _("Country"), "city__country", country_names, where=_of_cities("country")),
]

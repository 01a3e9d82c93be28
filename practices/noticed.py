"""What the desk noticed about a text: things to look at, never a verdict."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import FloatField, Q, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from practices.choices import Status
from practices.dead_links import dead_among
from practices.models import Revision
from practices.writing import checks
from scn_portal.base.languages import CODES

# How much of their letters two summaries share that say very much the same.
VERY_LIKE = 0.6
MAX_LIKE = 3


@dataclass(frozen=True)
class Noticed:
    """Something to look at: in a sentence, with `details` in words, or revisions that are `like` it."""

    words: str | Promise
    details: Sequence[str | Promise] = ()
    like: Sequence[Revision] = field(default_factory=list)


def noticed(revision: Revision) -> list[Noticed]:
    """What stands out in `revision`; in three queries."""
    found = [] if any(_summaries(revision).values()) else [Noticed(_("There is no summary."))]
    found += [Noticed(asked.words) for asked in checks.asked_about(revision)]
    if dead := dead_among([*revision.sources, *([revision.website] if revision.website else [])]):
        found.append(Noticed(_("Nothing is there any more at these addresses:"), dead))
    if hits := checks.hits(revision):
        details = [
            _("“%(found)s”, %(kind)s, under “%(heading)s”")
            % {"found": hit.risk.found, "kind": hit.risk.kind.label, "heading": hit.heading}
            for hit in hits
        ]
        found.append(Noticed(_("Something in the text could lead to a person:"), details))
    if like := very_like(revision):
        found.append(Noticed(_("Its summary is very like that of another practice:"), like=like))
    return found


def very_like(revision: Revision) -> list[Revision]:
    """The public revisions of other practices, and what its city has submitted besides, with nearly its summary."""
    none = Value(0.0, output_field=FloatField())
    scores = [
        Coalesce(TrigramSimilarity(f"summary_{code}", summary), none)
        for code, summary in _summaries(revision).items() if summary
    ]  # fmt: skip
    if not scores:
        return []
    of_its_city = Q(status=Status.SUBMITTED, practice__city=revision.practice.city)
    others = Revision.objects.filter(Q(status=Status.PUBLISHED) | of_its_city).exclude(practice=revision.practice)
    scored = others.annotate(likeness=Greatest(none, *scores)).filter(likeness__gte=VERY_LIKE)
    return list(scored.select_related("practice__city").order_by("-likeness", "pk")[:MAX_LIKE])


def _summaries(revision: Revision) -> dict[str, str]:
    return {code: getattr(revision, f"summary_{code}") or "" for code in CODES}

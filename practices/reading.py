"""What the page of a practice shows around the words of its revision: their order, and the practices beside it."""

from dataclasses import dataclass

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from practices.models import Adaptation, Practice, Revision, RevisionCommitment

# A story of more characters than this is worth a table of contents.
LONG = 3000
MOST_RELATED = 3
# What a shared commitment, theme or target group counts for; whoever shares less than this is not related.
SHARED_COMMITMENT, SHARED_THEME, SHARED_GROUP, LEAST_SHARED = 2, 3, 1, 3


@dataclass(frozen=True)
class Section:
    """One part of the story: `field` of the revision, or `note` where the field is empty."""

    field: str
    heading: str | Promise
    note: str | Promise = ""


SECTIONS = (
    Section("challenge", _("Why")),
    Section("approach", _("What the city does")),
    Section("resources", _("What it takes")),
    Section("results", _("Results")),
    # Silence about these says something too.
    Section("evidence", _("Evidence"), _("No evaluation is recorded.")),
    Section(
        "lessons",
        _("What did not work"),
        _("The city has not told what did not work. It is often what helps another city most."),
    ),
    Section("transfer", _("What another city would need")),
    Section("safeguards", _("Safeguards for human rights")),
)


def around(practice: Practice) -> dict:
    """What the public page of `practice` is made of. LookupError where it is not public."""
    revision = practice.live
    if revision is None:
        raise LookupError(f"{practice} is not public")
    originals, adaptations = list(originals_of(revision)), list(adaptations_of(practice))
    return {
        "revision": revision,
        "title": revision.text("title", get_language()),
        "is_long": is_long(revision),
        "documents": revision.attachments.select_related("revision__practice"),
        "originals": originals,
        "adaptations": adaptations,
        "related": related_to(revision, besides=[*originals, *adaptations]),
    }


def story(revision: Revision) -> list[Section]:
    """The parts of the story that there are, and those whose absence is said, in order."""
    return [section for section in SECTIONS if section.note or revision.text(section.field, get_language())]


def is_long(revision: Revision) -> bool:
    """Whether the story, in the active language, is worth a table of contents."""
    texts = (revision.text(section.field, get_language()).value for section in SECTIONS)
    return sum(map(len, texts)) > LONG


def originals_of(revision: Revision) -> QuerySet[Revision]:
    """What the public sees of the practices that `revision` says it was adapted from."""
    originals = Adaptation.objects.filter(revision=revision).values("original")
    return Revision.objects.live().filter(practice__in=originals).select_related("practice__city").order_by("pk")


def adaptations_of(practice: Practice) -> QuerySet[Revision]:
    """What the public sees of the practices that say, in public, that they were adapted from `practice`."""
    says_so = Adaptation.objects.filter(revision=OuterRef("pk"), original=practice)
    live = Revision.objects.live().exclude(practice=practice)
    return live.filter(Exists(says_so)).select_related("practice__city").order_by("pk")


def related_to(revision: Revision, *, besides: list[Revision]) -> QuerySet[Revision]:
    """The live revisions that share most with `revision`, which serves its commitments; none of the practices
    `besides`."""
    shown = [revision.practice_id, *(one.practice_id for one in besides)]
    others = Revision.objects.live().exclude(practice__in=shown).select_related("practice__city")
    ranked = others.annotate(shared=_shared_commitments(revision) + _shared_items(revision))
    return ranked.filter(shared__gte=LEAST_SHARED).order_by("-shared", "-published_at", "-pk")[:MOST_RELATED]


def _shared_commitments(revision: Revision) -> Coalesce:
    served = [commitment.pk for commitment in revision.commitments.all()]
    same = RevisionCommitment.objects.filter(revision=OuterRef("pk"), commitment__in=served).order_by()
    count = same.values("revision").annotate(count=Count("pk") * SHARED_COMMITMENT).values("count")
    return Coalesce(Subquery(count, output_field=IntegerField()), 0)


def _shared_items(revision: Revision):
    weights = [(Q(themes__contains=[theme]), SHARED_THEME) for theme in revision.themes]
    weights += [(Q(target_groups__contains=[group]), SHARED_GROUP) for group in revision.target_groups]
    scores = (Case(When(shares, then=Value(weight)), default=Value(0)) for shares, weight in weights)
    return sum(scores, Value(0))

"""Practices of a city as evidence of its progress updates."""

from collections.abc import Iterable

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery

from commitments.models import ProgressUpdate
from members.models import City
from practices.models import Practice, PracticeAsEvidence, Revision
from scn_portal.base.search.query import plain_words

MAX_WORDS = 8  # of a search that are looked for


def of_city(city: City) -> QuerySet[Practice]:
    """The practices that an update of `city` may name: its published ones."""
    return Practice.objects.published().filter(city=city)


def found_by(words: str, city: City) -> QuerySet[Practice]:
    """The practices that an update of `city` may name and that have all of `words` in their title, in either language;
    the latest first. Parts of words match; accents and case are ignored."""
    titled = [Q(title_fr__plainly=word) | Q(title_en__plainly=word) for word in plain_words(words)[:MAX_WORDS]]
    live = Revision.objects.live().filter(*titled, practice__city=city).order_by()
    return of_city(city).filter(pk__in=live.values("practice")).order_by("-pk")


def name(practices: Iterable[Practice], update: ProgressUpdate) -> None:
    """Record that `practices` show what `update` reports."""
    PracticeAsEvidence.objects.bulk_create(
        PracticeAsEvidence(update_row=update, practice=practice) for practice in practices
    )


def with_evidence(updates: QuerySet[ProgressUpdate]) -> QuerySet[ProgressUpdate]:
    """`updates` with their documents, and with `practices_shown`, the practices they name that are still published; in
    three more queries."""
    live = Prefetch("practice__revisions", Revision.objects.live(), to_attr="live_revisions")
    links = PracticeAsEvidence.objects.filter(practice__revisions__in=Revision.objects.live().order_by())
    links = links.select_related("practice").prefetch_related(live)
    return updates.prefetch_related("documents", Prefetch("practices_as_evidence", links, to_attr="practices_shown"))


def updates_naming(practice: Practice) -> QuerySet:
    """The keys of the public updates that name `practice`, the newest first."""
    naming = ProgressUpdate.objects.public().filter(practices_as_evidence__practice=practice)
    return naming.newest_first().values_list("pk", flat=True)


def slugs_shown(update: str) -> Subquery:
    """A list of the slugs of the published practices that the update with the key `update` names."""
    live = Revision.objects.live().filter(practice=OuterRef("practice"))
    links = PracticeAsEvidence.objects.filter(Exists(live.order_by()), update_row=OuterRef(update))
    return ArraySubquery(links.order_by("practice__slug").values("practice__slug"))

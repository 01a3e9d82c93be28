"""The sample practices of the demo: real, sourced facts about real cities."""

import json
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import override

from commitments.models import Commitment
from members.models import City, User
from practices import moderation
from practices.choices import Status, TargetGroup
from practices.models import Adaptation, Practice, Revision, RevisionCommitment

FILE = Path(__file__).parent / "data" / "practices.json"


@transaction.atomic
def load_sample_practices(*, moderator: User) -> int:
    """Publish the practices of the file that are not there yet, in the name of `moderator`; how many are new.

    Nobody wrote them here, so they have no author and nobody is mailed. A contact that is a person's address is left
    out: the public is never given a bare address.
    """
    # All are begun before the first is submitted: from then on, what it was adapted from cannot be said any more.
    begun = [(_begin(row), row) for row in json.loads(FILE.read_text()) if not _named(row["name_en"], city=_city(row))]
    for revision, row in begun:
        originals = [_named(name).get().practice for name in row["adapted_from"]]
        Adaptation.objects.bulk_create(Adaptation(revision=revision, original=original) for original in originals)
    for revision, _row in begun:
        revision.status, revision.submitted_at = Status.SUBMITTED, timezone.now()
        revision.save(update_fields=["status", "submitted_at"])
        moderation.publish(revision=revision, by=moderator)
    return len(begun)


def _city(row: dict) -> City:
    return City.objects.get(country=row["country"], name_en=row["city"])


def _named(title: str, **practice) -> QuerySet[Revision]:
    """The first revision of that title: there before it is public, and whatever was written since."""
    of_practice = {f"practice__{name}": value for name, value in practice.items()}
    return Revision.objects.filter(title_en=title, number=1, **of_practice)


def _begin(row: dict) -> Revision:
    practice = Practice.objects.create(city=_city(row))
    revision = Revision.objects.create(practice=practice, number=1, source_language="en", **_texts(row))
    served = Commitment.objects.of_melbourne().filter(number__in=row["commitments"])
    RevisionCommitment.objects.bulk_create(RevisionCommitment(revision=revision, commitment=one) for one in served)
    return revision


def _texts(row: dict) -> dict:
    with override("en"):
        groups = {str(group.label): group.value for group in TargetGroup}
    return {
        "title_en": row["name_en"],
        "title_fr": row["name_fr"],
        "original_name": row["name_original"],
        "lead_en": row["lead"],
        "lead_fr": row["lead_fr"],
        "partners_en": _as_list(row["partners"]),
        "partners_fr": _as_list(row["partners_fr"]),
        "resources_en": row["budget_en"],
        "resources_fr": row["budget_fr"],
        "themes": row["themes"],
        "evaluation": row["evaluation"],
        "target_groups": [groups[name] for name in row["target_groups"]],
        "started_on": row["started"],
        "website": row["contact"] if row["contact"].startswith(("https://", "http://")) else "",
        "sources": row["sources"],
        **{f"{name}_{code}": row[f"{name}_{code}"]
           for name in ("summary", "challenge", "approach", "results", "inspired_by") for code in ("en", "fr")},
    }  # fmt: skip


def _as_list(items: list[str]) -> str:
    """A list in Markdown."""
    return "\n".join(f"- {item}" for item in items)

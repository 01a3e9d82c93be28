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
    """Publish the practices of the file that are missing, in the name of `moderator`. Returns how many are new.

    They have no author, so nobody gets a mail. Contacts that are email addresses are left out.
    """
    # All are created before the first is submitted: from then on its originals cannot be added.
    new = [(_begin(row), row) for row in json.loads(FILE.read_text()) if not _named(row["name_en"], city=_city(row))]
    for revision, row in new:
        originals = [_named(name).get().practice for name in row["adapted_from"]]
        Adaptation.objects.bulk_create(Adaptation(revision=revision, original=original) for original in originals)
    for revision, _row in new:
        revision.status, revision.submitted_at = Status.SUBMITTED, timezone.now()
        revision.save(update_fields=["status", "submitted_at"])
        moderation.publish(revision=revision, by=moderator)
    return len(new)


def _city(row: dict) -> City:
    return City.objects.get(country=row["country"], name_en=row["city"])


def _named(title: str, **practice) -> QuerySet[Revision]:
    """The first revision with that title, whether it is public or not."""
    of_practice = {f"practice__{name}": value for name, value in practice.items()}
    return Revision.objects.filter(title_en=title, number=1, **of_practice)


def _begin(row: dict) -> Revision:
    practice = Practice.objects.create(city=_city(row))
    revision = Revision.objects.create(practice=practice, number=1, source_language="en", **_texts(row))
    served = Commitment.objects.of_melbourne().filter(number__in=row["commitments"])
    RevisionCommitment.objects.bulk_create(
        RevisionCommitment(revision=revision, commitment=commitment) for commitment in served
    )
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

"""The sample practices of the demo: real, sourced facts about real cities."""

import json
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from commitments.models import Commitment
from members.models import City, User
from practices import moderation
from practices.classification import TargetGroup
from practices.models import Practice, Revision, RevisionCommitment
from practices.status import Status

FILE = Path(__file__).parent / "data" / "practices.json"


@transaction.atomic
def load_sample_practices(*, moderator: User) -> int:
    """Publish the practices of the file that are not there yet, in the name of `moderator`; how many are new.

    Nobody wrote them here, so they have no author and nobody is mailed. A contact that is a person's address is left
    out: the public is never given a bare address.
    """
    new = 0
    commitments = {commitment.number: commitment for commitment in Commitment.objects.of_melbourne()}
    for row in json.loads(FILE.read_text()):
        city = City.objects.get(country=row["country"], name_en=row["city"])
        if city.practices.filter(revisions__title_en=row["name_en"]).exists():
            continue
        practice = Practice.objects.create(city=city)
        revision = Revision.objects.create(practice=practice, number=1, source_language="en", **_texts(row))
        served = [RevisionCommitment(revision=revision, commitment=commitments[n]) for n in row["commitments"]]
        RevisionCommitment.objects.bulk_create(served)
        revision.status, revision.submitted_at = Status.SUBMITTED, timezone.now()
        revision.save(update_fields=["status", "submitted_at"])
        moderation.publish(revision=revision, by=moderator)
        new += 1
    return new


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
        "target_groups": [groups[name] for name in row["target_groups"]],
        "started_on": row["started"],
        "website": row["contact"] if row["contact"].startswith(("https://", "http://")) else "",
        "sources": row["sources"],
        **{f"{name}_{code}": row[f"{name}_{code}"]
           for name in ("summary", "challenge", "approach", "results") for code in ("en", "fr")},
    }  # fmt: skip


def _as_list(items: list[str]) -> str:
    """A list in Markdown."""
    return "\n".join(f"- {item}" for item in items)

"""The Declaration and its commitments, from the one file that holds them; and the sample pledges of the demo."""

import json
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from commitments.models import Commitment, Declaration, Pledge
from members.models import City
from scn_portal.base.languages import CODES

DATA = Path(__file__).parent / "data"


@transaction.atomic
def load_declaration() -> Declaration:
    """Make the Melbourne Declaration in the database what the file says, to the letter, as often as you like."""
    data = json.loads((DATA / "declaration.json").read_text())
    declaration, _created = Declaration.objects.update_or_create(
        slug=data["slug"],
        defaults={
            "adopted_on": data["adopted_on"],
            "source_language": data["language_of_source"],
            **{f"title_{code}": data["title"][code] for code in CODES},
            **{f"preamble_{code}": "\n\n".join(part[code] for part in data["preamble"]) for code in CODES},
        },
    )
    Commitment.objects.bulk_create(
        [Commitment(declaration=declaration, **_columns(row)) for row in data["commitments"]],
        update_conflicts=True,
        unique_fields=["declaration", "number"],
        update_fields=sorted(_columns(data["commitments"][0]).keys() - {"number"}),
    )
    return declaration


def _columns(row: dict) -> dict:
    """What the file says of a commitment, by column."""
    texts = {"title": row["title"], "short": row["short"], "wording": row["text"]}
    translated = {f"{field}_{code}": text[code] for field, text in texts.items() for code in CODES}
    return {"number": row["number"], "slug": row["slug"], **translated}


# How the sources word a status -> the portal's scale.
STATUSES = {
    "announced": Pledge.Status.ANNOUNCED,
    "adopted": Pledge.Status.ADOPTED,
    "in_progress": Pledge.Status.UNDER_WAY,
    "implemented": Pledge.Status.DONE,
    "completed": Pledge.Status.DONE,
}


@transaction.atomic
def load_sample_pledges() -> int:
    """Record the sourced pledges of `commitments/data/pledges.json` that are not there yet; how many are new."""
    new = 0
    commitments = {commitment.number: commitment for commitment in Commitment.objects.of_melbourne()}
    for row in json.loads((DATA / "pledges.json").read_text()):
        city = City.objects.get(country=row["country"], name_en=row["city"])
        _pledge, created = Pledge.objects.get_or_create(
            city=city,
            commitment=commitments[row["commitment"]],
            title_en=row["title_en"],
            defaults={
                "title_fr": row["title_fr"],
                "description_en": row["description_en"],
                "description_fr": row["description_fr"],
                "source_language": "en",
                "announced_on": row["adopted"],
                "status": STATUSES[row["status"]],
                "sources": row["sources"],
                "published_at": timezone.now(),
            },
        )
        new += created
    return new

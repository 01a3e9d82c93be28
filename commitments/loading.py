"""The Declaration and its commitments, from the one file that holds them."""

import json
from pathlib import Path

from django.db import transaction

from commitments.models import Commitment, Declaration
from scn_portal.languages import CODES

FILE = Path(__file__).parent / "data" / "declaration.json"


@transaction.atomic
def load_declaration() -> Declaration:
    """Make the Melbourne Declaration in the database what the file says, to the letter. Doing it again changes nothing."""
    data = json.loads(FILE.read_text())
    declaration, _created = Declaration.objects.update_or_create(
        slug=data["slug"],
        defaults={
            "adopted_on": data["adopted_on"],
            "source_language": data["language_of_source"],
            **{f"title_{code}": data["title"][code] for code in CODES},
            **{f"preamble_{code}": "\n\n".join(part[code] for part in data["preamble"]) for code in CODES},
        },
    )
    for row in data["commitments"]:
        texts = {"title": row["title"], "short": row["short"], "wording": row["text"]}
        translated = {f"{field}_{code}": text[code] for field, text in texts.items() for code in CODES}
        Commitment.objects.update_or_create(
            declaration=declaration, number=row["number"], defaults={"slug": row["slug"], **translated}
        )
    return declaration

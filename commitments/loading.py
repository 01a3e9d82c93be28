"""Loads the Declaration and its commitments from their file, and the sample pledges of the demo."""

import json
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from commitments import pledges
from commitments.models import Commitment, Declaration, Milestone, Pledge, ProgressUpdate
from members.models import City, User
from scn_portal.base.languages import CODES
from scn_portal.base.loading import Loaded, load_row
from scn_portal.base.partial_dates import last_day

DATA = Path(__file__).parent / "data"


@transaction.atomic
def load_declaration(loaded: Loaded | None = None, *, update: bool = False) -> Declaration:
    """Add the Melbourne Declaration and its commitments if they are missing, exactly as in the file.

    Existing rows that differ are left unchanged unless `update` is set, which changes them to what the file says. The
    outcome is noted in `loaded`.
    """
    data, loaded = json.loads((DATA / "declaration.json").read_text()), loaded or Loaded()
    texts = {f"title_{code}": data["title"][code] for code in CODES} | {
        f"preamble_{code}": "\n\n".join(part[code] for part in data["preamble"]) for code in CODES
    }
    facts = {"adopted_on": data["adopted_on"], "source_language": data["language_of_source"]}
    declaration = load_row(Declaration, loaded, known_by={"slug": data["slug"]}, values=facts | texts, update=update)
    for row in data["commitments"]:
        known_by = {"declaration": declaration, "number": row["number"]}
        load_row(Commitment, loaded, known_by=known_by, values=_columns(row), update=update)
    return declaration


def _columns(row: dict) -> dict:
    """The values of a commitment in the file, by column."""
    texts = {"title": row["title"], "short": row["short"], "wording": row["text"]}
    translated = {f"{field}_{code}": text[code] for field, text in texts.items() for code in CODES}
    return {"slug": row["slug"], **translated}


# The wording of a status in the sources -> the portal's scale.
STATUSES = {
    "announced": Pledge.Status.ANNOUNCED,
    "adopted": Pledge.Status.ADOPTED,
    "in_progress": Pledge.Status.UNDER_WAY,
    "implemented": Pledge.Status.DONE,
    "completed": Pledge.Status.DONE,
}


@transaction.atomic
def load_sample_pledges() -> int:
    """Record the sourced pledges of `commitments/data/pledges.json` that are missing; returns how many are new."""
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


@transaction.atomic
def load_sample_steps(*, author: User) -> int:
    """Record the milestones and updates of `commitments/data/steps.json`, in the name of `author`, on the sample
    pledges that have none; returns how many are new. Each is taken from the description of its pledge, and its
    evidence is a source of that pledge."""
    new = 0
    for row in json.loads((DATA / "steps.json").read_text()):
        pledge = Pledge.objects.filter(city__name_en=row["city"], title_en=row["title_en"]).get()
        if pledge.is_public and not (pledge.milestones.exists() or pledge.updates.exists()):
            for step in row["milestones"]:
                _add_milestone(pledge, step)
            for step in row["updates"]:
                _add_update(pledge, step, author)
            new += len(row["milestones"]) + len(row["updates"])
    return new


def _add_milestone(pledge: Pledge, step: dict) -> None:
    dates = {"due": step["due"], "done_on": last_day(step["done"]) if step["done"] else None}
    titles = {f"title_{code}": step[f"title_{code}"] for code in CODES}
    Milestone.objects.create(pledge=pledge, **titles, **dates, evidence=[pledge.sources[step["source"]]])


def _add_update(pledge: Pledge, step: dict, author: User) -> None:
    texts = {f"what_changed_{code}": step[f"what_changed_{code}"] for code in CODES}
    days = {"reported_on": last_day(step["on"]), "status": step["status"], "source_language": "en"}
    evidence = [pledge.sources[step["source"]]]
    pledges.report(pledge, ProgressUpdate(**texts, **days, evidence=evidence), by=author)

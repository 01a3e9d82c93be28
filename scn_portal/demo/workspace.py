"""Realistic workspaces for the demo: versions that wait, were sent back, or will appear on a certain day.

Every word of these versions is from the sample content; their claims are the first sentences of their summaries.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from members.models import User
from practices import moderation
from practices.choices import Status
from practices.models import HarmCheck, Practice
from scn_portal.base.languages import CODES

MAX_CLAIM = 200
AHEAD = dt.timedelta(days=7)
# What a moderator would write; nothing about the city.
REASONS = {
    "fr": "Merci d’indiquer ce qui n’a pas fonctionné : c’est souvent ce qui aide le plus les autres villes.",
    "en": "Please say what did not work: this often helps other cities most.",
}


@dataclass(frozen=True)
class Staged:
    """The practice of a city whose new version has `status`; `writer` is its author, if any."""

    city: str
    status: Status
    writer: str = ""


STAGED = (
    Staged("montreal", Status.SENT_BACK, "editor.montreal@scn.example"),
    Staged("mombasa", Status.DRAFT, "mombasa@scn.example"),
    Staged("ottawa", Status.SUBMITTED),
    Staged("cape-town", Status.SCHEDULED),
)


@transaction.atomic
def stage_versions(*, moderator: User) -> int:
    """Open the new versions of STAGED that are missing. Returns how many are new."""
    return sum(_stage(each, moderator) for each in STAGED)


def _stage(staged: Staged, moderator: User) -> bool:
    practice = Practice.objects.published().filter(city__slug=staged.city).order_by("pk").first()
    if practice is None or practice.newest.status != Status.PUBLISHED:
        return False
    writer = User.objects.filter(email=staged.writer).first()
    draft = moderation.open_draft(practice=practice, by=writer or moderator)
    draft.author = writer  # None if the portal's team compiles it
    for code in CODES:
        setattr(draft, f"claim_{code}", _claim(getattr(draft, f"summary_{code}")))
    draft.save()
    if staged.status == Status.SENT_BACK and writer:
        moderation.submit(revision=draft, by=writer, harm=HarmCheck(at_risk=False, faces=False, quoted=False))
        moderation.send_back(revision=draft, by=moderator, reason=REASONS[writer.language])
    elif staged.status != Status.DRAFT:
        draft = moderation.bring_in(revision=draft, by=moderator)
        if staged.status == Status.SCHEDULED:
            moderation.publish(revision=draft, by=moderator, at=timezone.now() + AHEAD)
    return True


def _claim(summary: str | None) -> str:
    """The first sentence of `summary`, if it is short enough."""
    sentence = (summary or "").partition(". ")[0].strip().removesuffix(".")
    return f"{sentence}." if sentence and len(sentence) < MAX_CLAIM else ""

"""Invented practices: their versions, the decisions about each, and a queue at the desk."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.text import slugify

from commitments.models import Commitment
from practices.choices import ONCE_PUBLIC, CostBand, Evaluation, Scope, Status, TargetGroup, Theme
from practices.models import Adaptation, Practice, Revision, RevisionCommitment, Transition
from scn_portal.demo.scale.cities import Network
from scn_portal.demo.scale.moments import Moments
from scn_portal.demo.scale.rows import Keys, Row, copy
from scn_portal.demo.scale.texts import Writer

D, S = Status.DRAFT, Status.SUBMITTED
# The statuses of the versions of a practice, in order, with the number of such practices for each thousand public ones.
# First practices with a public version, then others.
LIVE = {
    (Status.PUBLISHED,): 880, (Status.SUPERSEDED, Status.PUBLISHED): 90, (Status.PUBLISHED, S): 5,
    (Status.PUBLISHED, D): 15, (Status.PUBLISHED, Status.SENT_BACK): 5, (Status.PUBLISHED, Status.REJECTED): 5,
}  # fmt: skip
OTHERS = {
    (S,): 5, (D,): 30, (Status.SENT_BACK,): 10, (Status.REJECTED,): 10, (Status.WITHDRAWN,): 5, (Status.SCHEDULED,): 3,
    (Status.ARCHIVED,): 20,
}  # fmt: skip
# The steps that lead to a status.
STEPS: dict[Status, tuple[tuple[str, Status, Status], ...]] = {
    Status.DRAFT: (),
    Status.SUBMITTED: (("submit", D, S),),
    Status.SENT_BACK: (("submit", D, S), ("send_back", S, Status.SENT_BACK)),
    Status.REJECTED: (("submit", D, S), ("reject", S, Status.REJECTED)),
    Status.WITHDRAWN: (("submit", D, S), ("withdraw", S, Status.WITHDRAWN)),
    Status.SCHEDULED: (("submit", D, S), ("publish", S, Status.SCHEDULED)),
    Status.PUBLISHED: (("submit", D, S), ("publish", S, Status.PUBLISHED)),
    Status.SUPERSEDED: (("submit", D, S), ("publish", S, Status.PUBLISHED)),
    Status.ARCHIVED: (
        ("submit", D, S),
        ("publish", S, Status.PUBLISHED),
        ("archive", Status.PUBLISHED, Status.ARCHIVED),
    ),
}
BY_THE_CITY = ("submit", "withdraw")
WITH_A_REASON = ("send_back", "reject", "archive")
REASON = {"en": "Please say more of what came of it.", "fr": "Merci de dire plus précisément ce qui en est résulté."}
WAITS_AT_MOST = 60


@dataclass
class _Kept:
    """Small rows of other tables, which are written after the versions."""

    commitments: list[Row]
    adaptations: list[Row]
    transitions: list[Row]


def write(count: int, *, network: Network, writer: Writer, moments: Moments) -> None:
    """Write `count` practices with a public version, and in addition practices that need work at the desk."""
    kinds = _kinds(count, writer)
    cities = writer.random.choices(list(network.weights), list(network.weights.values()), k=len(kinds))
    keys, practices = Keys(Practice), []
    for kind, city, at in zip(kinds, cities, moments.some(len(kinds)), strict=True):
        practices.append((keys(), kind, city, at))
    kept = _Kept([], [], [])
    slugs: dict[int, str] = {}
    copy(Revision, _revisions(practices, kept, slugs, network, writer, moments))
    copy(Practice, (_practice(*each, slugs, writer) for each in practices))
    copy(RevisionCommitment, kept.commitments)
    copy(Adaptation, kept.adaptations)
    copy(Transition, kept.transitions)


def _kinds(count: int, writer: Writer) -> list[tuple[Status, ...]]:
    kinds = writer.random.choices(list(LIVE), list(LIVE.values()), k=count)
    others = round(count * sum(OTHERS.values()) / sum(LIVE.values()))
    kinds += writer.random.choices(list(OTHERS), list(OTHERS.values()), k=others)
    writer.random.shuffle(kinds)
    return kinds


def _practice(
    key: int, kind: tuple[Status, ...], city: int, at: dt.datetime, slugs: dict[int, str], writer: Writer
) -> Row:
    return {"id": key, "city_id": city, "created_at": at, "created_by_id": None,
            "slug": slugs.get(key) or f"draft-{writer.random.getrandbits(64):016x}"}  # fmt: skip


def _revisions(
    practices: list, kept: _Kept, slugs: dict[int, str], network: Network, writer: Writer, moments: Moments
) -> Iterator[Row]:
    keys = Keys(Revision)
    belongings = _relations_adder(kept, writer)
    step_keys = Keys(Transition)
    for key, kind, city, at in practices:
        author = network.writer(city, writer.random)
        for number, status in enumerate(kind, start=1):
            began = at if number == 1 else moments.after(at, days=600)
            if status == Status.SUBMITTED:
                began = moments.lately(days=WAITS_AT_MOST)
            revision = {"id": keys(), "practice_id": key, "number": number, "author_id": author, "status": status.value}
            revision |= _words(writer.languages(), began, writer) | _dates(status, began, moments)
            if status in ONCE_PUBLIC:
                slugs.setdefault(key, _slug(revision["title"], key))
            belongings(revision)
            kept.transitions += _steps(revision, status, step_keys, network)
            yield revision


def _slug(title: str, key: int) -> str:
    return f"{slugify(title)[:80].strip('-') or 'practice'}-{key}"


def _dates(status: Status, began: dt.datetime, moments: Moments) -> Row:
    return {
        "created_at": began, "source_changed_at": began,
        "submitted_at": None if status == Status.DRAFT else began,
        "published_at": moments.after(began, days=30) if status in ONCE_PUBLIC else None,
        "publish_at": moments.now + dt.timedelta(days=30) if status == Status.SCHEDULED else None,
        "reason": REASON["en"] if status in (Status.SENT_BACK, Status.REJECTED) else "",
    }  # fmt: skip


def _words(languages: tuple[str, ...], at: dt.datetime, writer: Writer) -> Row:
    year = at.year - writer.random.randint(0, 6)
    return {
        "source_language": languages[0], **writer.line("title", languages, 3, 9),
        "original_name": writer.words["fr"].line(1, 3) if writer.maybe(0.1) else "",
        **writer.line("claim", languages, 8, 14, chance=0.6), **writer.prose("summary", languages, 2),
        **writer.prose("challenge", languages, 2), **writer.prose("approach", languages, 3),
        **writer.line("lead", languages, 3, 6), **writer.items("partners", languages, 4, chance=0.7),
        **writer.line("resources", languages, 4, 12, chance=0.3), **writer.prose("results", languages, 2, chance=0.7),
        **writer.prose("evidence", languages, 1, chance=0.3), **writer.prose("lessons", languages, 1, chance=0.4),
        **writer.prose("transfer", languages, 1, chance=0.3), **writer.prose("safeguards", languages, 1, chance=0.2),
        **writer.line("inspired_by", languages, 3, 6, chance=0.05),
        **writer.line("target_groups_other", languages, 1, 3, chance=0.05),
        **writer.line("themes_other", languages, 1, 3, chance=0.05), **_facts(year, writer),
    }  # fmt: skip


def _facts(year: int, writer: Writer) -> Row:
    ended = writer.maybe(0.2)
    reached = writer.random.randint(10, 50_000) if writer.maybe(0.3) else None
    return {
        "themes": writer.some(Theme.values, 4), "target_groups": writer.some(TargetGroup.values, 4),
        "evaluation": writer.random.choice(["", *Evaluation.values]),
        "scope": writer.random.choice(["", *Scope.values]),
        "cost_band": writer.random.choice(["", *CostBand.values]), "started_on": str(year) if writer.maybe(0.8) else "",
        "continuation": "ended" if ended else writer.random.choice(["", "ongoing"]),
        "ended_on": str(year + 1) if ended else "", "people_reached": reached,
        "people_reached_year": year if reached else None, "website": "",
        "sources": [f"https://scale.example/practices/{year}"] if writer.maybe(0.8) else [],
        "picture": "", "picture_credit": "", "picture_alt": "",
    }  # fmt: skip


def _relations_adder(kept: _Kept, writer: Writer) -> Callable[[Row], None]:
    """A function that adds the commitments that a version serves, and sometimes an earlier practice as its original."""
    link_keys, adaptation_keys = Keys(RevisionCommitment), Keys(Adaptation)
    commitments = list(Commitment.objects.of_melbourne().order_by("number").values_list("pk", flat=True))
    public: list[int] = []

    def add(revision: Row) -> None:
        for commitment in writer.random.sample(commitments, min(len(commitments), writer.random.choice((1, 1, 2, 3)))):
            kept.commitments.append({"id": link_keys(), "revision_id": revision["id"], "commitment_id": commitment})
        if public and writer.maybe(0.04):
            original = writer.random.choice(public)
            if original != revision["practice_id"]:
                row = {"id": adaptation_keys(), "revision_id": revision["id"], "original_id": original}
                kept.adaptations.append(row)
        if revision["status"] == Status.PUBLISHED:
            public.append(revision["practice_id"])

    return add


def _steps(revision: Row, status: Status, keys: Keys, network: Network) -> Iterator[Row]:
    """The steps of a version. Their mails count as sent."""
    for verb, before, after in STEPS[status]:
        by_city = verb in BY_THE_CITY and revision["author_id"]
        at = revision["submitted_at"] if verb in BY_THE_CITY else revision["published_at"] or revision["submitted_at"]
        yield {
            "id": keys(), "revision_id": revision["id"], "verb": verb, "from_status": before.value,
            "to_status": after.value, "at": at, "by_id": revision["author_id"] if by_city else network.moderator,
            "by_staff": not by_city, "reason": REASON["en"] if verb in WITH_A_REASON else "",
            "language": "en" if verb in WITH_A_REASON else "", "mailed_at": at, "mail_attempts": 0, "mail_after": at,
        }  # fmt: skip

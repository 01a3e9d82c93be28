"""Invented pledges, with their milestones and progress updates."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from commitments.models import Commitment, Milestone, Pledge, ProgressUpdate
from scn_portal.base.days import today
from scn_portal.base.languages import CODES
from scn_portal.demo.scale.cities import Network
from scn_portal.demo.scale.moments import Moments
from scn_portal.demo.scale.rows import Keys, Row, copy
from scn_portal.demo.scale.texts import Writer

STATUSES = {
    "announced": 22, "planned": 14, "adopted": 18, "under_way": 26, "done": 14, "paused": 4, "dropped": 2,
}  # fmt: skip
DEGREES = {"none": 5, "limited": 30, "substantial": 45, "full": 20}
OBSTACLES = {"design": 1, "relevance": 1, "coordination": 3, "support": 2, "capacity": 4, "other": 1}
# Shares of these, in addition to the public pledges.
DRAFTS, TAKEN_DOWN = 0.05, 0.01
APART = "\n\n"
STEPS = {0: 40, 1: 25, 2: 20, 3: 15}


@dataclass
class Told:
    """A pledge with its milestones and updates."""

    pledge: Row
    milestones: list[Row]
    updates: list[Row]


def write(count: int, updates: int, *, network: Network, writer: Writer, moments: Moments) -> None:
    """Write `count` public pledges, in addition some drafts and some that were taken down, and about `updates`
    updates."""
    told = list(_pledges_with_progress(count, updates, network, writer, moments))
    copy(Pledge, (_with_words(each) for each in told))
    copy(Milestone, (row for each in told for row in each.milestones))
    copy(ProgressUpdate, (row for each in told for row in each.updates))


def _pledges_with_progress(
    count: int, updates: int, network: Network, writer: Writer, moments: Moments
) -> Iterator[Told]:
    pledge_keys, keys = Keys(Pledge), (Keys(Milestone), Keys(ProgressUpdate))
    commitments = list(Commitment.objects.of_melbourne().order_by("number").values_list("pk", flat=True))
    standings = ["public"] * count + ["draft"] * round(count * DRAFTS) + ["taken_down"] * round(count * TAKEN_DOWN)
    writer.random.shuffle(standings)
    cities = writer.random.choices(list(network.weights), list(network.weights.values()), k=len(standings))
    share = updates / max(1, count)
    for standing, city, at in zip(standings, cities, moments.some(len(standings)), strict=True):
        commitment = writer.random.choices(commitments, range(len(commitments) + 4, 4, -1))[0]
        pledge = _pledge(pledge_keys(), city, commitment, at, writer, network)
        _set_standing(pledge, standing, at, network, moments)
        reports = round(writer.random.expovariate(1 / share)) if share else 0
        yield _with_progress(pledge, reports, keys, writer, network, moments)


def _pledge(key: int, city: int, commitment: int, at: dt.datetime, writer: Writer, network: Network) -> Row:
    languages = writer.languages()
    measured = writer.maybe(0.3)
    start = at.date() if writer.maybe(0.5) else None
    return {
        "id": key, "city_id": city, "commitment_id": commitment, "source_language": languages[0],
        "source_changed_at": at, "created_at": at, "updated_at": at, "published_at": at,
        "created_by_id": network.writer(city, writer.random),
        "status": writer.pick(STATUSES), "announced_on": _partial(at, writer), "starts_on": start,
        "due_on": at.date() + dt.timedelta(days=writer.random.randint(90, 2000)) if writer.maybe(0.6) else None,
        "sources": [f"https://scale.example/pledges/{key}"] if writer.maybe(0.7) else [],
        "lead_department": writer.words[languages[0]].line(2, 4) if writer.maybe(0.4) else "",
        "indicator_baseline": 0 if measured else None, "indicator_target": 1000 if measured else None,
        "indicator_latest": writer.random.randint(0, 1200) if measured else None,
        **writer.line("title", languages, 4, 9), **writer.prose("description", languages, 2),
        **writer.prose("target", languages, 1, chance=0.3), **writer.prose("baseline", languages, 1, chance=0.2),
        **writer.items("partners", languages, 3, chance=0.3),
        **writer.line("indicator_name", languages, 2, 4, chance=float(measured)),
        "degree_of_change": "", **writer.prose("result", languages, 1, chance=0),
        **writer.prose("lessons", languages, 1, chance=0),
        "taken_down_at": None, "taken_down_by_id": None, "taken_down_reason": "",
    }  # fmt: skip


def _partial(at: dt.datetime, writer: Writer) -> str:
    """A partial date: a year, a month or a day."""
    return f"{at:%Y-%m-%d}"[: writer.random.choice((4, 7, 10))]


def _set_standing(pledge: Row, standing: str, at: dt.datetime, network: Network, moments: Moments) -> None:
    if standing == "draft":
        pledge |= {"published_at": None, "status": "planned"}
    elif standing == "taken_down":
        pledge |= {
            "taken_down_at": moments.after(at, days=700),
            "taken_down_by_id": pledge["created_by_id"] or network.moderator,
            "taken_down_reason": "To measure what was taken down.",
        }  # fmt: skip


def _with_progress(
    pledge: Row, reports: int, keys: tuple[Keys, Keys], writer: Writer, network: Network, moments: Moments
) -> Told:
    languages = tuple(code for code in CODES if pledge[f"title_{code}"])
    if pledge["published_at"] is None:
        reports = 0
    elif pledge["status"] in ("done", "paused", "dropped"):
        reports = max(1, reports)  # a city reports such a status with an update
    days = sorted(moments.after(pledge["created_at"], days=900) for _number in range(reports))
    author = pledge["created_by_id"] or network.moderator
    updates = [_update(keys[1](), pledge, at, author, languages, writer) for at in days]
    if updates:
        _finish_last_update(pledge, updates[-1], languages, writer)
    milestones = [_milestone(keys[0](), pledge, languages, writer) for _number in range(int(_steps(writer)))]
    return Told(pledge, milestones, updates)


def _steps(writer: Writer) -> int:
    return writer.random.choices(list(STEPS), list(STEPS.values()))[0]


def _update(key: int, pledge: Row, at: dt.datetime, author: int, languages: tuple[str, ...], writer: Writer) -> Row:
    stuck = writer.maybe(0.15)
    source = pledge["source_language"]
    return {
        "id": key, "pledge_id": pledge["id"], "author_id": author, "reported_on": at.date(), "created_at": at,
        "status": "under_way", "source_language": source, "evidence": [],
        **writer.prose("what_changed", languages, 1), **writer.prose("obstacles", languages, 1, chance=float(stuck)),
        "obstacle_kind": writer.pick(OBSTACLES) if stuck else "", **writer.prose("reason", languages, 1, chance=0),
    }  # fmt: skip


def _finish_last_update(pledge: Row, update: Row, languages: tuple[str, ...], writer: Writer) -> None:
    """Give the last update the status of the pledge, and what goes with it."""
    update["status"] = pledge["status"]
    pledge["updated_at"] = update["created_at"]
    if pledge["status"] in ("paused", "dropped"):
        update |= writer.prose("reason", languages, 2)
    if pledge["status"] == "done" and writer.maybe(0.8):
        pledge |= {"degree_of_change": writer.pick(DEGREES), **writer.prose("result", languages, 1)}
        pledge |= writer.prose("lessons", languages, 1, chance=0.5)


def _milestone(key: int, pledge: Row, languages: tuple[str, ...], writer: Writer) -> Row:
    due = pledge["created_at"].date() + dt.timedelta(days=writer.random.randint(60, 1500))
    reached = due if due < today() and writer.maybe(0.7) else None
    return {"id": key, "pledge_id": pledge["id"], **writer.line("title", languages, 3, 8),
            "due_on": due if writer.maybe(0.9) else None, "done_on": reached}  # fmt: skip


def _with_words(told: Told) -> Row:
    """The pledge, with the words that the trigger `gathers_words` would have gathered."""
    return told.pledge | {f"also_said_{code}": _also_said(told, code) for code in CODES}


def _also_said(told: Told, code: str) -> str:
    """The words as the trigger joins them: an update without words in this language leaves an empty part."""
    parts = []
    if told.pledge["status"] == "done" and told.pledge["degree_of_change"]:
        parts.append(_joined(told.pledge, code, "result", "lessons"))
    if titles := [title for row in told.milestones if (title := row[f"title_{code}"])]:
        parts.append(APART.join(titles))
    if told.updates:
        parts.append(APART.join(_joined(row, code, "what_changed", "reason", "obstacles") for row in told.updates))
    return APART.join(parts)


def _joined(row: Row, code: str, *names: str) -> str:
    return APART.join(text for name in names if (text := row[f"{name}_{code}"]))

"""Questions that a moderator would ask about a text, shown to its writer before they submit it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.risks import names_in, risks_of
from practices.choices import Evaluation
from practices.headings import HEADINGS
from practices.missing_texts import missing_to_submit
from practices.models import Revision
from practices.writing.table import WritingTask, is_filled, task_of
from scn_portal.base.languages import CODES
from scn_portal.base.risks import Risk


@dataclass(frozen=True)
class Asked:
    """A question that a moderator would ask, and the task that answers it (None: the page of the translation)."""

    words: str | Promise
    task: WritingTask | None = None


@dataclass(frozen=True)
class Hit:
    """Something in the text that could put somebody at risk, and the field that has it."""

    risk: Risk
    task: WritingTask
    heading: str | Promise


def _evaluated_without_evidence(revision: Revision) -> bool:
    return revision.evaluation in (Evaluation.INTERNAL, Evaluation.EXTERNAL) and not is_filled(revision, "evidence")


def _in_one_language(revision: Revision) -> bool:
    return not all(getattr(revision, f"title_{code}") for code in CODES)


# The question, the task that answers it, and the condition for asking it.
QUESTIONS: tuple[tuple[str | Promise, str, Callable[[Revision], bool]], ...] = (
    (_("Nothing says why the city began."), "challenge", lambda one: not is_filled(one, "challenge")),
    (_("It was evaluated, and there is no evidence."), "evidence", _evaluated_without_evidence),
    (_("There is no source: no public page shows it."), "sources", lambda one: not is_filled(one, "sources")),
    (_("It serves none of the seven commitments."), "commitments", lambda one: not is_filled(one, "commitments")),
    (_("Nothing says how rights are protected."), "safeguards", lambda one: not is_filled(one, "safeguards")),
    (_("It is in one language only: readers of the other see a note."), "", _in_one_language),
)


def asked_about(revision: Revision) -> list[Asked]:
    """The questions that the text leaves open. The text can be submitted all the same."""
    return [Asked(words, task_of(field) if field else None) for words, field, is_open in QUESTIONS if is_open(revision)]


def needed(revision: Revision) -> list[Asked]:
    """The texts that are missing and that a submission needs."""
    return [Asked(HEADINGS[name], task_of(name)) for name in missing_to_submit(revision)]


def hits(revision: Revision) -> list[Hit]:
    """Everything in the texts that could put somebody at risk, each once, with the first field that has it."""
    found: dict[str, Hit] = {}
    columns = {name: [f"{name}_{code}" for code in CODES] for name in Revision.TEXTS} | {
        "original_name": ["original_name"]
    }
    texts = {name: [getattr(revision, column) or "" for column in those] for name, those in columns.items()}
    names = names_in(text for those in texts.values() for text in those)
    for name, those in texts.items():
        for risk in risks_of(those, revision.practice.city, names):
            found.setdefault(risk.key, Hit(risk, task_of(name), HEADINGS[name]))
    return list(found.values())

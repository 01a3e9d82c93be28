"""The tasks of writing a practice: one table, for the list, the pages, their states and the checks."""

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from practices.headings import SHORT_TEXTS
from practices.models import Revision
from scn_portal.base.languages import CODES, other


class State(models.TextChoices):
    """The progress of a task."""

    DONE = "done", pgettext_lazy("a task", "Done")
    BEGUN = "begun", _("Begun")
    EMPTY = "empty", _("Empty")


LONG_TEXTS = [name for name in Revision.TEXTS if name not in SHORT_TEXTS]


@dataclass(frozen=True)
class WritingTask:
    """A short page of the form. `texts` are its fields in two languages, `facts` those in none; `asked` are the fields
    that must be filled in for it to be done. `page` is the name of a separate page, instead of a form."""

    slug: str
    title: str | Promise
    texts: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    page: str = ""

    @property
    def has_markdown(self) -> bool:
        """Whether one of its texts is long, and so written in Markdown."""
        return bool(set(self.texts) & set(LONG_TEXTS))


TASKS = (
    WritingTask("essentials", _("Essentials"), ("title", "claim", "summary"), ("original_name",), ("title", "summary")),
    WritingTask(
        "story",
        _("The story"),
        ("challenge", "approach", "lead", "partners", "resources"),
        ("partner_cities", "scope", "started_on", "continuation", "ended_on", "cost_band"),
        ("challenge", "approach"),
    ),
    WritingTask(
        "results",
        _("Results and evidence"),
        ("results", "evidence"),
        ("evaluation", "people_reached", "people_reached_year"),
        ("results", "evaluation"),
    ),
    WritingTask(
        "learning",
        _("Learning"),
        ("lessons", "transfer", "inspired_by"),
        ("adapted_from",),
        ("lessons", "transfer"),
    ),
    WritingTask("safeguards", _("Safeguards"), ("safeguards",), (), ("safeguards",)),
    WritingTask(
        "audience",
        _("For whom and what about"),
        ("themes_other", "target_groups_other"),
        ("commitments", "themes", "target_groups"),
        ("commitments", "themes", "target_groups"),
    ),
    WritingTask("documents", _("Documents"), facts=("attachments",), asked=("attachments",), page="practice_documents"),
    WritingTask("picture", _("Lead picture"), facts=("picture",), asked=("picture",), page="lead_picture_page"),
    WritingTask("sources", _("Sources"), facts=("sources", "website"), asked=("sources",)),
)
BY_SLUG = {task.slug: task for task in TASKS}


def task_of(field: str) -> WritingTask:
    """The task that has `field`. Raises KeyError if no task has it."""
    for task in TASKS:
        if field in (*task.texts, *task.facts):
            return task
    raise KeyError(field)


def is_filled(revision: Revision, field: str) -> bool:
    """Whether `field` is filled in, in any language."""
    if field in Revision.TEXTS:
        return any(getattr(revision, f"{field}_{code}") for code in CODES)
    value = getattr(revision, field)
    return value.exists() if hasattr(value, "exists") else bool(value)


def state_of(task: WritingTask, revision: Revision) -> State:
    filled = {field for field in (*task.texts, *task.facts) if is_filled(revision, field)}
    if filled >= set(task.asked):
        return State.DONE
    return State.BEGUN if filled else State.EMPTY


def missing_in_translation(revision: Revision) -> list[str]:
    """The texts that are there in the language of the practice but not in the other."""
    source, target = revision.source_language, other(revision.source_language)
    return [
        name
        for name in Revision.TEXTS
        if getattr(revision, f"{name}_{source}") and not getattr(revision, f"{name}_{target}")
    ]


def state_of_translation(revision: Revision) -> State:
    target = other(revision.source_language)
    if not any(getattr(revision, f"{name}_{target}") for name in Revision.TEXTS):
        return State.EMPTY
    is_behind = missing_in_translation(revision) or revision.translation_is_stale
    return State.BEGUN if is_behind else State.DONE

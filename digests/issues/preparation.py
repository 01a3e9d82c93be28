"""How staff prepare the next issue: an introduction, a pause, a preview."""

from collections.abc import Callable
from typing import TypeVar

from django.db import transaction
from django.utils import timezone

from digests.issues.compose import draft_issue, lock_issues
from digests.models import Issue, NextIssue

T = TypeVar("T")


def set_introduction(frequency: str, *, fr: str, en: str) -> None:
    """The text at the head of the next issue. In one language only, all readers get it, labelled."""
    NextIssue.objects.filter(pk=NextIssue.of(frequency).pk).update(introduction_fr=fr, introduction_en=en)


def pause(frequency: str, *, by) -> None:
    """Compose no issue of `frequency` until it is resumed; issues on their way are still sent. Safe to repeat."""
    running = NextIssue.objects.filter(pk=NextIssue.of(frequency).pk, paused_at=None)
    running.update(paused_at=timezone.now(), paused_by=by)


def resume(frequency: str) -> None:
    """Compose issues again. The next one begins where the last one ended, so nothing is lost."""
    NextIssue.objects.filter(pk=NextIssue.of(frequency).pk).update(paused_at=None, paused_by=None)


def preview(frequency: str, render: Callable[[Issue], T]) -> T | None:
    """What `render` returns for the issue that would be composed now; None where nothing is new.

    Neither the issue nor its items are kept.
    """
    now = timezone.now()
    with transaction.atomic():
        lock_issues()
        issue = draft_issue(frequency, now)
        rendered = render(issue) if issue else None
        transaction.set_rollback(True)
    return rendered

"""How staff prepare the next issue: an introduction, a pause, what it leaves out, a preview."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from digests.issues import choosing
from digests.issues.compose import draft_issue, lock_issues, period_so_far
from digests.issues.contents import Key
from digests.issues.entries import NewsEntry, entries_of, read
from digests.models import Issue, Item, ItemKind, NextIssue, Postponement

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


@dataclass(frozen=True)
class Ahead:
    """An item of the next issue as staff choose: whether it goes, and who said otherwise. `key` is “practice:12”."""

    key: str
    entry: NewsEntry
    item: Item
    postponement: Postponement | None

    @property
    def is_put_off(self) -> bool:
        return self.postponement is not None and self.postponement.skipped_id is None


def read_ahead(frequency: str, keys: Iterable[Key], language: str) -> list[Ahead]:
    """Those of `keys`, with what staff decided about each."""
    wanted = [key.item for key in keys]
    rows, revisions = read(Item.objects.filter(pk__in=wanted))
    items = {item.pk: item for item in rows}
    decided = Postponement.objects.filter(frequency=frequency, item__in=wanted).select_related("by")
    put_off = {row.item_id: row for row in decided}
    return [
        Ahead(key_of(items[entry.item]), entry, items[entry.item], put_off.get(entry.item))
        for entry in entries_of(rows, revisions, language)
    ]


def key_of(item: Item) -> str:
    """What names an item before it is kept: its kind and its subject."""
    return f"{item.kind}:{getattr(item, Item.SUBJECTS[ItemKind(item.kind)] + '_id')}"


@transaction.atomic
def choose(frequency: str, key: str, choice: str, *, by) -> None:
    """Leave an item out, put it off or take that back: `choice` is “leave_out”, “put_off” or “take_back”.

    Raises ValidationError where there is no such item, or it was put off before, or an issue already has it.
    """
    lock_issues()
    issue = period_so_far(frequency, timezone.now(), for_page=True)
    ahead = choosing.upcoming(frequency, issue.items_from) if issue else Item.objects.none()
    item = _named(ahead, key)
    if item is None:
        raise ValidationError(_("The next issue does not have this any more: look at it again."))
    match choice:
        case "leave_out":
            choosing.leave_out(item, by=by)
        case "put_off":
            choosing.put_off(item, frequency, by=by)
        case "take_back":
            choosing.take_back(item, frequency)


def _named(items: QuerySet[Item], key: str) -> Item | None:
    """Of `items` the one that `key_of` names so."""
    kind, _colon, subject = key.partition(":")
    if kind not in ItemKind.values or not subject.isascii() or not subject.isdecimal():
        return None
    return items.filter(kind=kind, **{Item.SUBJECTS[ItemKind(kind)]: int(subject)}).first()


def preview(frequency: str, render: Callable[[Issue], T]) -> T | None:
    """What `render` returns for the issue that would be composed now; None where nothing is new.

    Neither the issue nor its items are kept.
    """
    now = timezone.now()
    return _without_a_trace(lambda: draft_issue(frequency, now, for_page=True), render)


def look_ahead(frequency: str, read: Callable[[Issue], T]) -> T | None:
    """The same, also where staff took all of it out."""
    now = timezone.now()
    return _without_a_trace(lambda: period_so_far(frequency, now, for_page=True), read)


def _without_a_trace(draft: Callable[[], Issue | None], read: Callable[[Issue], T]) -> T | None:
    with transaction.atomic():
        lock_issues()
        issue = draft()
        found = read(issue) if issue else None
        transaction.set_rollback(True)
    return found

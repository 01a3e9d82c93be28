"""What may happen to a revision: one table, one door for each verb.

A verb is a keyword-only function: it locks the revision, checks the table again under the lock (`_move`), changes the
status and what goes with it, and writes a Transition row (`_change`), whose mail leaves once all of it is committed.
"""

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import rules
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import User
from practices.choices import ONCE_PUBLIC, OPEN, Status
from practices.models import Adaptation, Practice, Revision, RevisionCommitment, Transition
from practices.permissions import may_decide, writes_for_its_city
from scn_portal.base.background import run_after_commit

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Verb:
    """One row of the table."""

    name: str
    label: str | Promise
    from_statuses: tuple[Status, ...]
    to_status: Status
    may: rules.Predicate
    needs_reason: bool = False


TABLE = {
    verb.name: verb
    for verb in (
        Verb("submit", gettext_lazy("Submit for review"), (Status.DRAFT, Status.SENT_BACK), Status.SUBMITTED,
             writes_for_its_city),
        Verb("withdraw", gettext_lazy("Withdraw"), (Status.SUBMITTED, Status.SENT_BACK, Status.SCHEDULED),
             Status.WITHDRAWN, writes_for_its_city),
        Verb("publish", gettext_lazy("Publish"), (Status.SUBMITTED, Status.SCHEDULED), Status.PUBLISHED, may_decide),
        Verb("send_back", gettext_lazy("Send back"), (Status.SUBMITTED, Status.SCHEDULED), Status.SENT_BACK,
             may_decide, True),
        Verb("reject", gettext_lazy("Reject"), (Status.SUBMITTED, Status.SCHEDULED), Status.REJECTED,
             may_decide, True),
        # A city may take its own words down at once: someone's safety may hang on it.
        Verb("archive", gettext_lazy("Take down"), (Status.PUBLISHED,), Status.ARCHIVED,
             may_decide | writes_for_its_city),
    )
}  # fmt: skip


class Refused(Exception):
    """The verb does not fit where the revision stands; the message says so in the active language."""


def available_verbs(revision: Revision, user: User) -> list[Verb]:
    """What `user` may do to `revision` now, in the order of the table: the buttons of a page."""
    return [verb for verb in TABLE.values() if revision.status in verb.from_statuses and verb.may.test(user, revision)]


def act(
    verb: str,
    *,
    revision: Revision,
    by: User,
    reason: str = "",
    at: dt.datetime | None = None,
    read: dt.datetime | None = None,
) -> Revision:
    """Carry out the verb of that name with what it takes of the rest. KeyError for a verb not in the table."""
    takes: dict[str, dict[str, Any]] = {
        "send_back": {"reason": reason, "read": read},
        "reject": {"reason": reason, "read": read},
        "publish": {"at": at, "read": read},
    }
    doors: dict[str, Callable[..., Revision]] = {
        "submit": submit,
        "withdraw": withdraw,
        "publish": publish,
        "send_back": send_back,
        "reject": reject,
        "archive": archive,
    }
    return doors[verb](revision=revision, by=by, **takes.get(verb, {}))


def submit(*, revision: Revision, by: User) -> Revision:
    """Hand the revision to the moderators. From here on its words cannot change."""
    return _move("submit", revision, by=by, submitted_at=timezone.now())


def withdraw(*, revision: Revision, by: User) -> Revision:
    """Take the revision back from the moderators, for good; writing on opens a new one."""
    return _move("withdraw", revision, by=by, publish_at=None)


# The three decisions take `read`: when the text that was read had been submitted. A text that was sent back and
# submitted again since is another text, and deciding about it unread is Refused.


def send_back(*, revision: Revision, by: User, reason: str, read: dt.datetime | None = None) -> Revision:
    """Ask the author for changes, and say which. The revision can be written again."""
    return _move("send_back", revision, by=by, reason=reason, read=read, publish_at=None)


def reject(*, revision: Revision, by: User, reason: str, read: dt.datetime | None = None) -> Revision:
    """Refuse the revision, and say why."""
    return _move("reject", revision, by=by, reason=reason, read=read, publish_at=None)


def publish(
    *, revision: Revision, by: User, at: dt.datetime | None = None, read: dt.datetime | None = None
) -> Revision:
    """Make the revision what the public sees, in place of the one before; or, with a moment to come in `at`, approve
    it to appear then."""
    if at and at > timezone.now():
        return _move("publish", revision, by=by, read=read, to_status=Status.SCHEDULED, publish_at=at)
    return _move("publish", revision, by=by, read=read, published_at=timezone.now(), publish_at=None)


@transaction.atomic
def archive(*, revision: Revision, by: User) -> Revision:
    """Take a public revision down. What it said is kept, and no longer shown; one approved to follow it does not."""
    archived = _move("archive", revision, by=by)
    for scheduled in archived.practice.revisions.filter(status=Status.SCHEDULED):
        _change(TABLE["withdraw"], scheduled, by=by, to_status=Status.WITHDRAWN, publish_at=None)
    return archived


def publish_scheduled() -> int:
    """Publish what was approved to appear by now, in the name of who approved it; how many.

    Where they may no longer decide, the revision waits for a moderator again, and all are told.
    """
    return sum(_publish_if_due(revision) for revision in Revision.objects.scheduled_until(timezone.now()))


@transaction.atomic
def _publish_if_due(revision: Revision) -> bool:
    """Whether `revision` was published: it may have been put off, or taken back, a moment ago."""
    revision, verb, now = _locked(revision), TABLE["publish"], timezone.now()
    if revision.publish_at is None or revision.publish_at > now:
        return False
    approver = revision.transitions.filter(to_status=Status.SCHEDULED).select_related("by").order_by("-pk")[0].by
    if verb.may.test(approver, revision):
        _change(verb, revision, by=approver, to_status=Status.PUBLISHED, published_at=now, publish_at=None)
        return True
    logger.warning("Revision %s was due; who approved it may no longer decide", revision.pk)
    _change(verb, revision, by=approver, to_status=Status.SUBMITTED, publish_at=None)
    return False


@transaction.atomic
def _move(
    name: str,
    revision: Revision,
    *,
    by: User,
    to_status: Status | None = None,
    reason: str = "",
    read: dt.datetime | None = None,
    **fields,
) -> Revision:
    """Carry out the verb `name`. PermissionDenied, Refused or a missing reason (Refused): then nothing has changed."""
    verb = TABLE[name]
    revision = _locked(revision)
    if not verb.may.test(by, revision):
        raise PermissionDenied
    if revision.status not in verb.from_statuses:
        raise Refused(_("This is no longer possible: the text is now “%s”.") % revision.get_status_display())
    if read and read != revision.submitted_at:
        raise Refused(_("The text was changed and submitted again since you opened it. Read it again, then decide."))
    if verb.needs_reason and not reason.strip():
        raise Refused(_("Say why: the author needs to know."))
    return _change(verb, revision, by=by, to_status=to_status or verb.to_status, reason=reason.strip(), **fields)


def _locked(revision: Revision) -> Revision:
    """The revision as it stands now, held until the transaction ends, with its practice and the practice's others."""
    # The practice first: all that happens to its revisions happens one after the other.
    Practice.objects.select_for_update(of=("self",)).get(pk=revision.practice_id)
    return Revision.objects.select_for_update(of=("self",)).select_related("practice__city").get(pk=revision.pk)


def _change(verb: Verb, revision: Revision, *, by: User, to_status: Status, reason: str = "", **fields) -> Revision:
    """Write what `verb` does to `revision`, which the caller has locked and checked, and the record of it."""
    from_status, revision.status, revision.reason = revision.status, to_status, reason
    for field, value in fields.items():
        setattr(revision, field, value)
    if to_status == Status.PUBLISHED:
        _make_room(revision)
    revision.save(update_fields=["status", "reason", *fields])
    Transition.objects.create(
        revision=revision, verb=verb.name, from_status=from_status, to_status=to_status, by=by, reason=reason
    )
    run_after_commit("practices.tasks.send_notices")
    if Status.PUBLISHED in (from_status, to_status):
        run_after_commit("practices.tasks.refresh_vocabulary")
    return revision


def _make_room(revision: Revision) -> None:
    """The revision that was live makes way; a practice that was never public gets its public address.

    The address comes from the approved title: until then it is a random one, so that no draft's title leaks by it.
    """
    practice = revision.practice
    if not practice.revisions.filter(status__in=ONCE_PUBLIC).exists():
        practice.slug = Practice.free_slug(revision.title_en or revision.title_fr)
        practice.save(update_fields=["slug"])
    practice.revisions.live().update(status=Status.SUPERSEDED)


@transaction.atomic
def open_draft(*, practice: Practice, by: User) -> Revision:
    """The revision in which `practice` can be written on: the open one, or a new copy of the newest.

    Refused while the open one waits for a moderator: it cannot change under its reviewer.
    """
    practice = Practice.objects.select_for_update(of=("self",)).get(pk=practice.pk)
    newest = practice.newest
    if newest.is_writable:
        return newest
    if newest.status in OPEN:
        raise Refused(_("This text is with the moderators. Withdraw it to write on."))
    draft = practice.newest
    draft.pk, draft.number, draft.status, draft.author = None, newest.number + 1, Status.DRAFT, by
    draft.submitted_at = draft.publish_at = draft.published_at = None
    draft.reason, draft.created_at = "", timezone.now()
    draft._state.adding = True
    draft.save()
    _copy_what_belongs(newest, draft)
    return draft


def _copy_what_belongs(old: Revision, new: Revision) -> None:
    """Give `new` rows of its own for the commitments, originals and documents of `old`; files are shared."""
    served, originals, documents = old.commitments.all(), old.adapted_from.all(), list(old.attachments.all())
    RevisionCommitment.objects.bulk_create(RevisionCommitment(revision=new, commitment=one) for one in served)
    Adaptation.objects.bulk_create(Adaptation(revision=new, original=one) for one in originals)
    for document in documents:
        document.pk, document.revision, document._state.adding = None, new, True
        document.save()

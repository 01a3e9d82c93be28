"""What may happen to a revision: one table of verbs, and the function that each verb runs.

A verb is a keyword-only function: it locks the revision, checks the table again under the lock (`_move`), changes the
status and the fields that go with it, and writes a Transition row (`_change`), whose mail is sent after the commit.
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

from members import proposals
from members.models import Proposal, User
from practices.choices import ONCE_PUBLIC, OPEN, Status
from practices.comparison import values_of
from practices.copying import copy_of, lock
from practices.happened import overtaken
from practices.missing_texts import in_words, missing_to_submit, untranslated, waits_for_both_languages
from practices.models import HarmCheck, Practice, Revision, SubmittedWords, Transition
from practices.permissions import (
    acts_for_its_city,
    is_moderator,
    may_decide,
    may_release_for_its_city,
    writes_for_its_city,
)
from practices.story import address_once_public
from scn_portal.base.background import run_after_commit

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Verb:
    """One row of the table. `run` carries it out; `takes` names its arguments besides `revision` and `by`. `to_status`
    is None if the status stays the same.

    `fits` is a condition on the revision besides its status. With `needs_reason`, the verb is refused without a reason;
    with `needs_texts`, it is refused while a text that a submission needs is missing.
    """

    name: str
    label: str | Promise
    from_statuses: tuple[Status, ...]
    to_status: Status | None
    may: rules.Predicate
    run: Callable[..., Revision]
    takes: tuple[str, ...] = ()
    needs_reason: bool = False
    needs_texts: bool = False
    fits: Callable[[Revision], bool] = lambda revision: True

    def starts_from(self, revision: Revision) -> bool:
        return revision.status in self.from_statuses and self.fits(revision)


# The words of a decision are kept and sent to the city as they were typed: `reason`, and its `language`. Decisions also
# take what the moderator has read: `submitted_at_read`, the `submitted_at` of the text, and `step_read`, the key of the
# last Transition of the revision (0 if there was none). They are refused if either has changed.
READ = ("submitted_at_read", "step_read")
WITH_WORDS = ("reason", "language", *READ)


class Refused(Exception):
    """The verb is not possible for the revision as it is; the message says why, in the active language."""


@transaction.atomic
def submit(*, revision: Revision, by: User, note: str = "", harm: HarmCheck | None = None) -> Revision:
    """Give the revision to the moderators. Its words cannot change any more.

    `note` tells them what has changed; `harm`, not saved yet, has the answers of the harm check. Raises Refused if
    nobody has ever answered it for this revision.
    """
    if harm is None and not HarmCheck.objects.filter(submission__revision=revision).exists():
        _check("submit", revision, by=by)
        raise Refused(_("Answer first whether publishing the text could harm anybody."))
    submitted = _move("submit", revision, by=by, note=note, submitted_at=timezone.now())
    submission = submitted.transitions.latest("pk")
    if harm:
        harm.submission = submission
        harm.save()
    SubmittedWords.objects.create(submission=submission, values=values_of(submitted))
    proposals.settle(f"practice:{submitted.practice_id}")
    run_after_commit("practices.tasks.check_sources")
    return submitted


@transaction.atomic
def bring_in(*, revision: Revision, by: User) -> Revision:
    """Submit a draft that the network itself has compiled from public sources. No mail is sent."""
    now = timezone.now()
    submitted = _change(TRANSITIONS["submit"], _locked(revision), by=by, to_status=Status.SUBMITTED, submitted_at=now)
    submitted.transitions.filter(mailed_at=None).update(mailed_at=now)
    return submitted


def propose(*, revision: Revision, by: User) -> Proposal:
    """Ask the focal points of the city to submit a draft. Raises Refused if it is no longer being written."""
    if not revision.is_writable:
        raise Refused(_("This is no longer possible: the text is now “%s”.") % revision.get_status_display())
    return proposals.propose(f"practice:{revision.practice_id}", city=revision.practice.city, by=by)


@transaction.atomic
def withdraw(*, revision: Revision, by: User) -> Revision:
    """Take the revision back from the moderators for good; the next draft is a new revision."""
    withdrawn = _move("withdraw", revision, by=by, publish_at=None)
    proposals.settle(f"practice:{revision.practice_id}")
    return withdrawn


def send_back(*, revision: Revision, by: User, reason: str, **read) -> Revision:
    """Ask the author for the changes named in `reason`. The revision can be edited again."""
    return _move("send_back", revision, by=by, reason=reason, publish_at=None, **read)


def reject(*, revision: Revision, by: User, reason: str, **read) -> Revision:
    """Refuse the revision for good."""
    return _move("reject", revision, by=by, reason=reason, publish_at=None, **read)


def publish(*, revision: Revision, by: User, at: dt.datetime | None = None, reason: str = "", **read) -> Revision:
    """Make the revision live, in place of the one before; with a future `at`, approve it to appear then.

    `reason` is a word to the author. If the rules of the desk ask for both languages, raises Refused while one is
    missing.
    """
    now = timezone.now()
    if waits_for_both_languages() and (missing := untranslated(revision)):
        _check("publish", revision, by=by, **read)
        raise Refused(_("Publication waits for both languages. Missing: %(texts)s.") % {"texts": missing})
    if at and at > now:
        return _move("publish", revision, by=by, reason=reason, to_status=Status.SCHEDULED, publish_at=at, **read)
    return _move("publish", revision, by=by, reason=reason, published_at=now, publish_at=None, **read)


@transaction.atomic
def archive(*, revision: Revision, by: User, reason: str = "", **read) -> Revision:
    """Take a public revision down, and withdraw the scheduled one. Both are kept but no longer shown.

    Refused without a `reason`.
    """
    archived = _move("archive", revision, by=by, reason=reason, **read)
    for scheduled in archived.practice.revisions.filter(status=Status.SCHEDULED):
        _change(TRANSITIONS["archive"], scheduled, by=by, to_status=Status.WITHDRAWN, publish_at=None)
    return archived


@transaction.atomic
def restore(*, revision: Revision, by: User) -> Revision:
    """Show a revision again that staff took down, in the same words. Raises Refused if its city took it down, or if a
    newer version was public."""
    restored = _move("restore", revision, by=by)
    if restored.practice.revisions.filter(number__gt=restored.number, status__in=ONCE_PUBLIC).exists():
        raise Refused(_("A newer version of this practice has been public since."))
    taken_down = restored.transitions.filter(verb="archive").select_related("by").order_by("-pk").first()
    if taken_down and acts_for_its_city.test(taken_down.by, restored):
        raise Refused(_("Its city took it down itself. To show it again, the city submits it again."))
    return restored


@transaction.atomic
def correct(
    *, revision: Revision, by: User, words: dict[str, str], reason: str = "", language: str = "", **read
) -> Revision:
    """Correct the `words` (by column, such as `title_en`) of a submitted or public text, on behalf of the network;
    returns the new revision, which takes the place of the old one. The city gets a mail, and can `undo` the correction.

    Raises Refused if nothing would change, and while the city is writing a newer version.
    """
    revision = _check("correct", revision, by=by, **read)
    if not any((getattr(revision, name) or "") != value for name, value in words.items()):
        raise Refused(_("Nothing is changed yet."))
    said = {"reason": reason.strip(), "language": language}
    changes = words | {"corrects": revision}
    return _replace(TRANSITIONS["correct"], revision, revision, by=by, changes=changes, said=said)


@transaction.atomic
def undo(*, revision: Revision, by: User) -> Revision:
    """Restore the words that the network has corrected; returns the new revision, which has them."""
    revision = _check("undo", revision, by=by)
    assert revision.corrects, "checked by `fits`"
    return _replace(TRANSITIONS["undo"], revision, revision.corrects, by=by, changes={})


def _replace(
    verb: Verb, old: Revision, source: Revision, *, by: User, changes: dict, said: dict[str, str] | None = None
) -> Revision:
    """Replace `old`, which is locked and checked, by a copy of `source` with `changes`; returns the copy."""
    if old.practice.newest != old:
        raise Refused(_("The city has a newer version of this text under way. Mend that one, or ask its author."))
    status = Status(old.status)
    if status == Status.SUBMITTED:
        old.status = Status.REPLACED
        old.save(update_fields=["status"])
    new = copy_of(source, author=old.author, **changes)
    if missing := missing_to_submit(new):
        raise Refused(_("No text can do without %(fields)s.") % {"fields": in_words(missing)})
    # A submission has waited since it was submitted; a correction does not change that.
    published_at = timezone.now() if status == Status.PUBLISHED else None
    dates: dict[str, Any] = {"submitted_at": old.submitted_at, "published_at": published_at}
    return _change(verb, new, by=by, to_status=status, said=said, **dates)


def publish_scheduled() -> int:
    """Publish the scheduled revisions that are due, in the name of their approvers. Returns how many.

    If the approver may no longer decide, the revision goes back to the moderators, who get a mail.
    """
    return sum(_publish_if_due(revision) for revision in Revision.objects.scheduled_until(timezone.now()))


@transaction.atomic
def _publish_if_due(revision: Revision) -> bool:
    """Returns whether `revision` was published."""
    # Read again under the lock: it may have been postponed or withdrawn a moment ago.
    revision, verb, now = _locked(revision), TRANSITIONS["publish"], timezone.now()
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
    language: str = "",
    note: str = "",
    submitted_at_read: dt.datetime | None = None,
    step_read: int | None = None,
    **fields,
) -> Revision:
    """Carry out the verb `name`. If it raises PermissionDenied or Refused, nothing has changed."""
    verb = TRANSITIONS[name]
    revision = _check(name, revision, by=by, submitted_at_read=submitted_at_read, step_read=step_read)
    if verb.needs_texts and (missing := missing_to_submit(revision)):
        raise Refused(_("Still to be written before you submit it: %(fields)s.") % {"fields": in_words(missing)})
    if verb.needs_reason and not reason.strip():
        raise Refused(_("Give a reason: the author needs it."))
    led_to = to_status or verb.to_status
    assert led_to, "`correct` and `undo` alone have none, and they do not come here"
    said = {"reason": reason.strip(), "language": language, "note": note}
    return _change(verb, revision, by=by, to_status=led_to, said=said, **fields)


def _check(
    name: str,
    revision: Revision,
    *,
    by: User,
    submitted_at_read: dt.datetime | None = None,
    step_read: int | None = None,
    language: str = "",
) -> Revision:
    """The revision as it is now, locked. Raises PermissionDenied or Refused if the verb `name` is not possible."""
    verb, revision = TRANSITIONS[name], _locked(revision)
    if not verb.may.test(by, revision):
        raise PermissionDenied
    last = revision.transitions.order_by("pk").last()
    if submitted_at_read and revision.submitted_at != submitted_at_read and revision.status == Status.SUBMITTED:
        raise Refused(_("The text was changed and submitted again since you opened it. Read it again, then decide."))
    if not verb.starts_from(revision) or (step_read is not None and step_read != (last.pk if last else 0)):
        raise Refused(_earlier_decision(revision, by))
    return revision


def _earlier_decision(revision: Revision, reader: User) -> str:
    """A sentence about who has done what meanwhile, and when."""
    told = overtaken(revision, for_staff=is_moderator.test(reader))
    status = _("This is no longer possible: the text is now “%s”.") % revision.get_status_display()
    return f"{told} {status}".strip()


def _locked(revision: Revision) -> Revision:
    """The revision as it is now, locked until the transaction ends."""
    lock(revision.practice)
    return Revision.objects.select_for_update(of=("self",)).select_related("practice__city").get(pk=revision.pk)


def _change(
    verb: Verb, revision: Revision, *, by: User, to_status: Status, said: dict[str, str] | None = None, **fields
) -> Revision:
    """Save the new status and `fields`, and a Transition with the words in `said`: `reason`, `language` and `note`. The
    caller has locked and checked `revision`."""
    said, from_status = said or {}, revision.status
    # The reasons of the other verbs are stored only in their Transition.
    reason = said.get("reason", "") if to_status in (Status.SENT_BACK, Status.REJECTED) else ""
    for field, value in (fields | {"status": to_status, "reason": reason}).items():
        setattr(revision, field, value)
    if to_status == Status.PUBLISHED:
        _supersede_live(revision)
    revision.save(update_fields=["status", "reason", *fields])
    steps = {"verb": verb.name, "from_status": from_status, "to_status": to_status}
    by_staff = not writes_for_its_city.test(by, revision)
    Transition.objects.create(revision=revision, by=by, by_staff=by_staff, **steps, **said)
    run_after_commit("practices.tasks.send_notices")
    if Status.PUBLISHED in (from_status, to_status):
        run_after_commit("practices.tasks.refresh_vocabulary")
        run_after_commit("practices.tasks.keep_related")
    return revision


def _supersede_live(revision: Revision) -> None:
    """Supersede the live revision; a practice that was never public gets its public slug."""
    practice = revision.practice
    slug = address_once_public(revision)
    if slug != practice.slug:
        practice.slug = slug
        practice.save(update_fields=["slug"])
    practice.revisions.filter(status=Status.PUBLISHED).update(status=Status.SUPERSEDED)


@transaction.atomic
def open_draft(*, practice: Practice, by: User) -> Revision:
    """The draft of `practice`: the open one, or a new copy of the newest revision.

    Raises Refused while the open revision is with the moderators.
    """
    practice = lock(practice)
    newest = practice.newest
    if newest.is_writable:
        return newest
    if newest.status in OPEN:
        raise Refused(_("This text is with the moderators. Withdraw it to continue writing."))
    return copy_of(newest, author=by)


TRANSITIONS = {
    verb.name: verb
    for verb in (
        Verb("submit", gettext_lazy("Submit for review"), (Status.DRAFT, Status.SENT_BACK), Status.SUBMITTED,
             may=writes_for_its_city & may_release_for_its_city, run=submit, takes=("note", "harm"),
             needs_texts=True),
        Verb("withdraw", gettext_lazy("Withdraw"), (Status.SUBMITTED, Status.SENT_BACK, Status.SCHEDULED),
             Status.WITHDRAWN, may=writes_for_its_city, run=withdraw),
        Verb("publish", gettext_lazy("Publish"), (Status.SUBMITTED, Status.SCHEDULED), Status.PUBLISHED,
             may=may_decide, run=publish, takes=("at", *WITH_WORDS)),
        Verb("send_back", gettext_lazy("Send back"), (Status.SUBMITTED, Status.SCHEDULED), Status.SENT_BACK,
             may=may_decide, run=send_back, takes=WITH_WORDS, needs_reason=True),
        Verb("reject", gettext_lazy("Reject"), (Status.SUBMITTED, Status.SCHEDULED), Status.REJECTED,
             may=may_decide, run=reject, takes=WITH_WORDS, needs_reason=True),
        # A city may take its own text down at once: someone's safety may depend on it.
        Verb("archive", gettext_lazy("Take down"), (Status.PUBLISHED,), Status.ARCHIVED,
             may=may_decide | writes_for_its_city, run=archive, takes=WITH_WORDS, needs_reason=True),
        Verb("restore", gettext_lazy("Show again"), (Status.ARCHIVED,), Status.PUBLISHED, may=may_decide, run=restore),
        Verb("correct", gettext_lazy("Small corrections"), (Status.SUBMITTED, Status.PUBLISHED), None,
             may=may_decide, run=correct, takes=("words", *WITH_WORDS)),
        # The words of the city were read and approved before, so nobody needs to read them again.
        Verb("undo", gettext_lazy("Undo the corrections"), (Status.SUBMITTED, Status.PUBLISHED), None,
             may=writes_for_its_city & may_release_for_its_city, run=undo,
             fits=lambda revision: revision.corrects_id is not None),
    )
}  # fmt: skip


def available_verbs(revision: Revision, user: User) -> list[Verb]:
    """The verbs that `user` may carry out on `revision` now, in the order of the table."""
    verbs = TRANSITIONS.values()
    return [verb for verb in verbs if verb.starts_from(revision) and verb.may.test(user, revision)]


def perform(verb: str, *, revision: Revision, by: User, **details) -> Revision:
    """Run the verb with this name, passing only the `details` that it takes. Raises KeyError for an unknown verb."""
    row = TRANSITIONS[verb]
    return row.run(revision=revision, by=by, **{name: details[name] for name in row.takes if name in details})

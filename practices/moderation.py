"""What may happen to a revision: one table of verbs, and the function that each verb runs.

A verb is a keyword-only function: it locks the revision, checks the table again under the lock (`_move`), changes the
status and the fields that go with it, and writes a Transition row (`_change`), whose mail is sent after the commit.
"""

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass

import rules
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members import proposals
from members.models import Proposal, User
from practices.choices import ONCE_PUBLIC, OPEN, Status
from practices.headings import HEADINGS
from practices.models import (
    Adaptation,
    HarmCheck,
    PartnerCity,
    Practice,
    Revision,
    RevisionCommitment,
    Transition,
)
from practices.permissions import acts_for_its_city, may_decide, may_release_for_its_city, writes_for_its_city
from scn_portal.base.background import run_after_commit
from scn_portal.base.languages import CODES
from scn_portal.base.slugs import free_slug

# What a moderator cannot judge a practice without. A draft may lack it.
NEEDED_TO_SUBMIT = ("title", "summary", "approach")
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Verb:
    """One row of the table. `run` does it; `takes` names what it takes besides `revision` and `by`; `needs` the texts
    without which it is refused."""

    name: str
    label: str | Promise
    from_statuses: tuple[Status, ...]
    to_status: Status
    may: rules.Predicate
    run: Callable[..., Revision]
    takes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    @property
    def needs_reason(self) -> bool:
        return "reason" in self.takes


class Refused(Exception):
    """The verb does not fit the status of the revision; the message says so in the active language."""


@transaction.atomic
def submit(*, revision: Revision, by: User, note: str = "", harm: HarmCheck | None = None) -> Revision:
    """Give the revision to the moderators. Its words cannot change any more.

    `note` says to them what has changed; `harm`, not saved yet, holds the answers of the harm check.
    """
    submitted = _move("submit", revision, by=by, note=note, submitted_at=timezone.now())
    if harm:
        harm.submission = submitted.transitions.latest("pk")
        harm.save()
    proposals.settle(f"practice:{submitted.practice_id}")
    return submitted


def propose(*, revision: Revision, by: User) -> Proposal:
    """Ask the focal points of its city to submit a draft. Raises Refused where it is no longer written."""
    if not revision.is_writable:
        raise Refused(_("This is no longer possible: the text is now “%s”.") % revision.get_status_display())
    return proposals.propose(f"practice:{revision.practice_id}", city=revision.practice.city, by=by)


@transaction.atomic
def withdraw(*, revision: Revision, by: User) -> Revision:
    """Take the revision back from the moderators for good; the next draft is a new revision."""
    withdrawn = _move("withdraw", revision, by=by, publish_at=None)
    proposals.settle(f"practice:{revision.practice_id}")
    return withdrawn


# The three decisions take `submitted_at_read`, the `submitted_at` of the text that the moderator has read. They raise
# Refused where the text was sent back and submitted again since: that is another text.


def send_back(*, revision: Revision, by: User, reason: str, submitted_at_read: dt.datetime | None = None) -> Revision:
    """Ask the author for the changes named in `reason`. The revision can be edited again."""
    return _move("send_back", revision, by=by, reason=reason, submitted_at_read=submitted_at_read, publish_at=None)


def reject(*, revision: Revision, by: User, reason: str, submitted_at_read: dt.datetime | None = None) -> Revision:
    """Refuse the revision for good."""
    return _move("reject", revision, by=by, reason=reason, submitted_at_read=submitted_at_read, publish_at=None)


def publish(
    *, revision: Revision, by: User, at: dt.datetime | None = None, submitted_at_read: dt.datetime | None = None
) -> Revision:
    """Make the revision live, in place of the one before; with a future `at`, approve it to appear then."""
    now = timezone.now()
    if at and at > now:
        return _move(
            "publish", revision, by=by, submitted_at_read=submitted_at_read, to_status=Status.SCHEDULED, publish_at=at
        )
    return _move("publish", revision, by=by, submitted_at_read=submitted_at_read, published_at=now, publish_at=None)


@transaction.atomic
def archive(*, revision: Revision, by: User) -> Revision:
    """Take a public revision down, and withdraw the scheduled one. Both are kept and no longer shown."""
    archived = _move("archive", revision, by=by)
    for scheduled in archived.practice.revisions.filter(status=Status.SCHEDULED):
        _change(TRANSITIONS["withdraw"], scheduled, by=by, to_status=Status.WITHDRAWN, publish_at=None)
    return archived


@transaction.atomic
def restore(*, revision: Revision, by: User) -> Revision:
    """Show again, in the same words, what staff took down. Raises Refused where its city did so itself, and where a
    newer version was public."""
    restored = _move("restore", revision, by=by)
    if restored.practice.revisions.filter(number__gt=restored.number, status__in=ONCE_PUBLIC).exists():
        raise Refused(_("A newer version of this practice has been public since."))
    taken_down = restored.transitions.filter(verb="archive").select_related("by").order_by("-pk").first()
    if taken_down and acts_for_its_city.test(taken_down.by, restored):
        raise Refused(_("Its city took it down itself. To show it again, the city submits it again."))
    return restored


def publish_scheduled() -> int:
    """Publish the scheduled revisions that are due, in the name of their approvers. Returns how many.

    Where the approver may no longer decide, the revision goes back to the moderators, who get a mail.
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
    submitted_at_read: dt.datetime | None = None,
    **fields,
) -> Revision:
    """Carry out the verb `name`. Raises PermissionDenied or Refused, and then nothing has changed."""
    verb = TRANSITIONS[name]
    revision = _locked(revision)
    if not verb.may.test(by, revision):
        raise PermissionDenied
    if revision.status not in verb.from_statuses:
        raise Refused(_("This is no longer possible: the text is now “%s”.") % revision.get_status_display())
    if missing := lacking(verb, revision):
        raise Refused(_("Still to be written before you submit it: %(fields)s.") % {"fields": _in_words(missing)})
    if submitted_at_read and submitted_at_read != revision.submitted_at:
        raise Refused(_("The text was changed and submitted again since you opened it. Read it again, then decide."))
    if verb.needs_reason and not reason.strip():
        raise Refused(_("Give a reason: the author needs it."))
    return _change(verb, revision, by=by, to_status=to_status or verb.to_status, reason=reason.strip(), **fields)


def lacking(verb: Verb, revision: Revision) -> list[str]:
    """The names of the texts that `verb` needs and that the revision has in no language."""
    return [name for name in verb.needs if not any(getattr(revision, f"{name}_{code}") for code in CODES)]


def _in_words(names: list[str]) -> str:
    return get_text_list([_("“%(heading)s”") % {"heading": HEADINGS[name]} for name in names], _("and"))


def _locked(revision: Revision) -> Revision:
    """The revision as it is now, locked until the transaction ends."""
    # The practice is locked first, so that all its revisions change one after the other.
    Practice.objects.select_for_update(of=("self",)).get(pk=revision.practice_id)
    return Revision.objects.select_for_update(of=("self",)).select_related("practice__city").get(pk=revision.pk)


def _change(
    verb: Verb, revision: Revision, *, by: User, to_status: Status, reason: str = "", note: str = "", **fields
) -> Revision:
    """Save the new status and `fields` with the Transition row. The caller has locked and checked `revision`."""
    from_status, revision.status, revision.reason = revision.status, to_status, reason
    for field, value in fields.items():
        setattr(revision, field, value)
    if to_status == Status.PUBLISHED:
        _supersede_live(revision)
    revision.save(update_fields=["status", "reason", *fields])
    Transition.objects.create(
        revision=revision, verb=verb.name, from_status=from_status, to_status=to_status, by=by, reason=reason, note=note
    )
    run_after_commit("practices.tasks.send_notices")
    if Status.PUBLISHED in (from_status, to_status):
        run_after_commit("practices.tasks.refresh_vocabulary")
    return revision


def _supersede_live(revision: Revision) -> None:
    """Supersede the live revision; a practice that was never public gets its public slug."""
    practice = revision.practice
    # The slug comes from the approved title. Before that it is random, so that it does not leak the title of a draft.
    if not practice.revisions.filter(status__in=ONCE_PUBLIC).exists():
        practice.slug = free_slug(Practice, (revision.title_en, revision.title_fr), default="practice")
        practice.save(update_fields=["slug"])
    practice.revisions.filter(status=Status.PUBLISHED).update(status=Status.SUPERSEDED)


@transaction.atomic
def open_draft(*, practice: Practice, by: User) -> Revision:
    """The draft of `practice`: the open one, or a new copy of the newest revision.

    Raises Refused while the open revision is with the moderators.
    """
    practice = Practice.objects.select_for_update(of=("self",)).get(pk=practice.pk)
    newest = practice.newest
    if newest.is_writable:
        return newest
    if newest.status in OPEN:
        raise Refused(_("This text is with the moderators. Withdraw it to continue writing."))
    draft = practice.newest  # another instance, which becomes the copy
    draft.pk, draft.number, draft.status, draft.author = None, newest.number + 1, Status.DRAFT, by
    draft.submitted_at = draft.publish_at = draft.published_at = None
    draft.reason, draft.created_at = "", timezone.now()
    draft._state.adding = True
    draft.save()
    _copy_relations(newest, draft)
    return draft


def _copy_relations(old: Revision, new: Revision) -> None:
    """Copy the rows of commitments, originals, partner cities and documents; the files themselves are shared."""
    RevisionCommitment.objects.bulk_create(
        RevisionCommitment(revision=new, commitment=commitment) for commitment in old.commitments.all()
    )
    Adaptation.objects.bulk_create(Adaptation(revision=new, original=practice) for practice in old.adapted_from.all())
    PartnerCity.objects.bulk_create(PartnerCity(revision=new, city=city) for city in old.partner_cities.all())
    for document in old.attachments.all():
        document.pk, document.revision, document._state.adding = None, new, True
        document.save()


TRANSITIONS = {
    verb.name: verb
    for verb in (
        Verb("submit", gettext_lazy("Submit for review"), (Status.DRAFT, Status.SENT_BACK), Status.SUBMITTED,
             may=writes_for_its_city & may_release_for_its_city, run=submit, takes=("note", "harm"),
             needs=NEEDED_TO_SUBMIT),
        Verb("withdraw", gettext_lazy("Withdraw"), (Status.SUBMITTED, Status.SENT_BACK, Status.SCHEDULED),
             Status.WITHDRAWN, may=writes_for_its_city, run=withdraw),
        Verb("publish", gettext_lazy("Publish"), (Status.SUBMITTED, Status.SCHEDULED), Status.PUBLISHED,
             may=may_decide, run=publish, takes=("at", "submitted_at_read")),
        Verb("send_back", gettext_lazy("Send back"), (Status.SUBMITTED, Status.SCHEDULED), Status.SENT_BACK,
             may=may_decide, run=send_back, takes=("reason", "submitted_at_read")),
        Verb("reject", gettext_lazy("Reject"), (Status.SUBMITTED, Status.SCHEDULED), Status.REJECTED,
             may=may_decide, run=reject, takes=("reason", "submitted_at_read")),
        # A city may take its own words down at once: someone's safety may depend on it.
        Verb("archive", gettext_lazy("Take down"), (Status.PUBLISHED,), Status.ARCHIVED,
             may=may_decide | writes_for_its_city, run=archive),
        Verb("restore", gettext_lazy("Show again"), (Status.ARCHIVED,), Status.PUBLISHED, may=may_decide, run=restore),
    )
}  # fmt: skip


def available_verbs(revision: Revision, user: User) -> list[Verb]:
    """What `user` may do to `revision` now, in the order of the table."""
    verbs = TRANSITIONS.values()
    return [verb for verb in verbs if revision.status in verb.from_statuses and verb.may.test(user, revision)]


def perform(
    verb: str,
    *,
    revision: Revision,
    by: User,
    reason: str = "",
    at: dt.datetime | None = None,
    submitted_at_read: dt.datetime | None = None,
    note: str = "",
    harm: HarmCheck | None = None,
) -> Revision:
    """Run the verb of that name with those of the details that it takes. Raises KeyError for an unknown verb."""
    row = TRANSITIONS[verb]
    details = {"reason": reason, "at": at, "submitted_at_read": submitted_at_read, "note": note, "harm": harm}
    return row.run(revision=revision, by=by, **{name: details[name] for name in row.takes})

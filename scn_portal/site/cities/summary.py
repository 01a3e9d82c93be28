"""A summary of the page of a city: its numbers, and what changed last. From rows already read."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from commitments.models import Pledge
from practices.models import Revision
from scn_portal.base.languages import Text

# A pledge is saved again a moment after it is recorded, or after an update that changes its status: that counts as one
# change.
AT_ONCE = dt.timedelta(seconds=10)


@dataclass(frozen=True)
class LastChange:
    """The last public change: when, what happened, and the title and page of what it is about."""

    at: dt.datetime
    what: str
    title: Text
    link: str


@dataclass(frozen=True)
class Summary:
    """The numbers of a city; `prior` are actions older than the Declaration, which are no pledges."""

    pledges: int
    kept: int
    prior: int
    practices: int
    last_change: LastChange | None


def summary(pledges: list[Pledge], revisions: list[Revision], language: str) -> Summary:
    """The numbers of `pledges`, with their `shown_updates`, and of live `revisions`. No query."""
    promised = [pledge for pledge in pledges if not pledge.is_prior]
    changes = [change for pledge in pledges for change in _changes_of_pledge(pledge, language)]
    changes += [_change_of_practice(revision, language) for revision in revisions]
    return Summary(
        pledges=len(promised),
        kept=sum(pledge.status == Pledge.Status.DONE for pledge in promised),
        prior=len(pledges) - len(promised),
        practices=len(revisions),
        last_change=max(changes, key=lambda change: change.at, default=None),
    )


def _changes_of_pledge(pledge: Pledge, language: str) -> Iterator[LastChange]:
    title, link = pledge.text("title", language), pledge.get_absolute_url()
    told = [
        (pledge.published_at or pledge.created_at, _("Action recorded") if pledge.is_prior else _("Pledge recorded"))
    ]
    told += [(update.created_at, _("Progress reported")) for update in pledge.shown_updates]
    latest, what = max(told)
    yield LastChange(latest, what, title, link)
    if pledge.updated_at - latest > AT_ONCE:
        yield LastChange(pledge.updated_at, _("Text changed"), title, link)


def _change_of_practice(revision: Revision, language: str) -> LastChange:
    """`revision` is live, so it has been published, and has `first_published_at`."""
    assert revision.published_at is not None, "a live revision has a moment of publication"
    is_first = revision.first_published_at in (None, revision.published_at)
    what = _("Practice published") if is_first else _("New version of a practice")
    return LastChange(
        revision.published_at, what, revision.text("title", language), revision.practice.get_absolute_url()
    )

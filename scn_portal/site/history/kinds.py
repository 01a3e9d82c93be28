"""The kinds of rows whose history is recorded: one table, which says whose the events are and which of them the staff
may read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commitments.models import Commitment, Declaration, Endorsement, Milestone, Pledge, ProgressUpdate
from digests.models import NextIssue
from members import followed
from members.models import City, Invitation, LostSecondFactor, Membership, Region, RequiredSecondFactor, User
from practices.choices import HIDDEN_FROM_MODERATORS
from practices.models import Adaptation, Attachment, PartnerCity, Practice, Revision, RevisionCommitment


@dataclass(frozen=True)
class Kind:
    """A kind of rows with history. `city` and `person` are the lookups from an event to the city and to the people that
    it is about; "" and () for none.

    `seen` is the condition on the events that the staff may read: only the city reads what it has not submitted or
    published. `called` are the columns that identify the row.
    """

    model: type[Model]
    label: str | Promise
    called: Sequence[str]
    city: str = ""
    person: Sequence[str] = ()
    seen: Q = field(default_factory=Q)

    @property
    def events(self) -> QuerySet:
        return self.model.pgh_event_model._default_manager.filter(self.seen).order_by()

    def of_city(self, city: City) -> QuerySet:
        return self.events.filter(**{self.city: city.pk})

    def about(self, person: User) -> QuerySet:
        whose = Q()
        for path in self.person:
            whose |= Q(**{path: person.pk})
        return self.events.filter(whose)

    def by(self, person: User) -> QuerySet:
        return self.events.filter(pgh_context__metadata__user=person.pk)


_SUBMITTED = ~Q(status__in=HIDDEN_FROM_MODERATORS)
_SINCE_SUBMITTED = Q(pgh_created_at__gte=F("revision__submitted_at")) & ~Q(revision__status__in=HIDDEN_FROM_MODERATORS)
_ONCE_SUBMITTED = Q(Exists(Revision.objects.filter(practice=OuterRef("id"), submitted_at__isnull=False)))
_OF_A_REVISION: dict[str, Any] = {"city": "revision__practice__city", "seen": _SINCE_SUBMITTED}
_OF_A_PLEDGE: dict[str, Any] = {"city": "pledge__city", "seen": Q(pledge__published_at__isnull=False)}

KINDS = (
    Kind(City, _("City"), ("name",), "pgh_obj"),
    Kind(Membership, _("Membership"), ("user", "city"), "city", ("user",)),
    Kind(Invitation, _("Invitation"), ("email",), "city", ("accepted_by",)),
    Kind(Endorsement, _("Signature of the Declaration"), ("declaration",), "city"),
    Kind(Pledge, _("Pledge"), ("title",), "city", seen=Q(published_at__isnull=False)),
    Kind(Milestone, _("Milestone"), ("title",), **_OF_A_PLEDGE),
    Kind(ProgressUpdate, _("Progress update"), ("pledge", "reported_on"), **_OF_A_PLEDGE),
    Kind(Practice, _("Practice"), ("slug",), "city", seen=_ONCE_SUBMITTED),
    Kind(Revision, _("Text of a practice"), ("title",), "practice__city", seen=_SUBMITTED),
    Kind(Attachment, _("Document of a practice"), ("title",), **_OF_A_REVISION),
    Kind(RevisionCommitment, _("Commitment of a practice"), ("commitment",), **_OF_A_REVISION),
    Kind(Adaptation, _("Origin of a practice"), ("original",), **_OF_A_REVISION),
    Kind(PartnerCity, _("Partner city of a practice"), ("city",), **_OF_A_REVISION),
    Kind(User, _("Account"), ("name",), person=("pgh_obj",)),
    Kind(followed.FollowedUserGroup, _("Person in a group"), ("user", "group"), person=("user",)),
    Kind(followed.FollowedUserPermission, _("Right of a person"), ("user", "permission"), person=("user",)),
    Kind(followed.FollowedEmailAddress, _("Email address"), ("email",), person=("user",)),
    Kind(followed.FollowedAuthenticator, _("Second step of signing in"), ("user", "type"), person=("user",)),
    Kind(LostSecondFactor, _("Lost second step"), ("person",), person=("person",)),
    Kind(RequiredSecondFactor, _("Second step that a city asks for"), ("city",), "city"),
    Kind(followed.FollowedGroup, _("Group"), ("name",)),
    Kind(followed.FollowedGroupPermission, _("Right of a group"), ("group", "permission")),
    Kind(Region, _("Region"), ("name",)),
    Kind(Declaration, _("Declaration"), ("title",)),
    Kind(Commitment, _("Commitment"), ("title",)),
    Kind(NextIssue, _("Next issue of the newsletter"), ("frequency",)),
)

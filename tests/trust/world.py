"""A portal in which one person has left a trace in every table that can have one."""

import datetime as dt
import uuid
from types import SimpleNamespace

import pghistory
from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.utils import timezone

from commitments import pledges
from commitments.models import RestoreDecision, RestoreRequest
from digests.models import Delivery, Item, NextIssue, Postponement
from members.models import (
    AccountMail,
    City,
    Correction,
    LostSecondFactor,
    Notice,
    OpenForm,
    Proposal,
    Reminder,
    RequiredSecondFactor,
    RiskAnswer,
    Scratch,
    SentForm,
    User,
    Vacancy,
)
from practices import moderation
from practices.models import Hold, Message, ModeratorMail, Remark, RetiredAddress, Revision, SubmissionDigest
from scn_portal.site.models import Concern, ConcernAnswer, Erasure, ErasureMail, PatrolSeat, PatrolTick, Takedown
from scn_portal.site.privacy import erasing
from tests.factories import (
    AttachmentFactory,
    CityFactory,
    CommitmentFactory,
    ConsentFactory,
    EndorsementFactory,
    InvitationFactory,
    IssueFactory,
    MilestoneFactory,
    ModeratorFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    RevisionFactory,
    SubscriptionFactory,
    UpdateDocumentFactory,
    acting_for,
    harmless,
    moderators_group,
)

# A name that needs care (accents, an apostrophe, a hyphen), and an address.
NAME, EMAIL = "Hélène d’Orléans-Zzyx", "helene.zzyx@ville-quelconque.example"
MONDAY = dt.date(2026, 3, 2)


def trace(*, name: str, email: str) -> SimpleNamespace:
    """The person, their city, a colleague who is a focal point too, and a staff member."""
    city = CityFactory(name_en="Testford", name_fr="Testford")
    person = acting_for(city, name=name, email=email, function="Deputy mayor", language="fr")
    colleague, staff = acting_for(city), ModeratorFactory()
    with pghistory.context(user=person.pk, url="/en/my-city/"):
        _account(person)
        _forms_and_mails(person, city, colleague)
        _of_the_city(person, city, colleague, staff)
        _pledges(person, city, staff)
        _practices(person, city, staff)
        _work_of_the_staff(person, city, staff)
        _newsletter(person)
    return SimpleNamespace(person=person, city=city, colleague=colleague, staff=staff)


def _account(person: User) -> None:
    client = Client()
    client.force_login(person)
    UserSession.objects.create(user=person, ip="203.0.113.9", session_key=client.session.session_key, user_agent="Fox")
    address = EmailAddress.objects.get(user=person)
    EmailConfirmation.objects.create(email_address=address, key="k" * 40, sent=timezone.now())
    Authenticator.objects.create(user=person, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    person.groups.add(moderators_group())
    person.user_permissions.add(Permission.objects.first())
    user_type = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(
        user=person, content_type=user_type, object_id=str(person.pk), object_repr=str(person), action_flag=CHANGE
    )


def _forms_and_mails(person: User, city: City, colleague: User) -> None:
    Scratch.objects.create(user=person, form="pledge:1", fields={})
    OpenForm.objects.create(user=person, form="pledge:1")
    SentForm.objects.create(user=person, opened=uuid.uuid4(), words="x", address="/en/", message="x")
    AccountMail.objects.create(email=person.email, user=person, language="fr", template="account/email/x")
    Notice.objects.create(kind=Notice.Kind.ACCEPTED, to=person, city=city, about=colleague, by=colleague)
    Notice.objects.create(kind=Notice.Kind.ACCEPTED, to=colleague, city=city, about=person, by=person)
    Reminder.objects.create(user=person, week=MONDAY)
    SubmissionDigest.objects.create(user=person, day=MONDAY)
    ModeratorMail.objects.create(user=person, choice="daily")
    refused = {"decided_at": timezone.now(), "decided_by": colleague, "is_approved": False, "reason": "No."}
    ErasureMail.objects.create(
        erasure=Erasure.objects.create(person=person, **refused), kind="refused", email=person.email, language="fr"
    )


def _of_the_city(person: User, city: City, colleague: User, staff: User) -> None:
    Vacancy.objects.create(city=city, left_by=person, by=person, reason="x")
    RequiredSecondFactor.objects.create(city=city, by=person)
    LostSecondFactor.objects.create(person=person, asked_by=staff, reason="x")
    past = {"accepted_at": timezone.now(), "accepted_by": person}
    InvitationFactory(email=person.email, city=city, invited_by=colleague, **past)
    InvitationFactory(email=person.email, invited_by__name="Another inviter")
    InvitationFactory(email="other@city.example", city=city, invited_by=person)
    Correction.objects.create(city=city, fact="population", value="5", source="x", by=person)
    Proposal.objects.create(city=city, about="update:1", fields={"x": "x"}, by=person)
    RiskAnswer.objects.create(city=city, about="pledge:1", found="x", answer="x", by=person)
    City.objects.filter(pk=city.pk).update(confirmed_at=timezone.now(), confirmed_by=person)
    hidden = CityFactory(name_en="Hiddenford")
    City.objects.filter(pk=hidden.pk).update(hidden_at=timezone.now(), hidden_by=person, hidden_reason="x")
    EndorsementFactory(city=city)


def _pledges(person: User, city: City, staff: User) -> None:
    pledge = PledgeFactory(city=city, created_by=person, commitment=CommitmentFactory(number=1))
    update = ProgressUpdateFactory(pledge=pledge, author=person)
    UpdateDocumentFactory(pledge=pledge, update_row=update, by=person)
    milestone = MilestoneFactory(pledge=pledge)
    down = PledgeFactory(city=city, created_by=person, commitment=CommitmentFactory(number=1))
    for row in (ProgressUpdateFactory(pledge=pledge, author=person), MilestoneFactory(pledge=pledge), down):
        pledges.take_down(row, reason="x", by=person)
    request = RestoreRequest.objects.create(pledge=down, by=person, reason="x")
    request.decided_at, request.decided_by, request.is_accepted = timezone.now(), staff, False
    request.decision_reason = "x"
    request.save()
    RestoreDecision.objects.create(request=request, to=person)
    item = Item.objects.create(kind="deadline", milestone=milestone, happened_at=timezone.now())
    Item.objects.filter(pk=item.pk).update(left_out_at=timezone.now(), left_out_by=person)
    Postponement.objects.create(item=item, frequency="weekly", by=person, until=timezone.now())


def _practices(person: User, city: City, staff: User) -> None:
    def draft(**fields) -> Revision:
        return RevisionFactory(practice__city=city, practice__created_by=person, author=person, **fields)

    rejected, waiting, live = draft(), draft(), draft()
    for revision in (rejected, waiting, live):
        moderation.submit(revision=revision, by=person, harm=harmless(at_risk=True, at_risk_words="x"), note="x")
        Message.objects.create(revision=revision, kind="answer", words="x", language="en", by=person)
        Remark.objects.create(revision=revision, words="x", by=staff)
    moderation.reject(revision=Revision.objects.get(pk=rejected.pk), by=staff, reason="x")
    moderation.publish(revision=Revision.objects.get(pk=live.pk), by=staff, reason="x")
    RetiredAddress.objects.create(digest="a" * 64, practice=rejected.practice, by=person, reason="x")
    AttachmentFactory(revision=draft())
    until = timezone.now() + dt.timedelta(days=9)
    Hold.objects.create(revision=waiting, holder=person, ends_at=until, given_by=staff, word="x")


def _work_of_the_staff(person: User, city: City, staff: User) -> None:
    Takedown.objects.create(kind="city", key=city.pk, city=city, by=person, reason="x", restored_by=staff,
                            restored_at=timezone.now())  # fmt: skip
    PatrolSeat.objects.create(moderator=person, up_to=1, up_to_at=timezone.now())
    PatrolTick.objects.create(moderator=person, kind="pledge", key=1, record=1, record_at=timezone.now())
    closed = {"closed_at": timezone.now(), "closed_by": person}
    concern = Concern.objects.create(page="/en/", words="x", language="en", network="x", **closed)
    ConcernAnswer.objects.create(concern=concern, words="x")
    Concern.objects.create(page="/en/", words="x", email=person.email, language="en")
    NextIssue.objects.create(frequency="weekly", paused_at=timezone.now(), paused_by=person)


def _newsletter(person: User) -> None:
    subscription = SubscriptionFactory(email=person.email)
    ConsentFactory(subscription=subscription)
    Delivery.objects.create(issue=IssueFactory(), subscription=subscription)


def asks_to_be_erased() -> SimpleNamespace:
    """A person who acts for a city with a colleague has asked to be erased; a staff member may decide."""
    city = CityFactory(name_en="Testford", name_fr="Testford")
    person = acting_for(city, name=NAME, email=EMAIL, language="fr")
    colleague, staff = acting_for(city), ModeratorFactory(language="en")
    return SimpleNamespace(city=city, person=person, colleague=colleague, staff=staff, erasure=erasing.ask(person))

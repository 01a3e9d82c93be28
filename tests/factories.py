"""Test rows for which a test gives only the values that matter. All values are obviously invented."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import factory
import pgtrigger
import pikepdf
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from factory.django import DjangoModelFactory

from commitments.models import (
    Commitment,
    Declaration,
    Endorsement,
    Milestone,
    Pledge,
    ProgressUpdate,
    RestoreRequest,
    UpdateDocument,
)
from digests.models import Consent, Delivery, Issue, Subscription
from members.models import City, Invitation, Membership, Region, Role, User
from practices.choices import ONCE_PUBLIC, Status
from practices.models import Adaptation, Attachment, HarmCheck, Practice, Revision, RevisionCommitment
from scn_portal.base.documents.cleaning.pdf import clean_pdf
from tests.app_role import as_owner

PASSWORD = "correct-horse-battery"
STAFF_PERMISSIONS = ("moderate_revision", "add_invitation", "change_city", "run_newsletter")
SOME_DAY = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)


def _small_pdf() -> bytes:
    """A PDF with one empty page, in the form in which it is stored."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(saved := BytesIO())
    return clean_pdf(saved.getvalue())


SMALL_PDF = _small_pdf()

# --- members ---------------------------------------------------------------------------------------------------------


class UserFactory(DjangoModelFactory):
    """A user who can log in with PASSWORD, and acts for no city."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence("person{}@example.org".format)
    name = factory.Sequence("Person {}".format)
    password = factory.django.Password(PASSWORD)

    @factory.post_generation
    def verified_address(user, create, extracted, **kwargs):
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)


def moderators_group() -> Group:
    """The group of the staff, as a migration created it; created again if a test has emptied the tables."""
    group, created = Group.objects.get_or_create(name="Moderators")
    if created:
        group.permissions.add(*Permission.objects.filter(codename__in=STAFF_PERMISSIONS))
    return group


class ModeratorFactory(UserFactory):
    """A user in the group that may moderate."""

    @factory.post_generation
    def moderates(user, create, extracted, **kwargs):
        user.groups.add(moderators_group())


def moderating_only(**fields) -> User:
    """A user outside the group of the staff, with only the permission to moderate."""
    user = UserFactory(**fields)
    user.user_permissions.add(Permission.objects.get(codename="moderate_revision"))
    return user


def staff_for_cities(**fields) -> User:
    """A user of the network who may invite people to every city and decide about its facts, and acts for no city."""
    user = UserFactory(is_staff=True, **fields)
    user.user_permissions.add(*Permission.objects.filter(codename__in=["add_invitation", "change_city"]))
    return user


class RegionFactory(DjangoModelFactory):
    class Meta:
        model = Region
        django_get_or_create = ("slug",)

    slug = "somewhere"
    name_en = factory.LazyAttribute(lambda region: region.slug.capitalize())
    name_fr = factory.LazyAttribute(lambda region: f"Région {region.slug}")


class CityFactory(DjangoModelFactory):
    """A member of the network, with only the required values."""

    class Meta:
        model = City

    name_en = factory.Sequence("Testville {}".format)
    name_fr = factory.LazyAttribute(lambda city: f"{city.name_en} (fr)")
    region = factory.SubFactory(RegionFactory)
    country = "CA"
    status = City.Status.MEMBER
    source = "https://example.org/cities"


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    city = factory.SubFactory(CityFactory)
    role = Role.FOCAL_POINT


def acting_for(city: City, role: Role = Role.FOCAL_POINT, **user) -> User:
    """A user who acts for `city` in `role`."""
    return MembershipFactory(city=city, role=role, **{f"user__{name}": value for name, value in user.items()}).user


class InvitationFactory(DjangoModelFactory):
    class Meta:
        model = Invitation
        skip_postgeneration_save = True

    email = factory.Sequence("invited{}@example.org".format)
    city = factory.SubFactory(CityFactory)
    role = Role.EDITOR
    language = "en"
    invited_by = factory.SubFactory(UserFactory)

    @factory.post_generation
    def whoever_invites_may(invitation, create, extracted, **kwargs):
        Membership.objects.get_or_create(
            user=invitation.invited_by, city=invitation.city, defaults={"role": Role.FOCAL_POINT}
        )


# --- commitments -----------------------------------------------------------------------------------------------------


class DeclarationFactory(DjangoModelFactory):
    class Meta:
        model = Declaration
        django_get_or_create = ("slug",)

    slug = "melbourne-2018"
    title_en = "A declaration"
    title_fr = "Une déclaration"
    preamble_en = "Whereas."
    preamble_fr = "Considérant."
    adopted_on = "2018-07"
    source_language = "fr"


class CommitmentFactory(DjangoModelFactory):
    """The first commitment unless a number is given. A second call returns the same row."""

    class Meta:
        model = Commitment
        django_get_or_create = ("declaration", "number")

    declaration = factory.SubFactory(DeclarationFactory)
    number = 1
    slug = factory.LazyAttribute(lambda commitment: f"commitment-{commitment.number}")
    title_en = factory.LazyAttribute(lambda commitment: f"Commitment {commitment.number}")
    title_fr = factory.LazyAttribute(lambda commitment: f"Engagement {commitment.number}")
    short_en = factory.LazyAttribute(lambda commitment: f"Short {commitment.number}")
    short_fr = factory.LazyAttribute(lambda commitment: f"Bref {commitment.number}")
    wording_en = "We will."
    wording_fr = "Nous ferons."


class EndorsementFactory(DjangoModelFactory):
    class Meta:
        model = Endorsement

    city = factory.SubFactory(CityFactory)
    declaration = factory.SubFactory(DeclarationFactory)
    endorsed_on = "2018-07-19"
    proof = "https://example.org/proof"


class PledgeFactory(DjangoModelFactory):
    """A published pledge in English only; with `published_at=None`, a draft."""

    class Meta:
        model = Pledge

    city = factory.SubFactory(CityFactory)
    commitment = factory.SubFactory(CommitmentFactory)
    source_language = "en"
    title_en = factory.Sequence("Pledge {}".format)
    created_at = factory.LazyFunction(timezone.now)
    published_at = factory.SelfAttribute("created_at")


class MilestoneFactory(DjangoModelFactory):
    class Meta:
        model = Milestone

    pledge = factory.SubFactory(PledgeFactory)
    title_en = factory.Sequence("Milestone {}".format)


class ProgressUpdateFactory(DjangoModelFactory):
    class Meta:
        model = ProgressUpdate

    pledge = factory.SubFactory(PledgeFactory)
    reported_on = SOME_DAY.date()
    status = Pledge.Status.UNDER_WAY
    source_language = "en"
    what_changed_en = factory.Sequence("Change {}".format)
    reason_en = factory.LazyAttribute(
        lambda update: "The money went elsewhere." if update.status in ("paused", "dropped") else ""
    )
    author = factory.SubFactory(UserFactory)


class UpdateDocumentFactory(DjangoModelFactory):
    """A file that was received and belongs to no update yet."""

    class Meta:
        model = UpdateDocument

    pledge = factory.SubFactory(PledgeFactory)
    title = "Report"
    language = "en"
    file = "updates/0123.pdf"
    media_type = "application/pdf"
    size = 1
    by = factory.SubFactory(UserFactory)


class RestoreRequestFactory(DjangoModelFactory):
    """A city asks for a pledge that it took down."""

    class Meta:
        model = RestoreRequest

    pledge = factory.SubFactory(PledgeFactory)
    by = factory.SubFactory(UserFactory)
    reason = "The danger is over."


# --- practices -------------------------------------------------------------------------------------------------------


@contextmanager
def not_held_to(*triggers: str) -> Iterator[None]:
    """Ignore these deferred triggers in the block, which the owner of the tables may do."""
    with as_owner(), pgtrigger.ignore(*triggers):
        with transaction.atomic():
            yield
        if connection.in_atomic_block:  # run the others now, not at the end, when these are no longer ignored
            pgtrigger.constraints(pgtrigger.Immediate, *triggers)
            pgtrigger.constraints(pgtrigger.Deferred, *triggers)


def moved(rows: QuerySet, **fields) -> int:
    """Change `rows` of practices or pledges, including the status, without a step or a progress update; returns how
    many."""
    revisions = ("practices.Revision:status_has_its_step", "practices.Transition:led_to_the_status")
    with not_held_to(*revisions, "commitments.Pledge:status_has_its_update"):
        return rows.update(**fields)


class PracticeFactory(DjangoModelFactory):
    """A practice without any revision. Tests nearly always need RevisionFactory instead."""

    @classmethod
    def _create(cls, *args, **fields) -> Practice:
        with not_held_to("practices.Practice:has_a_revision"):
            return super()._create(*args, **fields)

    class Meta:
        model = Practice

    city = factory.SubFactory(CityFactory)
    slug = factory.Sequence("practice-{}".format)


class RevisionFactory(DjangoModelFactory):
    """A draft in English, of a practice of its own, serving the first commitment.

    `status` also sets the dates and the reason that the status requires. `commitments` are those that it serves,
    `adapted_from` the practices that it was adapted from, `documents` the titles of its documents.
    """

    class Meta:
        model = Revision

    practice = factory.SubFactory(PracticeFactory)
    number = factory.LazyAttribute(lambda revision: revision.practice.revisions.count() + 1)
    status = Status.DRAFT
    source_language = "en"
    title_en = factory.Sequence("A practice {}".format)
    summary_en = "What was done."
    approach_en = "How it was done."
    author = factory.SubFactory(UserFactory)
    submitted_at = factory.LazyAttribute(lambda revision: None if revision.status == Status.DRAFT else SOME_DAY)
    published_at = factory.LazyAttribute(lambda revision: SOME_DAY if revision.status in ONCE_PUBLIC else None)
    publish_at = factory.LazyAttribute(
        lambda revision: SOME_DAY + dt.timedelta(days=365) if revision.status == Status.SCHEDULED else None
    )
    reason = factory.LazyAttribute(
        lambda revision: "Too short." if revision.status in (Status.SENT_BACK, Status.REJECTED) else ""
    )

    @classmethod
    def _create(cls, model_class, *args, commitments=None, adapted_from=(), documents=(), **fields) -> Revision:
        # It is written first and gets its status afterwards, as in reality: the database freezes the words of a
        # submitted revision.
        moved = {name: fields.pop(name) for name in ("status", "submitted_at", "published_at", "publish_at", "reason")}
        revision = super()._create(model_class, *args, **fields)
        served = [CommitmentFactory()] if commitments is None else commitments
        RevisionCommitment.objects.bulk_create(RevisionCommitment(revision=revision, commitment=one) for one in served)
        Adaptation.objects.bulk_create(Adaptation(revision=revision, original=one) for one in adapted_from)
        for title in documents:
            AttachmentFactory(revision=revision, title_en=title)
        for name, value in moved.items():
            setattr(revision, name, value)
        # Without steps of the moderation; tests that need steps carry them out themselves.
        with not_held_to("practices.Revision:status_has_its_step"):
            revision.save(update_fields=moved)
        if revision.author:  # a user who writes for a city acts for it
            Membership.objects.get_or_create(
                user=revision.author, city=revision.practice.city, defaults={"role": Role.EDITOR}
            )
        return revision


def harmless(**answers) -> HarmCheck:
    """The answers that a first submission requires, not saved yet: nobody is at risk, unless `answers` say so."""
    return HarmCheck(**{"at_risk": False, "faces": False, "quoted": False} | answers)


class AttachmentFactory(DjangoModelFactory):
    """A small PDF with an English title; the file really exists."""

    class Meta:
        model = Attachment

    revision = factory.SubFactory(RevisionFactory)
    title_en = factory.Sequence("Document {}".format)
    file = factory.django.FileField(filename="document.pdf", data=SMALL_PDF)
    media_type = "application/pdf"
    size = len(SMALL_PDF)


# --- digests ---------------------------------------------------------------------------------------------------------


class SubscriptionFactory(DjangoModelFactory):
    """A reader who subscribed to the newsletter and confirmed it long ago."""

    class Meta:
        model = Subscription

    email = factory.Sequence("reader{}@example.org".format)
    language = "en"
    confirmed_at = SOME_DAY - dt.timedelta(days=365)


class ConsentFactory(DjangoModelFactory):
    """A request for the newsletter that was answered and confirmed."""

    class Meta:
        model = Consent

    subscription = factory.SubFactory(SubscriptionFactory)
    form = "newsletter"
    statement = "I ask for it."
    language = factory.SelfAttribute("subscription.language")
    frequency = factory.SelfAttribute("subscription.frequency")
    asked_at = confirmed_at = mailed_at = SOME_DAY - dt.timedelta(days=365)


class IssueFactory(DjangoModelFactory):
    """The issue of one week. The first week begins on SOME_DAY, and each issue follows the one before."""

    class Meta:
        model = Issue

    frequency = "weekly"
    starts_at = factory.Sequence(lambda number: SOME_DAY + dt.timedelta(days=7 * number))
    ends_at = factory.LazyAttribute(lambda issue: issue.starts_at + dt.timedelta(days=7))
    items_from = 0
    items_until = 1_000_000


class DeliveryFactory(DjangoModelFactory):
    """An issue that waits to be sent to its reader."""

    class Meta:
        model = Delivery

    issue = factory.SubFactory(IssueFactory)
    subscription = factory.SubFactory(SubscriptionFactory)


# --- What happens at the end of a transaction ------------------------------------------------------------------------


def commit() -> None:
    """Run the deferred triggers, as a commit does, since most tests never commit.

    What happens next counts as a new transaction, which raises the generation again.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("SELECT set_config('scn.raised', '', TRUE)")

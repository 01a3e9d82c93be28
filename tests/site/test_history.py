"""Every change is kept by the database with who and when, whichever way it comes: ORM, bulk update, raw SQL."""

import datetime as dt
from functools import partial

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from commitments.models import Commitment, Declaration, Endorsement, Milestone, Pledge, ProgressUpdate
from digests.models import NextIssue
from members.models import City, Invitation, LostSecondFactor, Membership, Region, RequiredSecondFactor, User
from practices.models import Adaptation, Attachment, PartnerCity, Practice, Revision, RevisionCommitment
from tests.factories import (
    AttachmentFactory,
    CityFactory,
    CommitmentFactory,
    DeclarationFactory,
    EndorsementFactory,
    InvitationFactory,
    MembershipFactory,
    MilestoneFactory,
    PledgeFactory,
    PracticeFactory,
    RegionFactory,
    RevisionFactory,
    UserFactory,
    acting_for,
)

pytestmark = pytest.mark.django_db

# What is kept in history: how to make one, and a column to change with its new value.
TRACKED = {
    City: (CityFactory, "status", "former"),
    Membership: (partial(MembershipFactory, role="editor"), "role", "viewer"),
    Endorsement: (EndorsementFactory, "endorsed_on", "2019"),
    Pledge: (PledgeFactory, "title_fr", "Autre titre"),
    Milestone: (MilestoneFactory, "title_fr", "Autre titre"),
    Practice: (PracticeFactory, "slug", "another-slug"),
    Revision: (RevisionFactory, "title_fr", "Autre titre"),
    User: (UserFactory, "is_staff", True),
    Region: (RegionFactory, "name_fr", "Autre nom"),
    Invitation: (InvitationFactory, "role", "viewer"),
    Declaration: (DeclarationFactory, "title_fr", "Autre titre"),
    Commitment: (CommitmentFactory, "title_fr", "Autre titre"),
    Attachment: (AttachmentFactory, "title_fr", "Autre titre"),
    NextIssue: (partial(NextIssue.of, "weekly"), "introduction_fr", "Bonjour."),
}
# Rows that come and go but never change, or change by being taken down: tests/trust/hostile.py.
ALSO_TRACKED = {LostSecondFactor, RequiredSecondFactor, ProgressUpdate, RevisionCommitment, Adaptation, PartnerCity}
# What is never to be in history, and the mail of a row.
NEVER_KEPT = {"password", "last_login", "mailed_at", "mail_attempts", "mail_after"}


def events(model, pk: int) -> list[str]:
    """The labels of what history holds of a row, in order."""
    return list(
        model.pgh_event_model.objects.filter(pgh_obj_id=pk).order_by("pgh_id").values_list("pgh_label", flat=True)
    )


def test_just_these_models_are_tracked():
    apps_of_ours = {"members", "commitments", "practices", "digests"}
    models = [m for m in apps.get_models() if m._meta.app_label in apps_of_ours and not m._meta.proxy]
    tracked = {m for m in models if hasattr(m, "pgh_event_model")}
    assert tracked == set(TRACKED) | ALSO_TRACKED


@pytest.mark.parametrize("model", TRACKED)
def test_history_has_every_column_of_its_model(model):
    # What PostgreSQL makes from the other columns, it can make again; the version only counts what history has, and
    # triggers gather what a pledge also said.
    made = {"version", "also_said_fr", "also_said_en"}
    columns = {field.column for field in model._meta.concrete_fields if not field.generated} - made
    kept = {field.column for field in model.pgh_event_model._meta.concrete_fields}
    assert {column for column in columns if column not in kept} <= NEVER_KEPT
    assert kept.isdisjoint({"password", "last_login"})


@pytest.mark.parametrize("model", TRACKED)
def test_a_bulk_update_leaves_an_event_with_the_new_value_and_the_time(model):
    factory, column, value = TRACKED[model]
    row = factory()
    count = len(events(model, row.pk))
    before = timezone.now() - dt.timedelta(minutes=1)
    model._base_manager.filter(pk=row.pk).update(**{column: value})
    assert events(model, row.pk)[count:] == ["update"]
    newest = model.pgh_event_model.objects.filter(pgh_obj_id=row.pk).latest("pgh_id")
    assert getattr(newest, column) == value
    assert before < newest.pgh_created_at <= timezone.now() + dt.timedelta(minutes=1)


@pytest.mark.parametrize("model", TRACKED)
def test_raw_sql_leaves_an_event(model):
    factory, column, value = TRACKED[model]
    row = factory()
    count = len(events(model, row.pk))
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {model._meta.db_table} SET {column} = %s WHERE id = %s", [value, row.pk])
    assert events(model, row.pk)[count:] == ["update"]


@pytest.mark.parametrize("model", TRACKED)
def test_a_new_row_leaves_an_event(model):
    factory, _column, _value = TRACKED[model]
    assert events(model, factory().pk)[0] == "insert"


def test_an_update_that_changes_nothing_leaves_no_event():
    pledge = PledgeFactory(title_en="Same")
    Pledge.objects.filter(pk=pledge.pk).update(title_en="Same")
    assert events(Pledge, pledge.pk) == ["insert"]


def test_history_says_who_through_the_request(client):
    CommitmentFactory()
    city = CityFactory()
    official = acting_for(city)
    client.force_login(official)
    written = {"commitment": CommitmentFactory().pk, "title_en": "Promised", "status": "announced"}
    assert client.post(f"/en/my-city/{city.slug}/pledges/new/", written).status_code == 302
    pledge = Pledge.objects.get()
    colleague = acting_for(city, role="editor")
    client.force_login(colleague)
    assert client.post(f"/en/my-city/pledges/{pledge.pk}/edit/", written | {"title_en": "Said"}).status_code == 302
    kept = Pledge.pgh_event_model.objects.filter(pgh_obj_id=pledge.pk).order_by("pgh_id")
    assert [(event.pgh_label, event.title_en, event.pgh_context.metadata["user"]) for event in kept] == [
        ("insert", "Promised", official.pk), ("update", "Said", colleague.pk),
    ]  # fmt: skip


def test_a_change_that_says_nobody_is_kept_with_the_role_of_the_database():
    user = UserFactory()
    membership = MembershipFactory(user=user)
    event = Membership.pgh_event_model.objects.get(pgh_obj_id=membership.pk)
    assert (event.user, event.role) == (user, "focal_point")
    assert event.pgh_context.metadata == {"process": "role:postgres"}


def test_a_deletion_leaves_what_was_there():
    membership = MembershipFactory(role="editor")
    pk = membership.pk
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM members_membership WHERE id = %s", [pk])
    assert events(Membership, pk) == ["insert", "delete"]
    assert Membership.pgh_event_model.objects.get(pgh_obj_id=pk, pgh_label="delete").role == "editor"

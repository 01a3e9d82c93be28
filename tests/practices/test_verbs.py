"""Moderation: the whole table of who may do what to a revision, where it stands, and what comes of it."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction

from members.models import Role, User
from practices import moderation
from practices.choices import Status
from practices.models import Revision, Transition
from tests.factories import (
    CityFactory,
    ModeratorFactory,
    RevisionFactory,
    UserFactory,
    acting_for,
    harmless,
    moderators_group,
)

pytestmark = pytest.mark.django_db

# What comes of each verb, for each status and each reader: the status that results; “denied”, when it is not theirs
# to do; “refused”, when it is theirs but not where the revision stands. Written by hand from docs, not from the code:
#   focal_point, editor, viewer  act for the city of the practice      elsewhere  focal point of another city
#   moderator                    acts for no city                      own_moderator  a moderator, and its focal point
#   staff                        may open the admin, and no more       superuser  may all, and acts for no city
EXPECTED = """
    status     verb      focal_point editor    viewer elsewhere moderator  own_moderator staff  superuser
    draft      submit    submitted   submitted denied denied    denied     submitted     denied denied
    draft      withdraw  refused     refused   denied denied    denied     refused       denied denied
    draft      send_back denied      denied    denied denied    refused    denied        denied refused
    draft      reject    denied      denied    denied denied    refused    denied        denied refused
    draft      publish   denied      denied    denied denied    refused    denied        denied refused
    draft      archive   refused     refused   denied denied    refused    refused       denied refused
    draft      correct   denied      denied    denied denied    refused    denied        denied refused
    draft      undo      refused     refused   denied denied    denied     refused       denied denied
    draft      restore   denied      denied    denied denied    refused    denied        denied refused
    submitted  submit    refused     refused   denied denied    denied     refused       denied denied
    submitted  withdraw  withdrawn   withdrawn denied denied    denied     withdrawn     denied denied
    submitted  send_back denied      denied    denied denied    sent_back  denied        denied sent_back
    submitted  reject    denied      denied    denied denied    rejected   denied        denied rejected
    submitted  publish   denied      denied    denied denied    published  denied        denied published
    submitted  archive   refused     refused   denied denied    refused    refused       denied refused
    submitted  correct   denied      denied    denied denied    replaced   denied        denied replaced
    submitted  undo      refused     refused   denied denied    denied     refused       denied denied
    submitted  restore   denied      denied    denied denied    refused    denied        denied refused
    sent_back  submit    submitted   submitted denied denied    denied     submitted     denied denied
    sent_back  withdraw  withdrawn   withdrawn denied denied    denied     withdrawn     denied denied
    sent_back  send_back denied      denied    denied denied    refused    denied        denied refused
    sent_back  reject    denied      denied    denied denied    refused    denied        denied refused
    sent_back  publish   denied      denied    denied denied    refused    denied        denied refused
    sent_back  archive   refused     refused   denied denied    refused    refused       denied refused
    sent_back  correct   denied      denied    denied denied    refused    denied        denied refused
    sent_back  undo      refused     refused   denied denied    denied     refused       denied denied
    sent_back  restore   denied      denied    denied denied    refused    denied        denied refused
    rejected   submit    refused     refused   denied denied    denied     refused       denied denied
    rejected   withdraw  refused     refused   denied denied    denied     refused       denied denied
    rejected   send_back denied      denied    denied denied    refused    denied        denied refused
    rejected   reject    denied      denied    denied denied    refused    denied        denied refused
    rejected   publish   denied      denied    denied denied    refused    denied        denied refused
    rejected   archive   refused     refused   denied denied    refused    refused       denied refused
    rejected   correct   denied      denied    denied denied    refused    denied        denied refused
    rejected   undo      refused     refused   denied denied    denied     refused       denied denied
    rejected   restore   denied      denied    denied denied    refused    denied        denied refused
    withdrawn  submit    refused     refused   denied denied    denied     refused       denied denied
    withdrawn  withdraw  refused     refused   denied denied    denied     refused       denied denied
    withdrawn  send_back denied      denied    denied denied    refused    denied        denied refused
    withdrawn  reject    denied      denied    denied denied    refused    denied        denied refused
    withdrawn  publish   denied      denied    denied denied    refused    denied        denied refused
    withdrawn  archive   refused     refused   denied denied    refused    refused       denied refused
    withdrawn  correct   denied      denied    denied denied    refused    denied        denied refused
    withdrawn  undo      refused     refused   denied denied    denied     refused       denied denied
    withdrawn  restore   denied      denied    denied denied    refused    denied        denied refused
    scheduled  submit    refused     refused   denied denied    denied     refused       denied denied
    scheduled  withdraw  withdrawn   withdrawn denied denied    denied     withdrawn     denied denied
    scheduled  send_back denied      denied    denied denied    sent_back  denied        denied sent_back
    scheduled  reject    denied      denied    denied denied    rejected   denied        denied rejected
    scheduled  publish   denied      denied    denied denied    published  denied        denied published
    scheduled  archive   refused     refused   denied denied    refused    refused       denied refused
    scheduled  correct   denied      denied    denied denied    refused    denied        denied refused
    scheduled  undo      refused     refused   denied denied    denied     refused       denied denied
    scheduled  restore   denied      denied    denied denied    refused    denied        denied refused
    published  submit    refused     refused   denied denied    denied     refused       denied denied
    published  withdraw  refused     refused   denied denied    denied     refused       denied denied
    published  send_back denied      denied    denied denied    refused    denied        denied refused
    published  reject    denied      denied    denied denied    refused    denied        denied refused
    published  publish   denied      denied    denied denied    refused    denied        denied refused
    published  archive   archived    archived  denied denied    archived   archived      denied archived
    published  correct   denied      denied    denied denied    superseded denied        denied superseded
    published  undo      refused     refused   denied denied    denied     refused       denied denied
    published  restore   denied      denied    denied denied    refused    denied        denied refused
    superseded submit    refused     refused   denied denied    denied     refused       denied denied
    superseded withdraw  refused     refused   denied denied    denied     refused       denied denied
    superseded send_back denied      denied    denied denied    refused    denied        denied refused
    superseded reject    denied      denied    denied denied    refused    denied        denied refused
    superseded publish   denied      denied    denied denied    refused    denied        denied refused
    superseded archive   refused     refused   denied denied    refused    refused       denied refused
    superseded correct   denied      denied    denied denied    refused    denied        denied refused
    superseded undo      refused     refused   denied denied    denied     refused       denied denied
    superseded restore   denied      denied    denied denied    refused    denied        denied refused
    replaced   submit    refused     refused   denied denied    denied     refused       denied denied
    replaced   withdraw  refused     refused   denied denied    denied     refused       denied denied
    replaced   send_back denied      denied    denied denied    refused    denied        denied refused
    replaced   reject    denied      denied    denied denied    refused    denied        denied refused
    replaced   publish   denied      denied    denied denied    refused    denied        denied refused
    replaced   archive   refused     refused   denied denied    refused    refused       denied refused
    replaced   correct   denied      denied    denied denied    refused    denied        denied refused
    replaced   undo      refused     refused   denied denied    denied     refused       denied denied
    replaced   restore   denied      denied    denied denied    refused    denied        denied refused
    archived   submit    refused     refused   denied denied    denied     refused       denied denied
    archived   withdraw  refused     refused   denied denied    denied     refused       denied denied
    archived   send_back denied      denied    denied denied    refused    denied        denied refused
    archived   reject    denied      denied    denied denied    refused    denied        denied refused
    archived   publish   denied      denied    denied denied    refused    denied        denied refused
    archived   archive   refused     refused   denied denied    refused    refused       denied refused
    archived   correct   denied      denied    denied denied    refused    denied        denied refused
    archived   undo      refused     refused   denied denied    denied     refused       denied denied
    archived   restore   denied      denied    denied denied    published  denied        denied published
"""
STAFF = ("moderator", "superuser")
NOT_THEIRS = ("denied", "refused")
DETAILS = {"reason": "Because.", "language": "en", "words": {"summary_en": "Mended."}}
_HEADER, *_ROWS = (line.split() for line in EXPECTED.strip().splitlines())
ROLES = _HEADER[2:]
CASES = {(status, verb): dict(zip(ROLES, outcomes, strict=True)) for status, verb, *outcomes in _ROWS}


def person(role: str, city):
    """Somebody who is to `city` what `role` says."""
    match role:
        case "focal_point" | "editor" | "viewer":
            return acting_for(city, Role(role))
        case "elsewhere":
            return acting_for(CityFactory())
        case "moderator":
            return ModeratorFactory()
        case "own_moderator":
            user = acting_for(city)
            user.groups.add(moderators_group())
            return user
        case "staff":
            return UserFactory(is_staff=True)
        case "superuser":
            return UserFactory(is_superuser=True)
    raise AssertionError(role)


@pytest.fixture(scope="module")
def rows(kept_rows) -> tuple[dict, dict]:
    """A revision in each status, all of one city, and somebody in each role there: their numbers."""
    city = CityFactory()
    revisions = {status: RevisionFactory(status=status, practice__city=city).pk for status in Status.values}
    return revisions, {role: person(role, city).pk for role in ROLES}


def test_the_table_is_whole():
    assert len(_ROWS) == len(Status) * 9
    assert {(status, verb) for status, verb, *_ in _ROWS} == {
        (status, verb)
        for status in Status.values
        for verb in ("submit", "withdraw", "send_back", "reject", "publish", "archive", "correct", "undo", "restore")
    }


@pytest.mark.parametrize("status", Status.values)
def test_the_verbs_on_offer_are_those_that_lead_somewhere(rows, status):
    revisions, people = rows
    revision = Revision.objects.get(pk=revisions[status])
    for role in ROLES:
        offered = {each.name for each in moderation.available_verbs(revision, User.objects.get(pk=people[role]))}
        leading = {verb for (at, verb), outcomes in CASES.items() if at == status and outcomes[role] not in NOT_THEIRS}
        assert offered == leading, role


@pytest.mark.parametrize(("status", "verb"), CASES)
def test_a_verb_leads_where_the_table_says_or_changes_nothing(rows, status, verb):
    revisions, people = rows
    revision = Revision.objects.get(pk=revisions[status])
    before = Revision.objects.filter(pk=revision.pk).values().get()
    for role, outcome in CASES[status, verb].items():
        point = transaction.savepoint()
        by = User.objects.get(pk=people[role])
        if outcome in NOT_THEIRS:
            with pytest.raises(PermissionDenied if outcome == "denied" else moderation.Refused):
                moderation.perform(verb, revision=revision, by=by, **DETAILS, harm=harmless())
            assert Revision.objects.filter(pk=revision.pk).values().get() == before
            assert not Transition.objects.exists()
        else:
            moderation.perform(verb, revision=revision, by=by, **DETAILS, harm=harmless())
            assert Revision.objects.get(pk=revision.pk).status == outcome, role
            is_kept(Transition.objects.get(), revision, verb, status, outcome)
            assert (Transition.objects.get().by, Transition.objects.get().by_staff) == (by, role in STAFF)
        transaction.savepoint_rollback(point)


def is_kept(step: Transition, revision: Revision, verb: str, status: str, outcome: str) -> None:
    """The step says what was done, and holds what was written with it."""
    if verb == "correct":  # it is that of the new revision, which stands in the place of the old one
        assert (step.revision, step.from_status, step.to_status) == (revision.practice.newest, "draft", status)
    else:
        assert (step.revision, step.from_status, step.to_status) == (revision, status, outcome)
    said = ("", "") if verb in ("submit", "withdraw", "restore") else ("Because.", "en")
    assert (step.verb, step.reason, step.language) == (verb, *said)

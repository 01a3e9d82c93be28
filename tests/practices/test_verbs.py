"""Moderation: the whole table of who may do what to a revision, where it stands, and what comes of it."""

import pytest
from django.core.exceptions import PermissionDenied

from members.models import Role, User
from practices import moderation
from practices.choices import Status
from practices.models import Revision, Transition
from tests.factories import CityFactory, ModeratorFactory, RevisionFactory, UserFactory, acting_for, moderators_group

pytestmark = pytest.mark.django_db

# What comes of each verb, for each status and each reader: the status that results; “denied”, when it is not theirs
# to do; “refused”, when it is theirs but not where the revision stands. Written by hand from docs, not from the code:
#   focal_point, editor, viewer  act for the city of the practice      elsewhere  focal point of another city
#   moderator                    acts for no city                      own_moderator  a moderator, and its focal point
#   staff                        may open the admin, and no more
EXPECTED = """
    status     verb      focal_point   editor        viewer        elsewhere     moderator     own_moderator staff
    draft      submit    submitted     submitted     denied        denied        denied        submitted     denied
    draft      withdraw  refused       refused       denied        denied        denied        refused       denied
    draft      send_back denied        denied        denied        denied        refused       denied        denied
    draft      reject    denied        denied        denied        denied        refused       denied        denied
    draft      publish   denied        denied        denied        denied        refused       denied        denied
    draft      archive   refused       refused       denied        denied        refused       refused       denied
    draft      restore   denied        denied        denied        denied        refused       denied        denied
    submitted  submit    refused       refused       denied        denied        denied        refused       denied
    submitted  withdraw  withdrawn     withdrawn     denied        denied        denied        withdrawn     denied
    submitted  send_back denied        denied        denied        denied        sent_back     denied        denied
    submitted  reject    denied        denied        denied        denied        rejected      denied        denied
    submitted  publish   denied        denied        denied        denied        published     denied        denied
    submitted  archive   refused       refused       denied        denied        refused       refused       denied
    submitted  restore   denied        denied        denied        denied        refused       denied        denied
    sent_back  submit    submitted     submitted     denied        denied        denied        submitted     denied
    sent_back  withdraw  withdrawn     withdrawn     denied        denied        denied        withdrawn     denied
    sent_back  send_back denied        denied        denied        denied        refused       denied        denied
    sent_back  reject    denied        denied        denied        denied        refused       denied        denied
    sent_back  publish   denied        denied        denied        denied        refused       denied        denied
    sent_back  archive   refused       refused       denied        denied        refused       refused       denied
    sent_back  restore   denied        denied        denied        denied        refused       denied        denied
    rejected   submit    refused       refused       denied        denied        denied        refused       denied
    rejected   withdraw  refused       refused       denied        denied        denied        refused       denied
    rejected   send_back denied        denied        denied        denied        refused       denied        denied
    rejected   reject    denied        denied        denied        denied        refused       denied        denied
    rejected   publish   denied        denied        denied        denied        refused       denied        denied
    rejected   archive   refused       refused       denied        denied        refused       refused       denied
    rejected   restore   denied        denied        denied        denied        refused       denied        denied
    withdrawn  submit    refused       refused       denied        denied        denied        refused       denied
    withdrawn  withdraw  refused       refused       denied        denied        denied        refused       denied
    withdrawn  send_back denied        denied        denied        denied        refused       denied        denied
    withdrawn  reject    denied        denied        denied        denied        refused       denied        denied
    withdrawn  publish   denied        denied        denied        denied        refused       denied        denied
    withdrawn  archive   refused       refused       denied        denied        refused       refused       denied
    withdrawn  restore   denied        denied        denied        denied        refused       denied        denied
    scheduled  submit    refused       refused       denied        denied        denied        refused       denied
    scheduled  withdraw  withdrawn     withdrawn     denied        denied        denied        withdrawn     denied
    scheduled  send_back denied        denied        denied        denied        sent_back      denied        denied
    scheduled  reject    denied        denied        denied        denied        rejected      denied        denied
    scheduled  publish   denied        denied        denied        denied        published     denied        denied
    scheduled  archive   refused       refused       denied        denied        refused       refused       denied
    scheduled  restore   denied        denied        denied        denied        refused       denied        denied
    published  submit    refused       refused       denied        denied        denied        refused       denied
    published  withdraw  refused       refused       denied        denied        denied        refused       denied
    published  send_back denied        denied        denied        denied        refused       denied        denied
    published  reject    denied        denied        denied        denied        refused       denied        denied
    published  publish   denied        denied        denied        denied        refused       denied        denied
    published  archive   archived      archived      denied        denied        archived      archived      denied
    published  restore   denied        denied        denied        denied        refused       denied        denied
    superseded submit    refused       refused       denied        denied        denied        refused       denied
    superseded withdraw  refused       refused       denied        denied        denied        refused       denied
    superseded send_back denied        denied        denied        denied        refused       denied        denied
    superseded reject    denied        denied        denied        denied        refused       denied        denied
    superseded publish   denied        denied        denied        denied        refused       denied        denied
    superseded archive   refused       refused       denied        denied        refused       refused       denied
    superseded restore   denied        denied        denied        denied        refused       denied        denied
    archived   submit    refused       refused       denied        denied        denied        refused       denied
    archived   withdraw  refused       refused       denied        denied        denied        refused       denied
    archived   send_back denied        denied        denied        denied        refused       denied        denied
    archived   reject    denied        denied        denied        denied        refused       denied        denied
    archived   publish   denied        denied        denied        denied        refused       denied        denied
    archived   archive   refused       refused       denied        denied        refused       refused       denied
    archived   restore   denied        denied        denied        denied        published     denied        denied
"""
_HEADER, *_ROWS = (line.split() for line in EXPECTED.strip().splitlines())
CASES = [
    (status, verb, role, outcome)
    for status, verb, *outcomes in _ROWS
    for role, outcome in zip(_HEADER[2:], outcomes, strict=True)
]


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
    raise AssertionError(role)


@pytest.fixture(scope="module")
def rows(kept_rows) -> tuple[dict, dict]:
    """A revision in each status, all of one city, and somebody in each role there: their numbers."""
    city = CityFactory()
    revisions = {status: RevisionFactory(status=status, practice__city=city).pk for status in Status.values}
    return revisions, {role: person(role, city).pk for role in _HEADER[2:]}


def test_the_table_is_whole():
    assert len(_ROWS) == len(Status) * 7
    assert {(status, verb) for status, verb, *_ in _ROWS} == {
        (status, verb)
        for status in Status.values
        for verb in ("submit", "withdraw", "send_back", "reject", "publish", "archive", "restore")
    }


@pytest.mark.parametrize(("status", "verb", "role", "outcome"), CASES)
def test_a_verb_leads_where_the_table_says_or_changes_nothing(rows, status, verb, role, outcome):
    revisions, people = rows
    revision, by = Revision.objects.get(pk=revisions[status]), User.objects.get(pk=people[role])
    before = Revision.objects.filter(pk=revision.pk).values().get()
    if outcome in ("denied", "refused"):
        with pytest.raises(PermissionDenied if outcome == "denied" else moderation.Refused):
            moderation.perform(verb, revision=revision, by=by, reason="Because.")
        assert Revision.objects.filter(pk=revision.pk).values().get() == before
        assert not Transition.objects.exists()
        return
    moderation.perform(verb, revision=revision, by=by, reason="Because.")
    assert Revision.objects.get(pk=revision.pk).status == outcome
    step = Transition.objects.get()
    assert (step.revision, step.verb, step.from_status, step.to_status, step.by) == (
        revision, verb, status, outcome, by,
    )  # fmt: skip
    assert step.reason == ("Because." if verb in ("send_back", "reject") else "")


@pytest.mark.parametrize("status", Status.values)
@pytest.mark.parametrize("role", ["editor", "moderator"])
def test_the_buttons_are_the_verbs_that_are_accepted(rows, status, role):
    revisions, people = rows
    revision, by = Revision.objects.get(pk=revisions[status]), User.objects.get(pk=people[role])
    offered = {verb.name for verb in moderation.available_verbs(revision, by)}
    assert offered == {
        verb for case_status, verb, case_role, outcome in CASES
        if (case_status, case_role) == (status, role) and outcome not in ("denied", "refused")
    }  # fmt: skip

"""Moderation: the whole table of who may do what to a revision, where it stands, and what comes of it."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone, translation

from members.models import Role
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
    submitted  submit    refused     refused   denied denied    denied     refused       denied denied
    submitted  withdraw  withdrawn   withdrawn denied denied    denied     withdrawn     denied denied
    submitted  send_back denied      denied    denied denied    sent_back  denied        denied sent_back
    submitted  reject    denied      denied    denied denied    rejected   denied        denied rejected
    submitted  publish   denied      denied    denied denied    published  denied        denied published
    submitted  archive   refused     refused   denied denied    refused    refused       denied refused
    submitted  correct   denied      denied    denied denied    replaced   denied        denied replaced
    submitted  undo      refused     refused   denied denied    denied     refused       denied denied
    sent_back  submit    submitted   submitted denied denied    denied     submitted     denied denied
    sent_back  withdraw  withdrawn   withdrawn denied denied    denied     withdrawn     denied denied
    sent_back  send_back denied      denied    denied denied    refused    denied        denied refused
    sent_back  reject    denied      denied    denied denied    refused    denied        denied refused
    sent_back  publish   denied      denied    denied denied    refused    denied        denied refused
    sent_back  archive   refused     refused   denied denied    refused    refused       denied refused
    sent_back  correct   denied      denied    denied denied    refused    denied        denied refused
    sent_back  undo      refused     refused   denied denied    denied     refused       denied denied
    rejected   submit    refused     refused   denied denied    denied     refused       denied denied
    rejected   withdraw  refused     refused   denied denied    denied     refused       denied denied
    rejected   send_back denied      denied    denied denied    refused    denied        denied refused
    rejected   reject    denied      denied    denied denied    refused    denied        denied refused
    rejected   publish   denied      denied    denied denied    refused    denied        denied refused
    rejected   archive   refused     refused   denied denied    refused    refused       denied refused
    rejected   correct   denied      denied    denied denied    refused    denied        denied refused
    rejected   undo      refused     refused   denied denied    denied     refused       denied denied
    withdrawn  submit    refused     refused   denied denied    denied     refused       denied denied
    withdrawn  withdraw  refused     refused   denied denied    denied     refused       denied denied
    withdrawn  send_back denied      denied    denied denied    refused    denied        denied refused
    withdrawn  reject    denied      denied    denied denied    refused    denied        denied refused
    withdrawn  publish   denied      denied    denied denied    refused    denied        denied refused
    withdrawn  archive   refused     refused   denied denied    refused    refused       denied refused
    withdrawn  correct   denied      denied    denied denied    refused    denied        denied refused
    withdrawn  undo      refused     refused   denied denied    denied     refused       denied denied
    scheduled  submit    refused     refused   denied denied    denied     refused       denied denied
    scheduled  withdraw  withdrawn   withdrawn denied denied    denied     withdrawn     denied denied
    scheduled  send_back denied      denied    denied denied    sent_back  denied        denied sent_back
    scheduled  reject    denied      denied    denied denied    rejected   denied        denied rejected
    scheduled  publish   denied      denied    denied denied    published  denied        denied published
    scheduled  archive   refused     refused   denied denied    refused    refused       denied refused
    scheduled  correct   denied      denied    denied denied    refused    denied        denied refused
    scheduled  undo      refused     refused   denied denied    denied     refused       denied denied
    published  submit    refused     refused   denied denied    denied     refused       denied denied
    published  withdraw  refused     refused   denied denied    denied     refused       denied denied
    published  send_back denied      denied    denied denied    refused    denied        denied refused
    published  reject    denied      denied    denied denied    refused    denied        denied refused
    published  publish   denied      denied    denied denied    refused    denied        denied refused
    published  archive   archived    archived  denied denied    archived   archived      denied archived
    published  correct   denied      denied    denied denied    superseded denied        denied superseded
    published  undo      refused     refused   denied denied    denied     refused       denied denied
    superseded submit    refused     refused   denied denied    denied     refused       denied denied
    superseded withdraw  refused     refused   denied denied    denied     refused       denied denied
    superseded send_back denied      denied    denied denied    refused    denied        denied refused
    superseded reject    denied      denied    denied denied    refused    denied        denied refused
    superseded publish   denied      denied    denied denied    refused    denied        denied refused
    superseded archive   refused     refused   denied denied    refused    refused       denied refused
    superseded correct   denied      denied    denied denied    refused    denied        denied refused
    superseded undo      refused     refused   denied denied    denied     refused       denied denied
    replaced   submit    refused     refused   denied denied    denied     refused       denied denied
    replaced   withdraw  refused     refused   denied denied    denied     refused       denied denied
    replaced   send_back denied      denied    denied denied    refused    denied        denied refused
    replaced   reject    denied      denied    denied denied    refused    denied        denied refused
    replaced   publish   denied      denied    denied denied    refused    denied        denied refused
    replaced   archive   refused     refused   denied denied    refused    refused       denied refused
    replaced   correct   denied      denied    denied denied    refused    denied        denied refused
    replaced   undo      refused     refused   denied denied    denied     refused       denied denied
    archived   submit    refused     refused   denied denied    denied     refused       denied denied
    archived   withdraw  refused     refused   denied denied    denied     refused       denied denied
    archived   send_back denied      denied    denied denied    refused    denied        denied refused
    archived   reject    denied      denied    denied denied    refused    denied        denied refused
    archived   publish   denied      denied    denied denied    refused    denied        denied refused
    archived   archive   refused     refused   denied denied    refused    refused       denied refused
    archived   correct   denied      denied    denied denied    refused    denied        denied refused
    archived   undo      refused     refused   denied denied    denied     refused       denied denied
"""
STAFF = ("moderator", "superuser")
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


def test_the_table_is_whole():
    assert len(_ROWS) == len(Status) * 8
    assert {(status, verb) for status, verb, *_ in _ROWS} == {
        (status, verb)
        for status in Status.values
        for verb in ("submit", "withdraw", "send_back", "reject", "publish", "archive", "correct", "undo")
    }


@pytest.mark.parametrize(("status", "verb"), CASES)
def test_a_verb_leads_where_the_table_says_or_changes_nothing(status, verb):
    revision = RevisionFactory(status=status)
    before = Revision.objects.filter(pk=revision.pk).values().get()
    for role, outcome in CASES[status, verb].items():
        point = transaction.savepoint()
        by = person(role, revision.practice.city)
        offered = {each.name for each in moderation.available_verbs(revision, by)}
        assert (verb in offered) == (outcome not in ("denied", "refused")), role
        if outcome in ("denied", "refused"):
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
    said = ("", "") if verb in ("submit", "withdraw") else ("Because.", "en")
    assert (step.verb, step.reason, step.language) == (verb, *said)


@pytest.mark.parametrize("verb", ["send_back", "reject", "archive"])
@pytest.mark.parametrize("reason", ["", "   \n"])
def test_sending_back_rejecting_and_taking_down_take_a_reason(verb, reason):
    status = "published" if verb == "archive" else "submitted"
    revision = RevisionFactory(status=status)
    with pytest.raises(moderation.Refused):
        moderation.perform(verb, revision=revision, by=ModeratorFactory(), reason=reason)
    revision.refresh_from_db()
    assert revision.status == status
    assert not Transition.objects.exists()


def test_an_unknown_verb_is_no_verb():
    with pytest.raises(KeyError):
        moderation.perform("delete", revision=RevisionFactory(), by=ModeratorFactory())


def test_the_refusal_is_told_in_the_language_of_the_reader():
    revision = RevisionFactory(status="archived")
    moderator = ModeratorFactory()
    messages = []
    for language in ("en", "fr"):
        with translation.override(language), pytest.raises(moderation.Refused) as refusal:
            moderation.reject(revision=revision, by=moderator, reason="No.")
        messages.append(str(refusal.value))
    assert messages[0] == "This is no longer possible: the text is now “Archived”."
    assert messages[1] != messages[0]


def test_approved_for_later_it_is_scheduled_and_appears_then(time_machine):
    time_machine.move_to("2026-05-04T08:00:00Z", tick=False)
    moderator = ModeratorFactory()
    revision = RevisionFactory(status="submitted")
    moment = timezone.now() + dt.timedelta(days=2)
    moderation.publish(revision=revision, by=moderator, at=moment)
    revision.refresh_from_db()
    assert (revision.status, revision.publish_at, revision.published_at) == ("scheduled", moment, None)

    time_machine.move_to(moment - dt.timedelta(seconds=1), tick=False)
    assert moderation.publish_scheduled() == 0

    time_machine.move_to(moment + dt.timedelta(seconds=30), tick=False)
    assert moderation.publish_scheduled() == 1
    revision.refresh_from_db()
    assert (revision.status, revision.publish_at, revision.published_at) == ("published", None, timezone.now())
    assert [(step.to_status, step.by) for step in revision.transitions.all()] == [
        ("scheduled", moderator), ("published", moderator),
    ]  # fmt: skip
    assert moderation.publish_scheduled() == 0


def test_a_scheduled_revision_whose_approver_may_no_more_decide_waits_for_a_moderator_again(time_machine, caplog):
    time_machine.move_to("2026-05-04T08:00:00Z", tick=False)
    gone, still_there = ModeratorFactory(), ModeratorFactory()
    stuck, due = RevisionFactory(status="submitted"), RevisionFactory(status="submitted")
    moment = timezone.now() + dt.timedelta(hours=1)
    moderation.publish(revision=stuck, by=gone, at=moment)
    moderation.publish(revision=due, by=still_there, at=moment)
    gone.groups.clear()
    time_machine.move_to(moment, tick=False)
    assert moderation.publish_scheduled() == 1
    assert list(Revision.objects.order_by("pk").values_list("status", flat=True)) == ["submitted", "published"]
    assert "may no longer decide" in caplog.text
    assert Transition.objects.filter(revision=stuck, to_status="submitted").exists()  # which owes the moderators a mail


def test_a_moment_that_has_passed_means_now():
    revision = RevisionFactory(status="submitted")
    moderation.publish(revision=revision, by=ModeratorFactory(), at=timezone.now() - dt.timedelta(days=1))
    revision.refresh_from_db()
    assert revision.status == "published"


def test_a_text_that_was_submitted_again_is_not_decided_about_unread():
    revision = RevisionFactory()
    author, moderator = revision.author, ModeratorFactory()
    read = moderation.submit(revision=revision, by=author, harm=harmless()).submitted_at
    moderation.send_back(revision=revision, by=ModeratorFactory(), reason="Shorter, please.")
    Revision.objects.filter(pk=revision.pk).update(summary_en="Something else altogether.")
    again = moderation.submit(revision=revision, by=author, harm=harmless())
    for verb in ("publish", "send_back", "reject"):
        with pytest.raises(moderation.Refused, match="submitted again"):
            moderation.perform(verb, revision=revision, by=moderator, reason="Because.", submitted_at_read=read)
    assert Revision.objects.get().status == "submitted"
    assert (
        moderation.publish(revision=revision, by=moderator, submitted_at_read=again.submitted_at).status == "published"
    )


def test_taking_the_live_text_down_takes_back_the_one_approved_to_follow(time_machine):
    time_machine.move_to("2026-05-04T08:00:00Z", tick=False)
    live = RevisionFactory(status="published")
    following = RevisionFactory(practice=live.practice, status="submitted")
    moderation.publish(revision=following, by=ModeratorFactory(), at=timezone.now() + dt.timedelta(hours=1))
    moderation.archive(revision=live, by=acting_for(live.practice.city), reason="A name.")
    time_machine.move_to("2026-05-05T08:00:00Z", tick=False)
    assert moderation.publish_scheduled() == 0
    assert dict(Revision.objects.values_list("number", "status")) == {1: "archived", 2: "withdrawn"}


def test_what_was_put_off_a_moment_ago_is_not_published(time_machine, monkeypatch):
    time_machine.move_to("2026-05-04T08:00:00Z", tick=False)
    revision = RevisionFactory(status="submitted")
    moderator = ModeratorFactory()
    soon = timezone.now() + dt.timedelta(hours=1)
    moderation.publish(revision=revision, by=moderator, at=soon)
    time_machine.move_to(soon, tick=False)
    due = list(Revision.objects.scheduled_until(soon))
    moderation.publish(revision=revision, by=moderator, at=soon + dt.timedelta(days=7))
    monkeypatch.setattr("practices.models.RevisionQuerySet.scheduled_until", lambda self, moment: due)
    assert moderation.publish_scheduled() == 0
    assert Revision.objects.get().status == "scheduled"


def test_the_address_of_a_practice_tells_nothing_before_its_title_is_approved():
    revision = RevisionFactory(status="submitted", title_en="First title", practice__slug="draft-0123")
    assert moderation.publish(revision=revision, by=ModeratorFactory()).practice.slug == "first-title"
    other = RevisionFactory(status="submitted", title_en="First title", practice__slug="draft-4567")
    assert moderation.publish(revision=other, by=ModeratorFactory()).practice.slug == "first-title-2"
    newer = RevisionFactory(practice=revision.practice, status="submitted", title_en="Another title")
    assert moderation.publish(revision=newer, by=ModeratorFactory()).practice.slug == "first-title"


def test_what_was_taken_back_a_moment_ago_stays_so_though_its_approver_may_no_longer_decide(time_machine, monkeypatch):
    time_machine.move_to("2026-05-04T08:00:00Z", tick=False)
    revision, moderator = RevisionFactory(status="submitted"), ModeratorFactory()
    soon = timezone.now() + dt.timedelta(hours=1)
    moderation.publish(revision=revision, by=moderator, at=soon)
    time_machine.move_to(soon, tick=False)
    due = list(Revision.objects.scheduled_until(soon))
    moderator.groups.clear()
    moderation.withdraw(revision=revision, by=revision.author)
    monkeypatch.setattr("practices.models.RevisionQuerySet.scheduled_until", lambda self, moment: due)
    assert moderation.publish_scheduled() == 0
    assert Revision.objects.get().status == "withdrawn"

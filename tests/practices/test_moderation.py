"""Moderation: the whole table of who may do what to a revision, where it stands, and what comes of it."""

import datetime as dt

import pytest
from django.utils import timezone, translation

from practices import moderation
from practices.models import Revision, Transition
from tests.factories import (
    ModeratorFactory,
    RevisionFactory,
    acting_for,
    harmless,
)

pytestmark = pytest.mark.django_db


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

"""What waits is kept true after each statement, with the age and the kind that the steps of its practice give it."""

import datetime as dt

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from practices import moderation, queue, waiting
from practices.choices import Status
from practices.models import Practice, Revision, Transition, WaitingRevision
from tests.factories import CityFactory, ModeratorFactory, RevisionFactory, harmless, moved

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 5, 7, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def submitted(revision=None):
    revision = revision or RevisionFactory()
    return moderation.submit(revision=revision, by=revision.author, harm=harmless())


def row_of(revision) -> tuple:
    row = WaitingRevision.objects.get(pk=revision.pk)
    return (row.status, row.kind, row.first_submitted_at, row.turn_since)


def test_it_follows_each_step_of_a_text(time_machine):
    moderator = ModeratorFactory()
    time_machine.move_to(NOON, tick=False)
    revision = RevisionFactory()
    assert not WaitingRevision.objects.exists()
    submitted(revision)
    assert row_of(revision) == ("submitted", "new", NOON, NOON)
    time_machine.move_to(NOON + DAY, tick=False)
    moderation.send_back(revision=revision, by=moderator, reason="Shorter.")
    assert row_of(revision) == ("sent_back", "again", NOON, NOON + DAY)
    time_machine.move_to(NOON + 2 * DAY, tick=False)
    submitted(revision)
    assert row_of(revision) == ("submitted", "again", NOON, NOON + 2 * DAY)
    mended = moderation.correct(revision=revision, by=moderator, words={"title_en": "Another title"})
    assert WaitingRevision.objects.get().pk == mended.pk
    assert row_of(mended) == ("submitted", "again", NOON, NOON + 2 * DAY)
    assert waiting.KEPT.wrong() == []


def test_what_is_decided_or_taken_back_waits_no_longer():
    moderator, revision = ModeratorFactory(), submitted()
    moderation.publish(revision=revision, by=moderator)
    assert not WaitingRevision.objects.exists()
    newer = submitted(moderation.open_draft(practice=revision.practice, by=revision.author))
    assert row_of(newer)[:2] == ("submitted", "version")
    moderation.withdraw(revision=newer, by=newer.author)
    assert not WaitingRevision.objects.exists()
    assert waiting.KEPT.wrong() == []


def test_it_follows_what_comes_past_the_verbs():
    """One statement for many rows, SQL by hand, and a practice that goes to another city."""
    rows = [submitted(), submitted()]
    city = CityFactory()
    Practice.objects.filter(pk=rows[0].practice_id).update(city=city)
    assert WaitingRevision.objects.get(pk=rows[0].pk).city == city
    with connection.cursor() as cursor:
        cursor.execute("UPDATE practices_revision SET submitted_at = submitted_at - interval '1 day'")
    assert waiting.KEPT.wrong() == []
    step = {"verb": "send_back", "from_status": "submitted", "to_status": "sent_back", "at": NOON}
    Transition.objects.bulk_create([Transition(revision=rows[1], by=rows[1].author, **step)])
    Revision.objects.filter(pk=rows[1].pk).update(status=Status.SENT_BACK, reason="Shorter.")
    assert (row_of(rows[1])[0], row_of(rows[1])[3]) == ("sent_back", NOON)
    moved(Revision.objects.filter(pk=rows[0].pk), status=Status.WITHDRAWN)
    assert [row.pk for row in WaitingRevision.objects.all()] == [rows[1].pk]
    assert waiting.KEPT.wrong() == []


def test_the_command_finds_what_came_past_the_triggers_and_mends_it():
    revision = submitted()
    call_command("kept", "waiting", check=True)
    WaitingRevision.objects.filter(pk=revision.pk).update(kind="again")
    with pytest.raises(CommandError, match=str(revision.pk)):
        call_command("kept", "waiting", check=True)
    call_command("kept", "waiting")
    call_command("kept", "waiting", check=True)
    WaitingRevision.objects.all().delete()
    with pytest.raises(CommandError, match=str(revision.pk)):
        call_command("kept", "waiting", check=True)


def test_the_order_and_the_number_of_what_waits_read_no_step_and_no_text():
    submitted()
    rows = queue.rows_for(ModeratorFactory())
    with CaptureQueriesContext(connection) as captured:
        assert (rows.count(), len(rows.values_list("pk", flat=True)[:25])) == (1, 1)
    asked = " ".join(query["sql"] for query in captured)
    assert "practices_waitingrevision" in asked
    assert '"practices_transition"' not in asked
    assert '"practices_revision"' not in asked

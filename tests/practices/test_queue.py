"""The queue: what a submission is, how long it waits, who looks after it, what comes next."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from practices import holds, moderation, queue
from practices.models import DeskSettings, Hold, ModeratorMail, SubmissionDigest, UnassignedReminder
from practices.tasks import send_hold_notices
from tests.database import refused_by
from tests.factories import ModeratorFactory, RevisionFactory, UserFactory, acting_for, harmless

pytestmark = pytest.mark.django_db

# A Thursday.
NOON = dt.datetime(2026, 5, 7, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def clock(time_machine):
    """`clock(moment)` moves the time, which begins at NOON."""
    time_machine.move_to(NOON, tick=False)
    return lambda moment: time_machine.move_to(moment, tick=False)


@pytest.fixture
def moderator():
    return ModeratorFactory(name="Mona")


def submitted(**fields):
    """A submission as life makes it."""
    revision = RevisionFactory(**fields)
    return moderation.submit(revision=revision, by=revision.author, harm=harmless())


def in_queue(revision, moderator):
    return queue.waiting_for(moderator).get(pk=revision.pk)


# --- Kind and days ---------------------------------------------------------------------------------------------------


def test_a_submission_is_new_a_new_version_or_comes_again(moderator):
    new, first = submitted(), submitted()
    assert in_queue(new, moderator).kind == "new"
    moderation.publish(revision=first, by=moderator)
    version = moderation.open_draft(practice=first.practice, by=first.author)
    moderation.submit(revision=version, by=first.author, harm=harmless())
    assert in_queue(version, moderator).kind == "version"
    for revision in (new, version):
        moderation.send_back(revision=revision, by=moderator, reason="Shorter.")
        moderation.submit(revision=revision, by=revision.author, harm=harmless())
        assert in_queue(revision, moderator).kind == "again"


def test_the_days_count_from_the_first_submission_and_what_is_overdue_from_the_last(clock, moderator):
    DeskSettings.objects.create(pk=1, answer_days=4)
    revision = submitted()
    clock(NOON + 3 * DAY)
    moderation.send_back(revision=revision, by=moderator, reason="Shorter.")
    with_city = queue.with_their_cities(moderator).get()
    assert (with_city.first_submitted_at, with_city.turn_since) == (NOON, NOON + 3 * DAY)
    clock(NOON + 5 * DAY)
    moderation.submit(revision=revision, by=revision.author, harm=harmless())
    clock(NOON + 8 * DAY)
    row = in_queue(revision, moderator)
    assert queue.days_since(row.first_submitted_at) == 8
    assert not queue.is_overdue(row.turn_since, DeskSettings.load())
    clock(NOON + 9 * DAY + dt.timedelta(hours=1))
    assert queue.is_overdue(in_queue(revision, moderator).turn_since, DeskSettings.load())


def test_a_submission_after_a_withdrawal_begins_anew(clock, moderator):
    revision = submitted()
    moderation.send_back(revision=revision, by=moderator, reason="Shorter.")
    moderation.withdraw(revision=revision, by=revision.author)
    clock(NOON + 3 * DAY)
    draft = moderation.open_draft(practice=revision.practice, by=revision.author)
    moderation.submit(revision=draft, by=revision.author, harm=harmless())
    row = in_queue(draft, moderator)
    assert (row.kind, row.first_submitted_at) == ("new", NOON + 3 * DAY)


def test_the_usual_wait_is_the_median_of_the_last_year_once_there_are_enough(clock, moderator):
    revisions = [submitted() for _ in range(5)]
    for days, revision in zip((1, 2, 4, 8), revisions, strict=False):
        clock(NOON + days * DAY)
        moderation.send_back(revision=revision, by=moderator, reason="Shorter.")
    assert (queue.usual_wait(), queue.wait_to_expect()) == (None, 10)
    clock(NOON + 20 * DAY)
    moderation.reject(revision=revisions[4], by=moderator, reason="No.")
    assert (queue.usual_wait(), queue.wait_to_expect()) == (4, 4)
    clock(NOON + 400 * DAY)
    assert queue.usual_wait() is None


# --- Holding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("taken", "zone", "ends"),
    [
        ("2026-05-04T12:00+00:00", "UTC", "2026-05-07T12:00+00:00"),  # Monday to Thursday
        ("2026-05-07T12:00+00:00", "UTC", "2026-05-12T12:00+00:00"),  # Thursday to Tuesday
        ("2026-05-09T12:00+00:00", "UTC", "2026-05-13T12:00+00:00"),  # of a Saturday, Wednesday
        ("2026-05-07T23:30+00:00", "Africa/Nairobi", "2026-05-12T23:30+00:00"),  # there it is Friday already
        ("2026-03-27T12:00+00:00", "Europe/Paris", "2026-04-01T11:00+00:00"),  # the clock is put forward meanwhile
    ],
)
def test_a_hold_ends_by_itself_after_three_working_days_on_the_clock_of_its_holder(taken, zone, ends):
    start = dt.datetime.fromisoformat(taken)
    assert holds.ends_at(start, zone) == dt.datetime.fromisoformat(ends)


def test_who_takes_a_submission_holds_it_until_the_hold_ends_or_a_colleague_takes_it(clock, moderator):
    revision, colleague = submitted(), ModeratorFactory()
    holds.take(revision, by=moderator)
    assert queue.hold_on(revision).holder == moderator
    holds.take(revision, by=colleague)
    assert queue.hold_on(revision).holder == colleague
    assert Hold.objects.filter(ended_at=None).count() == 1
    clock(NOON + 6 * DAY)
    assert queue.hold_on(revision) is None
    holds.take(revision, by=moderator)
    assert holds.release(revision, by=colleague)
    assert queue.hold_on(revision) is None


def test_a_hold_locks_nothing_and_ends_with_the_next_submission(clock, moderator):
    revision = submitted()
    holds.take(revision, by=moderator)
    moderation.send_back(revision=revision, by=ModeratorFactory(), reason="Shorter.")
    clock(NOON + DAY)
    moderation.submit(revision=revision, by=revision.author, harm=harmless())
    assert queue.hold_on(revision) is None


def test_a_colleague_hears_of_what_is_handed_over_with_the_word(moderator, mailoutbox):
    revision = submitted(title_en="The well")
    colleague = ModeratorFactory(language="fr")
    holds.hand_over(revision, to=colleague, by=moderator, word="I know the *author*.")
    assert send_hold_notices() == 1
    (mail,) = mailoutbox
    assert (mail.to, mail.extra_headers["Reply-To"]) == ([colleague.email], moderator.email)
    assert mail.subject.startswith("«\u202fThe well\u202f» (Testville")
    assert "> I know the *author*." in mail.body
    assert queue.hold_on(revision).given_by == moderator
    assert send_hold_notices() == 0


def test_a_hand_over_that_was_overtaken_is_not_mailed(moderator, mailoutbox):
    revision = submitted()
    holds.hand_over(revision, to=ModeratorFactory(), by=moderator)
    holds.take(revision, by=moderator)
    assert (send_hold_notices(), mailoutbox) == (0, [])
    assert not Hold.objects.filter(mailed_at=None).exists()


def test_nobody_holds_for_their_own_city_nor_what_does_not_wait(moderator):
    revision, own = submitted(), ModeratorFactory()
    own.memberships.create(city=revision.practice.city, role="viewer")
    for act in (
        lambda: holds.take(revision, by=own),
        lambda: holds.release(revision, by=own),
        lambda: holds.hand_over(revision, to=moderator, by=own),
        lambda: holds.take(revision, by=acting_for(revision.practice.city)),
    ):
        with pytest.raises(PermissionDenied):
            act()
    for nobody in (own, UserFactory(), ModeratorFactory(is_active=False)):
        with pytest.raises(ValidationError):
            holds.hand_over(revision, to=nobody, by=moderator)
    moderation.publish(revision=revision, by=moderator)
    with pytest.raises(ValidationError):
        holds.take(revision, by=moderator)
    assert not Hold.objects.exists()


# --- What comes next -------------------------------------------------------------------------------------------------


def test_next_is_offered_what_one_holds_then_what_nobody_holds_the_longest_wait_first(clock, moderator):
    rows = []
    for number in range(5):
        clock(NOON + number * DAY / 24)
        rows.append(submitted())
    decided, longest, of_a_colleague, mine, of_my_city = rows
    moderator.memberships.create(city=of_my_city.practice.city, role="viewer")
    holds.take(of_a_colleague, by=ModeratorFactory())
    holds.take(mine, by=moderator)
    moderation.publish(revision=decided, by=moderator)
    assert queue.next_after(decided, by=moderator) == mine
    moderation.publish(revision=mine, by=moderator)
    assert queue.next_after(mine, by=moderator) == longest
    assert queue.next_after(longest, by=moderator) is None


# --- The database ----------------------------------------------------------------------------------------------------


def test_the_rows_of_the_desk_cannot_be_impossible(moderator):
    hold = holds.take(submitted(), by=moderator)
    DeskSettings.objects.create(pk=1)
    ModeratorMail.objects.create(user=moderator)
    rows = Hold.objects.filter(pk=hold.pk)
    now = timezone.now()
    for name, act in {
        "hold_one_a_revision": lambda: Hold.objects.create(revision=hold.revision, holder=moderator, ends_at=now + DAY),
        "hold_ends_after_it_begins": lambda: rows.update(ends_at=hold.taken_at),
        "hold_word_is_of_somebody": lambda: rows.update(word="A word."),
        "desk_settings_one_row": lambda: DeskSettings.objects.create(pk=2),
        "desk_settings_answer_days": lambda: DeskSettings.objects.update(answer_days=1),
        "moderator_mail_choice_known": lambda: ModeratorMail.objects.update(choice="often"),
    }.items():
        with refused_by(name):
            act()
    with refused_by("hold_ends_after_it_begins"):
        rows.update(ended_at=hold.taken_at - DAY)
    SubmissionDigest.objects.create(user=moderator, day="2026-05-04")
    with refused_by("submission_digest_once_a_day"):
        SubmissionDigest.objects.create(user=moderator, day="2026-05-04")
    UnassignedReminder.objects.create(revision=hold.revision, submitted_at=now)
    with refused_by("unassigned_reminder_once"):
        UnassignedReminder.objects.create(revision=hold.revision, submitted_at=now)

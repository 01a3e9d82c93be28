"""Two people at once: one wins, the other is told, and nothing is half done. Real threads, real connections."""

import threading
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from members.models import Role
from practices import moderation
from practices.models import Revision, Transition
from practices.tasks import send_notices
from tests.factories import ModeratorFactory, RevisionFactory, acting_for
from tests.forms import fields_of

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable) -> list:
    """What each act returned or raised, all of them begun at the same moment, each on a connection of its own."""
    outcomes: list = [None] * len(acts)
    start = threading.Barrier(len(acts))

    def run(index: int, act: Callable) -> None:
        try:
            connection.ensure_connection()
            start.wait(10)
            outcomes[index] = act()
        except Exception as error:
            outcomes[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


def test_of_two_moderators_who_publish_at_once_one_wins_and_the_other_is_refused():
    revision = RevisionFactory(status="submitted")
    first, second = ModeratorFactory(), ModeratorFactory()
    outcomes = at_once(
        lambda: moderation.publish(revision=revision, by=first),
        lambda: moderation.publish(revision=Revision.objects.get(pk=revision.pk), by=second),
    )
    assert {type(outcome) for outcome in outcomes} == {Revision, moderation.Refused}
    winner = first if isinstance(outcomes[0], Revision) else second
    step = Transition.objects.get()
    assert (step.verb, step.by) == ("publish", winner)


def test_a_decision_and_a_withdrawal_at_once_end_in_one_of_the_two():
    revision = RevisionFactory(status="submitted")
    official, moderator = acting_for(revision.practice.city), ModeratorFactory()
    outcomes = at_once(
        lambda: moderation.reject(revision=revision, by=moderator, reason="No."),
        lambda: moderation.withdraw(revision=revision, by=official),
    )
    assert {type(outcome) for outcome in outcomes} == {Revision, moderation.Refused}
    step = Transition.objects.get()
    assert Revision.objects.get().status == step.to_status


def test_two_revisions_of_a_practice_published_at_once_leave_one_live():
    live = RevisionFactory(status="published")
    newer = RevisionFactory(practice=live.practice, status="submitted")
    official, moderator = acting_for(live.practice.city), ModeratorFactory()
    outcomes = at_once(
        lambda: moderation.publish(revision=newer, by=moderator),
        lambda: moderation.archive(revision=live, by=official, reason="A name."),
    )
    statuses = dict(Revision.objects.values_list("number", "status"))
    assert statuses[2] == "published"
    assert statuses[1] == ("archived" if isinstance(outcomes[1], Revision) else "superseded")


def test_two_colleagues_who_begin_to_revise_at_once_write_on_one_draft():
    live = RevisionFactory(status="published")
    first, second = acting_for(live.practice.city), acting_for(live.practice.city)
    outcomes = at_once(
        lambda: moderation.open_draft(practice=live.practice, by=first),
        lambda: moderation.open_draft(practice=live.practice, by=second),
    )
    assert outcomes[0] == outcomes[1] == live.practice.newest
    assert list(Revision.objects.values_list("number", "status").order_by("number")) == [
        (1, "published"), (2, "draft"),
    ]  # fmt: skip


VERBS = ("publish", "send_back", "reject", "withdraw")
PAIRS = [(one, other) for index, one in enumerate(VERBS[:3]) for other in VERBS[index:]]


@pytest.mark.slow
def test_of_two_verbs_at_once_one_is_done_and_the_second_reads_who_and_finds_their_words(mailoutbox):
    """All pairs, two browsers and two connections each; the forms were opened before either was sent."""
    people = [ModeratorFactory(name="Ada"), ModeratorFactory(name="Ben")]
    for pair in PAIRS:
        mailoutbox.clear()
        Transition.objects.all().update(mailed_at=timezone.now())
        revision = RevisionFactory(status="submitted")
        official = acting_for(revision.practice.city, role=Role.EDITOR, name="Cleo")
        acts, names = [], []
        for verb, moderator in zip(pair, people, strict=True):
            by = official if verb == "withdraw" else moderator
            acts.append(partial(*_form_of(revision, verb, by)))
            names.append(by.name)
        answers = at_once(*acts)
        step, *later = Transition.objects.filter(revision=revision).order_by("pk")
        # A city may still withdraw what was sent back to it.
        assert [each.verb for each in later] in ([], ["withdraw"])
        assert not later or step.verb == "send_back"
        first = next(index for index, verb in enumerate(pair) if (verb, names[index]) == (step.verb, step.by.name))
        assert answers[first].status_code == 302, pair
        assert send_notices() == (0 if later or step.verb == "withdraw" else 1), pair
        second = answers[1 - first]
        if pair[1 - first] == "withdraw":
            continue  # it takes no words, and the page of the practice says what has happened
        assert second.status_code == 200, pair
        assert f"{names[first]} {DONE[step.verb]} at" in second.text, pair
        assert "Long hours of thought." in second.text, pair


DONE = {
    "publish": "published this", "send_back": "sent this back", "reject": "rejected this", "withdraw": "withdrew this",
}  # fmt: skip


def _form_of(revision: Revision, verb: str, by) -> tuple:
    """What sends the form of a verb, opened by `by`."""
    browser = Client()
    browser.force_login(by)
    if verb == "withdraw":
        return browser.post, f"/en/my-city/revisions/{revision.pk}/withdraw/"
    page = f"/en/desk/{revision.pk}/decide/{verb}/"
    return browser.post, page, fields_of(browser.get(page)) | {"reason": "Long hours of thought."}

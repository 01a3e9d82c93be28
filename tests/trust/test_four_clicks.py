"""Each form sent four times at once, on four real connections: one row, one mail, no fault.

The browsers share one session, as four clicks on one button do.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from commitments import pledges
from commitments.models import Milestone, Pledge, ProgressUpdate, RestoreRequest
from commitments.tasks import send_restore_requests
from digests.models import Consent, Delivery, Issue
from digests.tasks import deliver, send_confirmations
from members import invitations
from members.models import Correction, Invitation, Membership, User
from members.tasks import send_corrections, send_invitations, send_notices
from practices import tasks as practices
from practices.models import Attachment, Message, Practice, Remark, RetiredAddress, Transition
from scn_portal.site.models import Concern, Takedown
from scn_portal.site.tasks import send_concerns, send_takedowns
from tests.factories import (
    CommitmentFactory,
    InvitationFactory,
    MilestoneFactory,
    ModeratorFactory,
    PledgeFactory,
    RevisionFactory,
    SubscriptionFactory,
    acting_for,
    moderators_group,
    staff_for_cities,
)
from tests.forms import HARMLESS, fields_of
from tests.practices.test_attachments import pdf
from tests.practices.test_races import at_once
from tests.turns import in_turn

pytestmark = pytest.mark.django_db(transaction=True)

TASKS = (
    send_invitations, send_notices, send_corrections, practices.send_notices, send_concerns, send_takedowns,
    send_restore_requests, send_confirmations, deliver,
)  # fmt: skip
NEW_PASSWORD = "a-long-and-unusual-one"


@dataclass(frozen=True)
class Act:
    """A form: its address, what is typed into it, the rows of `model` that it makes, and the mails that follow.

    `signed_in` is whose session the browsers share, None for a reader. `page` is where the form is, if it is elsewhere.
    """

    address: str
    model: type[models.Model]
    typed: dict = field(default_factory=dict)
    rows: int = 1
    mails: int = 0
    signed_in: User | None = None
    file: str = ""
    prepare: Callable[[Client], Any] | None = None


def world() -> dict:
    pledge = PledgeFactory()
    city = pledge.city
    staff = staff_for_cities()
    staff.groups.add(moderators_group())
    return {
        "pledge": pledge, "city": city, "focal": acting_for(city), "staff": staff, "commitment": CommitmentFactory(),
        "draft": RevisionFactory(practice__city=city),
    }  # fmt: skip


def waiting(here: dict, status: str = "submitted"):
    return RevisionFactory(status=status, practice__city=here["city"])


def invitation_in(here: dict) -> Invitation:
    return InvitationFactory(city=here["city"], invited_by=here["focal"], mailed_at=timezone.now())


def by_city(here: dict, address: str, model, typed: dict | None = None, **more) -> Act:
    return Act(address, model, typed or {}, signed_in=here["focal"], **more)


def by_staff(here: dict, address: str, model, typed: dict | None = None, **more) -> Act:
    return Act(address, model, typed or {}, signed_in=here["staff"], **more)


def draft_of_a_pledge(here: dict) -> Pledge:
    return PledgeFactory(city=here["city"], published_at=None)


def submitting(here: dict) -> Act:
    ModeratorFactory()
    address = f"/en/my-city/practices/{here['draft'].practice_id}/edit/check/"
    return by_city(here, address, Transition, HARMLESS, mails=1)


def asking_to_restore(here: dict) -> Act:
    down = pledges.take_down(here["pledge"], reason="A name.", by=here["focal"])
    address = reverse("pledge_restore", args=[down.pk])
    return by_city(here, address, RestoreRequest, {"reason": "The danger is over."}, mails=1)


def accepting(here: dict) -> Act:
    invitation = invitation_in(here)
    invited = acting_for(PledgeFactory().city, email=invitation.email)
    return Act(invitation.get_absolute_url(), Membership, mails=1, signed_in=invited)


def signing_up(here: dict) -> Act:
    invitation = invitation_in(here)
    typed = {"name": "New", "password1": NEW_PASSWORD, "email": invitation.email}
    opened = partial(_open_invitation, address=invitation.get_absolute_url())
    return Act("/en/accounts/signup/", User, typed, mails=1, prepare=opened)


def _open_invitation(browser: Client, address: str) -> None:
    assert browser.post(address).status_code == 302


def sending_an_issue(here: dict) -> Act:
    SubscriptionFactory(frequency="weekly")
    return by_staff(here, "/en/desk/newsletter/weekly/send/", Issue, mails=1)


ACTS: dict[str, Callable[[dict], Act]] = {
    "a pledge": lambda here: by_city(
        here, f"/en/my-city/{here['city'].slug}/pledges/new/", Pledge,
        {"title_en": "Once", "commitment": here["commitment"].pk, "status": "planned"}),
    "publishing a pledge": lambda here: by_city(
        here, reverse("pledge_publish", args=[draft_of_a_pledge(here).pk]), Pledge.objects.public()),
    "a progress update": lambda here: by_city(
        here, reverse("pledge_report", args=[here["pledge"].pk]), ProgressUpdate,
        {"status": "under_way", "what_changed_en": "It moved."}),
    "a milestone": lambda here: by_city(
        here, reverse("milestone_new", args=[here["pledge"].pk]), Milestone, {"title_en": "A step"}),
    "deleting a milestone": lambda here: by_city(
        here, reverse("milestone_delete", args=[MilestoneFactory(pledge=here["pledge"]).pk]), Milestone, rows=-1),
    "deleting a pledge": lambda here: by_city(
        here, reverse("pledge_delete", args=[draft_of_a_pledge(here).pk]), Pledge, rows=-1),
    "a practice": lambda here: by_city(
        here, f"/en/my-city/{here['city'].slug}/practices/new/", Practice, {"title_en": "Once"}),
    "a document": lambda here: by_city(
        here, reverse("practice_documents", args=[here["draft"].practice_id]), Attachment, {"title_en": "A report"},
        file="file"),
    "submitting": submitting,
    "publishing a practice": lambda here: by_staff(
        here, reverse("desk_decide", args=[waiting(here).pk, "publish"]), Transition, mails=2),
    "a correction": lambda here: by_staff(
        here, reverse("desk_correct", args=[waiting(here).pk]), Transition,
        {"summary_en": "Better.", "reason": "Shorter."}, mails=2),
    "a question": lambda here: by_staff(
        here, reverse("desk_ask", args=[waiting(here).pk]), Message, {"words": "Why?"}, mails=2),
    "a remark": lambda here: by_staff(here, reverse("desk_remark", args=[waiting(here).pk]), Remark, {"words": "Hm."}),
    "taking a pledge down": lambda here: by_staff(
        here, reverse("take_down", args=["pledge", here["pledge"].pk]), Takedown, {"reason": "A name."}, mails=1),
    "giving an address up": lambda here: by_staff(
        here, reverse("desk_address", args=[waiting(here, "published").practice_id]),
        RetiredAddress, {"reason": "A name."}, mails=2),
    "asking to restore": asking_to_restore,
    "a wrong fact": lambda here: by_city(
        here, reverse("fact_wrong", args=[here["city"].slug, "population"]), Correction,
        {"value": "5", "source": "A census"}, mails=1),
    "an invitation": lambda here: by_city(
        here, f"/en/my-city/{here['city'].slug}/people/", Invitation, {"email": "new@example.org", "role": "editor"},
        mails=1),
    "an invitation sent again": lambda here: by_city(
        here, reverse("send_invitation_again", args=[invitation_in(here).pk]), Invitation, mails=1),
    "accepting": accepting,
    "signing up": signing_up,
    "asking for the newsletter": lambda here: Act(
        "/en/newsletter/", Consent,
        {"email": "reader@example.org", "language": "en", "frequency": "weekly", "scope": "everything"}, mails=1),
    "sending an issue": sending_an_issue,
    "a concern": lambda here: Act("/en/report-a-concern/", Concern, {"words": "A name."}, mails=1),
}  # fmt: skip


def rows_of(model) -> int:
    return model.all().count() if isinstance(model, models.QuerySet) else model._default_manager.count()


def browsers(act: Act) -> list[Client]:
    """Four of one session, each with the form that all of them send."""
    first = Client()
    if act.signed_in:
        first.force_login(act.signed_in)
    if act.prepare:
        act.prepare(first)
    found = [first, *(Client() for _number in range(3))]
    for browser in found[1:]:
        for cookie in first.cookies.values():
            browser.cookies[cookie.key] = cookie.value
    return found


@pytest.mark.parametrize(("group", "names"), in_turn(["forms"], list(ACTS), of=6))
def test_four_at_once_are_one_act(mailoutbox, group, names):
    for name in names:
        act = ACTS[name](world())
        four = browsers(act)
        page = four[0].get(act.address)
        form = (fields_of(page) if page.status_code == 200 else {}) | act.typed
        for task in TASKS:
            task()
        mailoutbox.clear()
        before = rows_of(act.model)

        def send(browser: Client, act=act, form=form):
            return browser.post(act.address, form | ({act.file: pdf()} if act.file else {}))

        answers = at_once(*(partial(send, browser) for browser in four))
        statuses = [getattr(answer, "status_code", answer) for answer in answers]
        assert all(isinstance(status, int) and status < 500 for status in statuses), (name, statuses)
        assert any(status in (200, 302) for status in statuses), (name, statuses)
        made = rows_of(act.model) - before
        assert made == act.rows, (name, made, statuses)
        for task in TASKS:
            task()
        assert len(mailoutbox) == act.mails, (name, [message.subject for message in mailoutbox])
    assert Delivery.objects.count() <= 1


def test_an_acceptance_and_an_invitation_sent_again_leave_no_two_that_wait():
    here = world()
    invitation = InvitationFactory(city=here["city"], invited_by=here["focal"])
    outcomes = at_once(*[lambda: invitations.send_again(invitation, by=here["focal"])] * 4)
    assert sum(isinstance(outcome, ValidationError) for outcome in outcomes) == 3
    assert Invitation.objects.pending().count() == 1

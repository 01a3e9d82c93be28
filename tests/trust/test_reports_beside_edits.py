"""A report and an edit of the pledge's words at the same moment: the status is what was reported, the words are what
was typed. Two real connections each time."""

from functools import partial

import pytest
from django.test import Client

from commitments.models import Pledge, PledgeStatus, ProgressUpdate
from tests.factories import MilestoneFactory, PledgeFactory, UserFactory, acting_for
from tests.forms import fields_of
from tests.members.editing.test_second_writers import address_of, admin_fields
from tests.practices.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

REPORTED = (PledgeStatus.UNDER_WAY, PledgeStatus.DONE, PledgeStatus.PAUSED, PledgeStatus.DROPPED)


def browser_of(user) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.mark.parametrize("count", [8, pytest.param(200, marks=pytest.mark.soak)])
def test_every_status_is_the_one_that_was_reported_and_no_word_is_lost(count):
    pledge = PledgeFactory(status="planned", title_en="Before")
    reporter, writer = browser_of(acting_for(pledge.city)), browser_of(acting_for(pledge.city))
    staff = browser_of(UserFactory(is_staff=True, is_superuser=True))
    for number in range(count):
        pledge = PledgeFactory(status="planned", title_en="Before", city=pledge.city)
        MilestoneFactory(pledge=pledge)
        report, edit = f"/en/my-city/pledges/{pledge.pk}/report/", f"/en/my-city/pledges/{pledge.pk}/edit/"
        status = REPORTED[number % len(REPORTED)]
        said = {"status": status, "what_changed_en": "It moved.", "reason_en": ""}
        if status in (PledgeStatus.PAUSED, PledgeStatus.DROPPED):
            said["reason_en"] = "The money went elsewhere this year."
        reported = fields_of(reporter.get(report)) | said
        if number % 4 == 3:  # in the admin, which saves whole rows
            by, address = staff, address_of(pledge)
            written = admin_fields(by.get(address)) | {"title_en": f"After {number}"}
        else:
            by, address = writer, edit
            written = fields_of(by.get(address)) | {"title_en": f"After {number}"}
        answers = at_once(partial(reporter.post, report, reported), partial(by.post, address, written))
        assert answers[0].status_code == 302, (number, answers)
        kept = Pledge.objects.get(pk=pledge.pk)
        assert (number, kept.status) == (number, status)
        assert ProgressUpdate.objects.filter(pledge=pledge).count() == 1
        # The admin refuses what was opened before any change; nothing is lost there either, it stands in the page.
        is_saved = answers[1].status_code == 302
        assert (kept.title_en if is_saved else "") in ("", f"After {number}"), number
        assert is_saved or (by is staff and f"After {number}" in answers[1].text), number

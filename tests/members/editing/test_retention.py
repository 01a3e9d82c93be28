"""What is remembered of forms is forgotten in time, and not before."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from members.editing import retention
from members.models import OpenForm, Scratch, SentForm
from members.tasks import forget_old_forms
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("rows", "moment", "kept_for"),
    [
        (
            lambda at: Scratch(user=UserFactory(), form="practice:1", fields={}, saved_at=at),
            "saved_at",
            retention.KEEP_SCRATCH,
        ),
        (
            lambda at: SentForm(user=UserFactory(), opened=uuid.uuid4(), words="x", address="/", sent_at=at),
            "sent_at",
            retention.KEEP_SENT_FORMS,
        ),
        (
            lambda at: OpenForm(user=UserFactory(), form="practice:1", since=at, seen_at=at),
            "seen_at",
            retention.KEEP_OPEN_FORMS,
        ),
    ],
    ids=["scratch", "sent", "open"],
)
def test_what_is_old_goes_and_what_is_not_stays(rows, moment, kept_for):
    now = timezone.now()
    rows(now - kept_for - dt.timedelta(minutes=1)).save()
    recent = rows(now - kept_for + dt.timedelta(minutes=1))
    recent.save()
    forget_old_forms()
    assert list(type(recent).objects.all()) == [recent]

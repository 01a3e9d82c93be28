"""What staff leave out of the newsletter or put off: in no issue, or in the next one, once."""

import datetime as dt

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from digests.delivery.rendering import TemplateCache
from digests.issues import preparation
from digests.issues.compose import compose_issue
from digests.issues.contents import get_contents
from digests.models import Item, Postponement
from tests.factories import ModeratorFactory, RevisionFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db

MONDAY = dt.datetime(2026, 3, 9, 6, 0, tzinfo=dt.UTC)
HOUR, WEEK = dt.timedelta(hours=1), dt.timedelta(days=7)


@pytest.fixture
def staff():
    SubscriptionFactory()
    SubscriptionFactory(frequency="monthly")
    return ModeratorFactory(name="Ada")


def practice(title: str, at: dt.datetime):
    return RevisionFactory(status="published", published_at=at, title_en=title).practice


def told(issue) -> list[str]:
    return sorted(entry.title.value for entry in get_contents(issue, "en").entries)


def mailed(issue) -> str:
    rendered = TemplateCache().render(issue.deliveries.select_related("issue", "subscription").get())
    return rendered.as_bytes().decode() if rendered else ""


def test_put_off_it_is_in_the_next_issue_once(client, staff):
    off, on = practice("Toucan", MONDAY - WEEK + HOUR), practice("Heron", MONDAY - WEEK + HOUR)
    with time_machine.travel(MONDAY - WEEK + 2 * HOUR, tick=False):
        preparation.choose("weekly", f"practice:{off.pk}", "put_off", by=staff)
        client.force_login(staff)
        page = client.get("/en/desk/newsletter/weekly/")
        assert "put off by Ada" in page.text
        assert "Toucan" not in page.text.partition('class="preview"')[2]
        assert "Toucan" in client.get("/en/desk/newsletter/monthly/").text.partition('class="preview"')[2]
        with pytest.raises(ValidationError):
            preparation.choose("weekly", f"practice:{off.pk}", "put_off", by=staff)
    with time_machine.travel(MONDAY + HOUR, tick=False):
        first = compose_issue("weekly", MONDAY)
        assert told(first) == ["Heron"]
        assert "Toucan" not in mailed(first)
        practice("Crane", MONDAY + HOUR / 2)
        assert "put off from the last issue by Ada" in client.get("/en/desk/newsletter/weekly/").text
        assert "Toucan" in client.get("/en/desk/newsletter/weekly/").text.partition('class="preview"')[2]
    with time_machine.travel(MONDAY + WEEK + HOUR, tick=False):
        second = compose_issue("weekly", MONDAY + WEEK)
        assert told(second) == ["Crane", "Toucan"]
        practice("Stork", MONDAY + WEEK + HOUR / 2)
        third = compose_issue("weekly", MONDAY + WEEK + HOUR)
        assert told(third) == ["Stork"]
        assert (told(first), told(second)) == (["Heron"], ["Crane", "Toucan"])
        assert told(compose_issue("monthly", MONDAY + WEEK + HOUR)) == ["Crane", "Heron", "Stork", "Toucan"]
    assert on


def test_left_out_it_is_in_no_issue_not_even_in_one_that_waits(client, staff):
    out = practice("Toucan", MONDAY - 2 * HOUR)
    practice("Heron", MONDAY - 2 * HOUR)
    with time_machine.travel(MONDAY - HOUR, tick=False):
        preparation.choose("weekly", f"practice:{out.pk}", "leave_out", by=staff)
        client.force_login(staff)
        assert "left out by Ada" in client.get("/en/desk/newsletter/monthly/").text
    with time_machine.travel(MONDAY + HOUR, tick=False):
        weekly, monthly = compose_issue("weekly", MONDAY), compose_issue("monthly", MONDAY)
        assert told(weekly) == told(monthly) == ["Heron"]
        assert "Toucan" not in mailed(weekly) + mailed(monthly)
        client.logout()
        assert "Toucan" not in client.get(f"/en/newsletter/issues/{weekly.pk}/").text


def test_what_is_left_out_or_put_off_can_be_put_back(staff):
    one = practice("Toucan", MONDAY - 2 * HOUR)
    with time_machine.travel(MONDAY - HOUR, tick=False):
        for choice in ("leave_out", "put_off"):
            preparation.choose("weekly", f"practice:{one.pk}", choice, by=staff)
            assert preparation.preview("weekly", lambda issue: issue) is None
            preparation.choose("weekly", f"practice:{one.pk}", "take_back", by=staff)
        assert told(compose_issue("weekly", MONDAY)) == ["Toucan"]


def test_where_all_is_put_off_nothing_is_sent_and_nothing_is_lost(staff):
    one = practice("Toucan", MONDAY - 2 * HOUR)
    with time_machine.travel(MONDAY - HOUR, tick=False):
        preparation.choose("weekly", f"practice:{one.pk}", "put_off", by=staff)
    with time_machine.travel(MONDAY + HOUR, tick=False):
        assert compose_issue("weekly", MONDAY) is None
        assert told(compose_issue("weekly", MONDAY + HOUR)) == ["Toucan"]


def test_what_an_issue_already_has_cannot_be_chosen(client, staff):
    one = practice("Toucan", MONDAY - 2 * HOUR)
    with time_machine.travel(MONDAY + HOUR, tick=False):
        compose_issue("weekly", MONDAY)
        client.force_login(staff)
        answer = client.post(
            "/en/desk/newsletter/weekly/", {"verb": "put_off", "item": f"practice:{one.pk}"}, follow=True
        )
        assert "does not have this any more" in answer.text
        assert client.post("/en/desk/newsletter/weekly/", {"verb": "steal"}).status_code == 404


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("postponement_once_a_frequency", {}),
        ("postponement_frequency_known", {"frequency": "daily"}),
        ("postponement_skipped_before_it_is_carried", {"frequency": "monthly", "carried": True}),
    ],
)
def test_the_database_refuses(staff, name, fields):
    item = Item.objects.create(kind="practice", practice=practice("One", MONDAY), happened_at=MONDAY)
    made = {"item": item, "frequency": "weekly", "by": staff, "until": MONDAY}
    Postponement.objects.create(**made)
    if "carried" in fields:
        fields = fields | {"carried": compose_issue("weekly", MONDAY + WEEK)}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Postponement.objects.create(**made | fields)
    with pytest.raises(IntegrityError, match="item_left_out_by_someone"), transaction.atomic():
        Item.objects.filter(pk=item.pk).update(left_out_at=MONDAY)

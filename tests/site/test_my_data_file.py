"""The file of what is held about somebody who did very much: made by a worker, for that person alone, for an hour."""

import datetime as dt
import json

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from scn_portal.base.made_files import sweeping
from scn_portal.base.models import MadeFile
from scn_portal.site.privacy import held, views
from tests.factories import MembershipFactory, PledgeFactory, UserFactory
from tests.made_files import work_off

pytestmark = pytest.mark.django_db
FILE, PAGE = "/en/account/my-data/file/", {"accept": "text/html"}


@pytest.fixture
def ada(monkeypatch):
    """Somebody with three pledges, where two rows of a table are much, and pieces have two."""
    monkeypatch.setattr(views, "MOST_AT_ONCE", 2)
    monkeypatch.setattr(held, "PIECE", 2)
    ada = MembershipFactory(user__name="Ada").user
    PledgeFactory.create_batch(3, created_by=ada)
    return ada


def without_its_moment(data: dict) -> dict:
    return {name: value for name, value in data.items() if name != "made_at"}


def test_a_long_file_is_made_by_a_worker_and_is_what_a_short_one_would_be(client, ada, monkeypatch):
    client.force_login(ada)
    waits = client.get(FILE, headers=PAGE)
    assert waits.status_code == 303
    page = client.get(waits["Location"], headers=PAGE)
    assert "Nobody else can fetch the file" in page.text
    assert client.get(FILE, headers=PAGE)["Location"] == waits["Location"]  # asked for once
    assert work_off() == 1
    assert client.get(waits["Location"], headers=PAGE)["Refresh"] == f"1; url={FILE}"
    made = client.get(FILE)
    assert made["Cache-Control"] == "private, no-store"
    assert made["Content-Disposition"].startswith('attachment; filename="my-data-')
    monkeypatch.setattr(views, "MOST_AT_ONCE", 1_000)
    client.logout()
    client.force_login(ada)
    at_once = client.get(FILE)
    assert not at_once.streaming
    made, at_once = (without_its_moment(json.loads(response.getvalue())) for response in (made, at_once))
    assert made["person"] == at_once["person"] == ada.pk
    assert [part["part"] for part in made["parts"]] == [part["part"] for part in at_once["parts"]]
    for part, same in zip(made["parts"], at_once["parts"], strict=True):
        unread = ("last_login", "last_seen_at")  # signing in again has changed these
        rows, others = (
            [{name: value for name, value in row.items() if name not in unread} for row in each["rows"]]
            for each in (part, same)
        )
        assert part["part"] == "sessions" or sorted(map(str, rows)) == sorted(map(str, others))


def test_nobody_else_is_served_it_or_told_of_it(client, ada):
    client.force_login(ada)
    place = client.get(FILE, headers=PAGE)["Location"]
    work_off()
    client.logout()
    assert client.get(place, headers=PAGE).status_code == 404
    client.force_login(UserFactory(name="Eve"))
    assert client.get(place, headers=PAGE).status_code == 404
    assert "Ada" not in client.get(FILE).getvalue().decode()


def test_another_session_of_the_same_person_has_one_of_its_own(client, ada):
    client.force_login(ada)
    place = client.get(FILE, headers=PAGE)["Location"]
    client.logout()
    client.force_login(ada)
    assert client.get(FILE, headers=PAGE)["Location"] != place


def test_it_is_deleted_within_an_hour(client, ada, time_machine):
    client.force_login(ada)
    client.get(FILE, headers=PAGE)
    work_off()
    (name,) = MadeFile.objects.values_list("name", flat=True)
    assert sweeping.sweep() == 0
    assert default_storage.exists(name)
    time_machine.move_to(timezone.now() + dt.timedelta(minutes=50), tick=False)
    assert sweeping.sweep() == 1
    assert not MadeFile.objects.exists()
    assert not default_storage.exists(name)

"""Every change in history has somebody's name, or that of a process."""

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from members.models import City, Invitation, User
from practices import moderation
from practices.models import Revision
from practices.tasks import publish_scheduled
from scn_portal.base import processes
from tests.factories import (
    CityFactory,
    InvitationFactory,
    ModeratorFactory,
    RevisionFactory,
    acting_for,
    harmless,
)

pytestmark = pytest.mark.django_db


def who_last(model, pk: int) -> dict:
    """What history knows of whoever made the last change of a row."""
    event = model.pgh_event_model.objects.filter(pgh_obj_id=pk).latest("pgh_id")
    return event.pgh_context.metadata


def test_a_task_has_its_name(time_machine):
    revision = RevisionFactory()
    moderation.submit(revision=revision, by=revision.author, harm=harmless())
    later = timezone.now() + dt.timedelta(days=1)
    moderation.publish(revision=revision, by=ModeratorFactory(), at=later)
    time_machine.move_to(later + dt.timedelta(minutes=1))
    assert publish_scheduled() == 1
    assert who_last(Revision, revision.pk) == {"process": "task:publish_scheduled"}
    assert processes.current() == ""


def test_somebody_who_has_no_account_is_a_visitor_and_no_secret_link_is_kept(client):
    invitation = InvitationFactory(email="new@example.org")
    client.post(invitation.get_absolute_url())
    typed = {"email": "new@example.org", "name": "Official of a city", "password1": "a-stapled-horse-of-clouds"}
    assert client.post("/en/accounts/signup/", typed).status_code == 302
    user = User.objects.get(email="new@example.org")
    event = User.pgh_event_model.objects.filter(pgh_obj_id=user.pk).earliest("pgh_id")
    assert event.pgh_context.metadata == {"user": None, "url": "en/accounts/signup/", "process": "visitor"}


def test_a_page_is_kept_as_its_route_and_not_as_its_path(client):
    city = CityFactory()
    official = acting_for(city)
    client.force_login(official)
    typed = {"email": "somebody@example.org", "role": "editor", "language": "en"}
    client.post(f"/en/my-city/{city.slug}/people/", typed)
    kept = who_last(Invitation, Invitation.objects.get().pk)
    assert kept["user"] == official.pk
    assert "<" in kept["url"]
    assert city.slug not in kept["url"]


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["manage.py", "shell"], "shell:{}"),
        (["/app/manage.py", "import_cities", "cities.csv"], "command:import_cities:{}"),
        (["/lib/django/__main__.py", "migrate"], "command:migrate:{}"),
        (["/bin/granian", "--interface", "wsgi"], "web"),
        (["/bin/celery", "--app", "scn_portal", "worker"], "worker"),
        (["pytest"], ""),
    ],
)
def test_a_process_is_named_by_how_it_was_started(arguments, name, monkeypatch):
    monkeypatch.setattr(processes, "_of_this_process", "")
    monkeypatch.setattr("getpass.getuser", lambda: "alice")
    processes.name_this_process(arguments)
    assert processes.current() == name.format("alice")


def test_a_new_connection_knows_the_name_of_its_process(transactional_db):
    with processes.named("task:something"):
        connection.close()
        city = CityFactory()
    assert who_last(City, city.pk) == {"process": "task:something"}

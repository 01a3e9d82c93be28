"""The lists of the desk: each in both languages, with the same queries however many rows there are."""

import time
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.models import City
from practices.models import Practice, Revision, Transition
from tests.factories import (
    ModeratorFactory,
    RegionFactory,
)
from tests.site.desk_rows import DAY, LISTS, some_of_everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def moderator(client):
    """A moderator, signed in."""
    user = ModeratorFactory(name="Mona")
    client.force_login(user)
    return user


@contextmanager
def counted(expected: int):
    with CaptureQueriesContext(connection) as queries:
        yield
    assert len(queries) == expected


def test_every_list_takes_the_same_queries_for_one_row_and_for_three(client, moderator):
    for count in (1, 2):
        for _ in range(count):
            some_of_everything(moderator)
        for english, french, number in LISTS:
            for address in (english, french) if count == 1 else (english,):
                with counted(number):
                    response = client.get(address)
                assert response.status_code == 200, address
                assert f'<html lang="{address[1:3]}">' in response.text


# --- At scale --------------------------------------------------------------------------------------------------------


def many_rows(cities: int, revisions: int) -> None:
    """So many cities, and so many revisions over them: one in a hundred waits, the others are public."""
    region = RegionFactory()
    # Without triggers, which would record each row for minutes.
    connection.cursor().execute("SET LOCAL session_replication_role = replica")
    City.objects.bulk_create(
        City(
            slug=f"scale-{number}", name=f"Scale {number}", name_en=f"Scale {number}", name_fr=f"Échelle {number}",
            region=region, country="CA", status="member", source="x",
        )
        for number in range(cities)
    )  # fmt: skip
    made = list(City.objects.filter(slug__startswith="scale-"))
    practices = Practice.objects.bulk_create(
        Practice(city=made[number % cities], slug=f"scale-{number}") for number in range(revisions)
    )
    now = timezone.now()
    Revision.objects.bulk_create(
        (
            Revision(
                practice=practice, number=1, source_language="en", title=f"Practice {number}",
                title_en=f"Practice {number}", summary_en="What was done.", submitted_at=now - DAY * (number % 40),
                **({"status": "submitted"} if number % 100 == 0 else {"status": "published", "published_at": now}),
            )
            for number, practice in enumerate(practices)
        ),
        batch_size=2000,
    )  # fmt: skip
    decided = Revision.objects.filter(status="published").values_list("pk", flat=True)
    by = ModeratorFactory()
    Transition.objects.bulk_create(
        Transition(revision_id=pk, verb="publish", from_status="submitted", to_status="published", by=by, mailed_at=now)
        for pk in decided
    )
    connection.cursor().execute("SET LOCAL session_replication_role = DEFAULT; ANALYZE")


@pytest.mark.soak
def test_with_five_thousand_cities_and_twenty_thousand_revisions_the_queries_stay(client, moderator):
    some_of_everything(moderator)
    many_rows(cities=5000, revisions=20_000)
    for english, _french, number in LISTS:
        begun = time.monotonic()
        with counted(number):
            assert client.get(english).status_code == 200
        assert time.monotonic() - begun < 5, english

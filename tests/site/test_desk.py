"""The desk of the staff: its queue, its lists, its search; who opens which page, and with how many queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.models import Region
from practices import moderation
from tests.factories import (
    CityFactory,
    ModeratorFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    RegionFactory,
    RevisionFactory,
    acting_for,
)

pytestmark = pytest.mark.django_db

# English and French addresses of the lists of the desk, and how many queries each takes, however many rows it shows.
LISTS = [
    ("/en/desk/", "/fr/bureau/", 0),
    ("/en/desk/with-the-cities/", "/fr/bureau/avec-les-villes/", 0),
    ("/en/desk/decided/", "/fr/bureau/decisions/", 0),
    ("/en/desk/pledges/", "/fr/bureau/promesses/", 0),
    ("/en/desk/translations/", "/fr/bureau/traductions/", 0),
    ("/en/desk/translations/?of=pledges", "/fr/bureau/traductions/?of=pledges", 0),
    ("/en/desk/cities/all/", "/fr/bureau/villes/toutes/", 0),
    ("/en/desk/figures/", "/fr/bureau/chiffres/", 0),
    ("/en/desk/search/?q=testville", "/fr/bureau/recherche/?q=testville", 0),
]


def submitted(**fields):
    """A submission as life makes it, with its first step in the history."""
    revision = RevisionFactory(**fields)
    return moderation.submit(revision=revision, by=acting_for(revision.practice.city))


def some_of_everything(moderator) -> None:
    """A city with a submission, a text that was sent back, a published practice, and a pledge with an update."""
    city = CityFactory(region=RegionFactory(slug=f"region-{Region.objects.count()}"))
    submitted(practice__city=city)
    moderation.send_back(revision=submitted(practice__city=city), by=moderator, reason="Shorter.")
    moderation.publish(revision=submitted(practice__city=city, title_fr="Fr"), by=moderator)
    ProgressUpdateFactory(pledge=PledgeFactory(city=city), what_changed_en="Testville has changed.")


@pytest.fixture
def moderator(client):
    """A moderator, signed in."""
    user = ModeratorFactory(name="Mona")
    client.force_login(user)
    return user


@pytest.mark.parametrize(("english", "french", "_number"), LISTS)
def test_each_list_opens(client, moderator, english, french, _number):
    some_of_everything(moderator)
    for address in (english,):
        response = client.get(address)
        assert response.status_code == 200, address
    with CaptureQueriesContext(connection) as one:
        client.get(english)
    some_of_everything(moderator)
    some_of_everything(moderator)
    with CaptureQueriesContext(connection) as three:
        client.get(english)
    assert len(one) == len(three)

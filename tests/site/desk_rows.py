"""Rows and addresses for the tests of the desk."""

import datetime as dt

from members.models import Region
from practices import moderation
from tests.factories import (
    CityFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    RegionFactory,
    RevisionFactory,
    harmless,
)

DAY = dt.timedelta(days=1)
# English and French addresses of the lists of the desk, and how many queries each takes, however many rows it shows.
# This includes a query for the cities that the moderator acts for, and some for what a word of a search names: as
# subqueries, these would make PostgreSQL read every list to its end.
LISTS = [
    ("/en/desk/", "/fr/bureau/", 18),
    ("/en/desk/with-the-cities/", "/fr/bureau/avec-les-villes/", 13),
    ("/en/desk/decided/", "/fr/bureau/decisions/", 8),
    ("/en/desk/pledges/", "/fr/bureau/promesses/", 7),
    ("/en/desk/translations/", "/fr/bureau/traductions/", 8),
    ("/en/desk/translations/?of=pledges", "/fr/bureau/traductions/?of=pledges", 7),
    ("/en/desk/cities/all/", "/fr/bureau/villes/toutes/", 8),
    ("/en/desk/figures/", "/fr/bureau/chiffres/", 13),
    ("/en/desk/search/?q=testville", "/fr/bureau/recherche/?q=testville", 14),
]


def submitted(**fields):
    """A realistic submission, with its first step in the history."""
    revision = RevisionFactory(**fields)
    return moderation.submit(revision=revision, by=revision.author, harm=harmless())


def some_of_everything(moderator) -> None:
    """A city with a submission, a text that was sent back, a published practice, and a pledge with an update."""
    city = CityFactory(region=RegionFactory(slug=f"region-{Region.objects.count()}"))
    submitted(practice__city=city)
    moderation.send_back(revision=submitted(practice__city=city), by=moderator, reason="Shorter.")
    moderation.publish(revision=submitted(practice__city=city, title_fr="Fr"), by=moderator)
    ProgressUpdateFactory(pledge=PledgeFactory(city=city), what_changed_en="Testville has changed.")

"""What public pledges are found by: a narrow copy of them, so that a list or a search reads nothing else."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F

from commitments.models.pledges import Pledge
from commitments.triggers import keeps_searched
from members.models import City, Region
from scn_portal.base.search.narrow import indexes_of_words
from scn_portal.base.triggers import RaisesGeneration

# The facets of which a pledge has one value, and their columns.
SINGLE = {name: name for name in ("commitment", "status", "region", "country", "year")} | {"city": "city_slug"}


class SearchedPledgeQuerySet(models.QuerySet):
    def of_listed_cities(self) -> "SearchedPledgeQuerySet":
        """As of `Pledge`: without those of cities that have left the network."""
        return self.filter(is_listed=True)

    def since_declaration(self) -> "SearchedPledgeQuerySet":
        """As of `Pledge`: without actions older than the Declaration."""
        return self.filter(is_prior=False)


class SearchedPledge(models.Model):
    """A public pledge: its words, what facets filter by, and what lists are ordered by.

    Written only by the function `scn_keep_searched_pledges` of the database, which triggers call after each change of
    what is public; `manage.py kept pledges` makes all anew.
    """

    pledge = models.OneToOneField(
        Pledge, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="searched", editable=False
    )
    city = models.ForeignKey(City, models.DO_NOTHING, db_constraint=False, related_name="+", editable=False)
    published_at = models.DateTimeField()
    due_on = models.DateField(null=True)
    is_listed = models.BooleanField()  # its city has not left the network
    is_prior = models.BooleanField()  # it is older than the Declaration
    is_closed = models.BooleanField()  # done or dropped: its due date is no longer a deadline
    announced_on = models.TextField()
    year = models.TextField()  # of the announcement; of the record, where that is not known
    commitment = models.TextField()  # its number
    status = models.TextField()
    country = models.TextField()
    region = models.TextField()
    city_slug = models.TextField()
    languages = ArrayField(models.TextField())  # in which it has a title
    search_fr = SearchVectorField()
    search_en = SearchVectorField()

    objects = SearchedPledgeQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = [
            # The orders of the list.
            models.Index(fields=["published_at", "pledge"], name="searched_pledge_newest"),
            models.Index(fields=["announced_on", "published_at", "pledge"], name="searched_pledge_announced"),
            models.Index(
                "is_closed", F("due_on").asc(nulls_last=True), F("published_at").desc(), F("pledge").desc(),
                name="searched_pledge_due",
            ),
            models.Index(fields=["due_on"], name="searched_pledge_due_on"),  # for calendars
            *indexes_of_words("searched_pledge", ("languages",), SINGLE),
        ]  # fmt: skip
        triggers = [RaisesGeneration()]  # what a repair changes is on pages too

    def __str__(self) -> str:
        return f"{self.pledge_id}"


class RegionOfPledges(Region):
    """A region, to put the trigger on that concerns the pledges of its cities."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [keeps_searched("city.region_id = NEW.id", "slug")]

"""What live revisions are found by: a narrow copy of it, so that a search reads nothing else."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from members.models import City, Region
from practices.models.practice import Revision
from practices.triggers import keeps_searched
from scn_portal.base.search.narrow import indexes_of_words
from scn_portal.base.triggers import RaisesGeneration

# The facets of which a revision has one value, and their columns.
SINGLE = {name: name for name in ("region", "country", "evaluation")}


class SearchedRevision(models.Model):
    """A live revision of a city that is not hidden: its words, and what the facets of `practices.searched` filter by.

    Written only by the function `scn_keep_searched` of the database, which triggers call after each statement that
    changes what is live; `manage.py kept practices` makes all anew. The words are kept apart from the row, so that
    some forty rows have room where four of the revisions have.
    """

    revision = models.OneToOneField(
        Revision, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="searched", editable=False
    )
    city = models.ForeignKey(City, models.DO_NOTHING, db_constraint=False, related_name="+", editable=False)
    published_at = models.DateTimeField()
    region = models.TextField()
    country = models.TextField()
    evaluation = models.TextField()  # “not_stated” where there is none
    commitments = ArrayField(models.SmallIntegerField())  # their numbers
    themes = ArrayField(models.TextField())
    target_groups = ArrayField(models.TextField())
    languages = ArrayField(models.TextField())  # in which it has a title
    search_fr = SearchVectorField()
    search_en = SearchVectorField()

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["published_at", "revision"], name="searched_newest"),
            *indexes_of_words("searched", ("commitments", "themes", "target_groups", "languages"), SINGLE),
        ]
        triggers = [RaisesGeneration()]  # what a repair changes is on pages too

    def __str__(self) -> str:
        return f"{self.revision_id}"


class RegionOfPractices(Region):
    """A region, to put the trigger on that concerns the practices of its cities."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [keeps_searched("city.region_id = NEW.id", "slug")]

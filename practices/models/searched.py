"""What live revisions are found by: a narrow copy of it, so that a search reads nothing else."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Func

from members.models import City, Region
from practices.models.practice import Revision
from practices.triggers import keeps_searched

SINGLE = ("region", "country", "evaluation")  # the facets of which a revision has one value


def singles() -> Func:
    """The values of SINGLE as an array, “country:KE” and so on: for the index, and for what is to use it."""
    text = models.TextField()
    named = (Func(F(name), template=f"'{name}:' || %(expressions)s", output_field=text) for name in SINGLE)
    return Func(*named, template="(ARRAY[%(expressions)s])", output_field=ArrayField(text))


class SearchedRevision(models.Model):
    """A live revision of a city that is not hidden: its words, and what the facets of `practices.searched` filter by.

    Written only by the function `scn_keep_searched` of the database, which triggers call after each statement that
    changes what is live; `manage.py searched_practices` makes all anew. The words are kept apart from the row, so that
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
        # One index for words and facets together: of a common word it reads only what the choices leave, and the
        # planner has no other way to go. One for each language. Nothing waits in a list to be put into it: few rows are
        # written, and every search would read that list.
        indexes = [
            models.Index(fields=["published_at", "revision"], name="searched_newest"),
            *(
                GinIndex(
                    F(f"search_{code}"), F("commitments"), F("themes"), F("target_groups"), F("languages"), singles(),
                    name=f"searched_{code}", fastupdate=False,
                )
                for code in ("fr", "en")
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.revision_id}"


class RegionOfPractices(Region):
    """A region, to put the trigger on that concerns the practices of its cities."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [keeps_searched("city.region_id = NEW.id", "slug")]

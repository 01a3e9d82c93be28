"""What is recorded of each city, and when that last changed: for lists in the order of activity."""

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Greatest, TruncDate

from commitments.models import Pledge, is_public
from members.models import City
from practices.choices import Status
from practices.models import Revision
from scn_portal.base.languages import alphabetical

# Lookup paths to the times of a city's activities, and which of them are public.
ACTIVITIES = [
    ("pledges__updated_at", is_public("pledges__")),
    ("pledges__updates__created_at", is_public("pledges__") & Q(pledges__updates__taken_down_at=None)),
    ("practices__revisions__published_at", Q(practices__revisions__status=Status.PUBLISHED)),
]


def _latest(path: str, public: Q) -> Subquery:
    same_city = City.objects.filter(pk=OuterRef("pk")).values("pk").order_by()
    return Subquery(same_city.annotate(latest=Max(path, filter=public)).values("latest"))


LAST_CHANGE = Greatest(*(_latest(path, public) for path, public in ACTIVITIES))
# A pledge, an action older than the Declaration, or a practice.
HAS_RECORD = Exists(Pledge.objects.public().filter(city=OuterRef("pk"))) | Exists(
    Revision.objects.live().filter(practice__city=OuterRef("pk"))
)
# A mark in the matrix: a pledge made under the Declaration, or a practice that serves a commitment.
HAS_MARK = Exists(Pledge.objects.public().since_declaration().filter(city=OuterRef("pk"))) | Exists(
    Revision.objects.live().filter(practice__city=OuterRef("pk"), commitments__isnull=False)
)


def _number_of(rows: QuerySet, city: str) -> Coalesce:
    """How many of `rows` have the city as `city`."""
    of_this = rows.filter(**{city: OuterRef("pk")}).order_by().values(city)
    return Coalesce(Subquery(of_this.annotate(number=Count("pk")).values("number")), Value(0))


def with_records(cities: QuerySet) -> QuerySet:
    """Annotated with `active_at`, the last public change or None, and with the numbers of what is public of each:
    `pledge_count`, `prior_count` (actions older than the Declaration), `practice_count`."""
    return cities.annotate(
        active_at=LAST_CHANGE,
        pledge_count=_number_of(Pledge.objects.public().since_declaration(), "city"),
        prior_count=_number_of(Pledge.objects.public().before_declaration(), "city"),
        practice_count=_number_of(Revision.objects.live(), "practice__city"),
    )


def by_activity(cities: QuerySet, language: str) -> QuerySet:
    """By the day of the last public change, then by how much is recorded; cities without any record at the end."""
    day = TruncDate("active_at")
    records = F("pledge_count") + F("prior_count") + F("practice_count")
    name = alphabetical(f"name_{language}")
    return with_records(cities).order_by(day.desc(nulls_last=True), records.desc(), name, "pk")

"""The order of activity: the city that changed last comes first, then the city with more on record."""

from django.db.models import F, Q, QuerySet

from scn_portal.site.city_records import with_records

# A pledge, an action older than the Declaration, or a practice.
HAS_RECORD = Q(record__record_count__gt=0)
# A mark in the matrix: a pledge made under the Declaration, or a practice that serves a commitment.
HAS_MARK = Q(record__has_mark=True)


def by_activity(cities: QuerySet, language: str) -> QuerySet:
    """By the day of the last public change, then by how much is recorded; cities without any record at the end."""
    last, records = F("record__active_on").desc(nulls_last=True), F("record__record_count").desc(nulls_last=True)
    # The filter, as in `by_name`, lets the database read the rows in the order of an index.
    return (
        with_records(cities).filter(record__isnull=False).order_by(last, records, f"record__name_key_{language}", "pk")
    )

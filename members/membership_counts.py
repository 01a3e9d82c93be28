"""The numbers of members and other cities, in words, and the month in which the list of cities was collected."""

from collections.abc import Mapping

from django.db.models import Count, Q
from django.utils.translation import ngettext

from members.models import City

# The month in which the cities of `members/data/cities.csv` were collected: change it with the file.
COLLECTED_ON = "2026-11"

# The aggregates that count the listed cities by status.
STATUS_COUNTS = {
    status.value: Count("pk", filter=Q(status=status), distinct=True)
    for status in City.Status
    if status != City.Status.FORMER
}


def membership_in_words(counts: Mapping[str, int]) -> str:
    """Such as “72 members, 15 partner cities, 1 applicant”, without zeros. `counts` is by status."""
    members, partners, applicants = (counts.get(status, 0) for status in STATUS_COUNTS)
    parts = [
        (members, ngettext("%(count)s member", "%(count)s members", members)),
        (partners, ngettext("%(count)s partner city", "%(count)s partner cities", partners)),
        (applicants, ngettext("%(count)s applicant", "%(count)s applicants", applicants)),
    ]
    return ", ".join(words % {"count": count} for count, words in parts if count)

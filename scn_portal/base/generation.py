"""The generation of what is public: one number that rises with each committed change of it.

What shows the whole network is kept under it. The number is read first, and only then what is kept.
"""

from dataclasses import dataclass

from django.db.models import Max

from scn_portal.base.models import PublicRecord


@dataclass(frozen=True)
class Generation:
    """`number` rises with each transaction that changed something public; `taken_down` with those after which something
    that was public must not be seen for a moment longer."""

    number: int
    taken_down: int


def current() -> Generation:
    """The generation that was committed last. One query."""
    number = PublicRecord.objects.aggregate(last=Max("pk"))["last"] or 0
    return Generation(number, number)

"""The tasks of one person: in one city, or in all cities that they write for."""

import dataclasses

from members.models import EDITING_ROLES, City, Role, User
from scn_portal.site.todo.reasons import REASONS, Asked, Task


def tasks_of(user: User, city: City | None = None, without: tuple[str, ...] = ()) -> list[Task]:
    """The tasks of `user`, the most urgent first, without the kinds in `without`; only those of `city` if it is given.

    A viewer has none; some kinds are only for focal points. Texts are in the active language and time zone.
    """
    held = user.memberships.filter(role__in=EDITING_ROLES).select_related("city__region").order_by("city__name")
    if city is not None:
        held = held.filter(city=city)
    memberships = list(held)
    everywhere = Asked([membership.city for membership in memberships])
    managed = Asked([membership.city for membership in memberships if membership.role == Role.FOCAL_POINT])
    tasks: list[Task] = []
    for reason in REASONS:
        asked = managed if reason.for_managers else everywhere
        if asked.cities and reason.key not in without:
            found = sorted(reason.find(asked), key=lambda task: task.since)
            tasks += [dataclasses.replace(task, kind=reason.key) for task in found]
    return tasks

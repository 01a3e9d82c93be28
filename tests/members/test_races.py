"""Two focal points who remove each other at once: one of them stays. Real threads, real connections."""

import pytest

from members import people
from members.models import Membership, Role, User
from tests.factories import CityFactory, acting_for
from tests.practices.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


WAYS = {
    "removing": lambda one, other: lambda: people.remove(other.memberships.get(), by=one),
    "another role": lambda one, other: lambda: people.change_role(other.memberships.get(), role="editor", by=one),
    "closing the account": lambda one, other: lambda: people.close_account(other, by=one),
    "the rows themselves": lambda one, other: lambda: Membership.objects.filter(user=other).delete(),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_city_keeps_one_of_two_who_remove_each_other_at_once(way):
    city = CityFactory()
    first, second = acting_for(city), acting_for(city)
    outcomes = at_once(WAYS[way](first, second), WAYS[way](second, first))
    assert sum(isinstance(outcome, Exception) for outcome in outcomes) == 1, outcomes
    left = city.memberships.filter(role=Role.FOCAL_POINT, user__is_active=True)
    assert left.count() == 1
    assert User.objects.count() == 2

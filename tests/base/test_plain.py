"""Parts of words by an index, and counting no further than a page shows."""

import pytest

from members.models import City, User
from scn_portal.base.totals import Total, count_each_up_to
from tests.factories import CityFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("part", ["école", "ECOLE", "ole d", "’école", "100 %", "a_b", "\\"])
def test_a_part_of_a_text_is_found_whatever_its_accents_and_case(part):
    found = UserFactory(name="L’École d’ici, 100 %, a_b \\")
    UserFactory(name="L’Ecol, 100, aXb")
    assert list(User.objects.filter(name__plainly=part)) == [found]


def test_several_lists_are_counted_in_one_query_and_no_further_than_asked(django_assert_num_queries):
    CityFactory.create_batch(3)
    UserFactory()
    rows = {"cities": City.objects.all(), "named": City.objects.filter(name_en="Nowhere"), "people": User.objects.all()}
    with django_assert_num_queries(1):
        assert count_each_up_to(rows, most=2) == {
            "cities": Total(2, is_exact=False), "named": Total(0), "people": Total(1),
        }  # fmt: skip

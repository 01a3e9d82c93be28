"""Parts of words by an index, and counting no further than a page shows."""

import pytest

from members.models import User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("part", ["école", "ECOLE", "ole d", "’école", "100 %", "a_b", "\\"])
def test_a_part_of_a_text_is_found_whatever_its_accents_and_case(part):
    found = UserFactory(name="L’École d’ici, 100 %, a_b \\")
    UserFactory(name="L’Ecol, 100, aXb")
    assert list(User.objects.filter(name__plainly=part)) == [found]

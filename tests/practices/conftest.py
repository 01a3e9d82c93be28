"""Fixtures for the tests of the search for practices."""

import pytest

from practices import vocabulary
from tests.factories import CityFactory, CommitmentFactory, PledgeFactory
from tests.practices.searching import practice


@pytest.fixture
def words():
    """A vocabulary of two practices, a city, a pledge and a commitment."""
    practice(en="Preventing violence together", city=CityFactory(name_en="Koboko", name_fr="Koboko"))
    practice(fr="Médiation par les élèves")
    PledgeFactory(title_en="Mentoring", commitment=CommitmentFactory(short_en="Partnerships"))
    former = CityFactory(name_en="Formerly", name_fr="Formerly", status="former")
    PledgeFactory(city=former, title_en="Abandonments")
    vocabulary.refresh()

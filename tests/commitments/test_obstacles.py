"""What stands in the way of pledges: counted for the public by commitment, listed for the staff who can help."""

import re

import pytest
from django.utils import timezone

from commitments.models import Pledge
from tests.factories import (
    CommitmentFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    UserFactory,
    moved,
    staff_for_cities,
)

pytestmark = pytest.mark.django_db


def words_of(page) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


@pytest.fixture
def pledges():
    fourth = CommitmentFactory(number=4)
    first, second = (PledgeFactory(commitment=fourth, title_en=title) for title in ("Dig", "Plant"))
    for pledge, kind, day in (
        (first, "capacity", "2026-01-01"), (first, "capacity", "2026-02-01"), (second, "capacity", "2026-01-01"),
        (second, "support", "2026-02-01"),
    ):  # fmt: skip
        ProgressUpdateFactory(pledge=pledge, obstacle_kind=kind, obstacles_en=f"Of {day}", reported_on=day)
    # Neither what was taken down, nor another commitment.
    down = {"taken_down_at": timezone.now(), "taken_down_by": UserFactory()}
    ProgressUpdateFactory(pledge=first, obstacle_kind="design", reported_on="2026-03-01", **down)
    ProgressUpdateFactory(pledge=PledgeFactory(commitment=CommitmentFactory(number=5)), obstacle_kind="other")
    return first, second


def test_the_page_of_a_commitment_counts_pledges_by_kind(client, pledges):
    said = words_of(client.get("/en/commitments/4/"))
    assert "What stands in the way People, money or skills 2 pledges Political support 1 pledge" in said
    assert "How the pledge was designed" not in said


def test_the_staff_see_where_help_is_needed_now(client, pledges):
    client.force_login(staff_for_cities())
    said = words_of(client.get("/en/desk/cities/"))
    # The newest update of each open pledge alone.
    assert "Of 2026-02-01" in said
    assert "Of 2026-01-01" not in said
    moved(Pledge.objects.filter(pk=pledges[1].pk), status="done")
    said = words_of(client.get("/en/desk/cities/"))
    assert "Dig" in said
    assert "Plant" not in said


def test_where_help_is_needed_has_pages_and_loses_nobody(client):
    commitment = CommitmentFactory(number=4)
    for number in range(1, 22):
        pledge = PledgeFactory(commitment=commitment, title_en=f"Pledge {number:02}")
        said = {"obstacle_kind": "capacity", "obstacles_en": "No money."}
        ProgressUpdateFactory(pledge=pledge, reported_on=f"2026-01-{number:02}", **said)
    client.force_login(staff_for_cities())
    first, second = (client.get(f"/en/desk/cities/{page}") for page in ("", "?page=2"))
    assert re.findall(r"Pledge \d\d", words_of(first)) == [f"Pledge {number:02}" for number in range(21, 1, -1)]
    assert "Page 1 of 2" in words_of(first)
    assert 'href="?page=2"' in first.text
    assert re.findall(r"Pledge \d\d", words_of(second)) == ["Pledge 01"]

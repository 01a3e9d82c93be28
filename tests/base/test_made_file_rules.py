"""The rules that the database holds about files that are made, and about counts that are kept."""

import datetime as dt

import pytest

from scn_portal.base.models import KeptCount, MadeFile
from tests.database import refused_by

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
MADE_FILE_RULES = {
    "made_file_state_known": {"state": "lost"},
    "made_file_progress_in_percent": {"progress": 101},
    "made_file_whole_or_none": {"name": "made/one.csv"},
    "made_file_generation_whole": {"taken_down": 3},
    "made_file_ready_is_there": {"state": "ready"},
}


@pytest.mark.parametrize("rule", MADE_FILE_RULES)
def test_a_made_file_keeps_its_rules(rule):
    fields = {
        "key": rule,
        "what": "dataset",
        "parameters": {},
        "used_at": NOW,
        "state": "waiting",
        "waiting_since": NOW,
    }
    MadeFile.objects.create(**fields)
    with refused_by(rule):
        MadeFile.objects.create(**fields | {"key": "another"} | MADE_FILE_RULES[rule])


def test_a_value_of_a_list_is_counted_once():
    fields = {"list": "cities", "facet": "country", "value": "CA", "count": 3, "generation": 1, "counted_at": NOW}
    KeptCount.objects.create(**fields)
    with refused_by("kept_count_once_a_value"):
        KeptCount.objects.create(**fields)

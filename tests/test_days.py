"""Which day it is: asked in one place."""

import datetime as dt
import re
from pathlib import Path

import pytest
from django.utils import timezone

from scn_portal.base import days

ROOT = Path(__file__).resolve().parents[1]
OTHER_WAYS = re.compile(
    r"date\.today\(|\.now\([^)\n]*\)\.(?:date\(|year)|astimezone\((?:dt\.|timezone\.)?UTC\)\.date\("
)


@pytest.mark.parametrize(
    ("moment", "day"),
    [("2026-03-31T23:30:00+00:00", 31), ("2026-03-31T23:30:00-05:00", 1), ("2026-04-01T00:30:00+09:00", 31)],
)
def test_a_day_is_that_of_utc_in_whatever_zone_a_moment_is_said(moment, day):
    with timezone.override("Pacific/Auckland"):
        assert days.today(dt.datetime.fromisoformat(moment)).day == day


def test_whoever_is_farthest_east_may_be_a_day_ahead(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: dt.datetime(2026, 3, 31, 11, tzinfo=dt.UTC))
    assert days.today() == dt.date(2026, 3, 31)
    assert days.latest_today() == dt.date(2026, 4, 1)


def test_nobody_asks_in_another_way():
    apps = ("scn_portal", "members", "commitments", "practices", "digests")
    files = [file for app in apps for file in (ROOT / app).rglob("*.py") if file.name != "days.py"]
    assert len(files) > 300
    assert [str(file) for file in files if OTHER_WAYS.search(file.read_text(encoding="utf-8"))] == []

"""The API answers what its own OpenAPI document says it answers, whatever schemathesis thinks of asking."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from commitments.loading import load_declaration
from tests.factories import (
    CityFactory,
    EndorsementFactory,
    MilestoneFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    RevisionFactory,
)

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")


@pytest.fixture
def something(transactional_db) -> None:
    """Something to tell at every address of the API."""
    load_declaration()
    city = CityFactory(name_en="Testford", region__slug="north", latitude=1.5, longitude=-2)
    EndorsementFactory(city=city)
    pledge = PledgeFactory(city=city)
    MilestoneFactory(pledge=pledge)
    ProgressUpdateFactory(pledge=pledge)
    RevisionFactory(practice__city=city, status="published", practice__slug="practice-of-1", themes=["youth"])


def examine(address: str, folder: Path, *options: str) -> None:
    """Let schemathesis, with all its checks, ask the API at `address`; fail with what it found."""
    command = [SCHEMATHESIS, "run", f"{address}/api/v1/openapi.json", "--url", address, "--checks", "all", *options]
    environ = os.environ | {"SCHEMATHESIS_HOOKS": "tests.api_formats", "PYTHONPATH": str(settings.BASE_DIR)}
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_nothing_is_found_in_brief(something, live_server, tmp_path):
    examine(live_server.url, tmp_path, "--phases", "fuzzing", "--max-examples", "3", "--seed", "2018")


@pytest.mark.soak
def test_nothing_is_found_in_long(something, live_server, tmp_path):
    examine(live_server.url, tmp_path, "--max-examples", "100")

"""The siege in small: what `make siege` does for ten minutes."""

import os
import subprocess
import sys

import pytest

from scn_portal.sbom import ROOT

SECONDS = os.environ.get("SCN_SIEGE_SECONDS", "60")


@pytest.mark.soak
def test_nothing_is_lost_while_part_after_part_fails():
    done = subprocess.run([sys.executable, "-m", "tests.siege", SECONDS], cwd=ROOT)
    assert done.returncode == 0

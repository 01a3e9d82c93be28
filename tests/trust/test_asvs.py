"""docs/asvs.md: each requirement of levels 1 and 2 of OWASP ASVS 5.0.0 once, and no file named that is not there."""

import re
from collections import Counter

import pytest

from tests.trust.stack import ROOT

PAGE = (ROOT / "docs" / "asvs.md").read_text()
STATES = ("met", "partly", "not met", "not applicable")
# The numbers of both levels, by section: those of level 3 are left out.
NUMBERS = """
1.1:1-2 1.2:1-9 1.3:1-11 1.4:1-3 1.5:1-2 2.1:1-3 2.2:1-3 2.3:1-4 2.4:1 3.2:1-2 3.3:1-4 3.4:1-6 3.5:1-5 3.7:1-2
4.1:1-3 4.2:1 4.3:1-2 4.4:1-4 5.1:1 5.2:1-3 5.3:1-2 5.4:1-3 6.1:1-3 6.2:1-12 6.3:1-4 6.4:1-4 6.5:1-5 6.6:1-3 6.8:1-4
7.1:1-3 7.2:1-4 7.3:1-2 7.4:1-5 7.5:1-2 7.6:1-2 8.1:1-2 8.2:1-3 8.3:1 8.4:1 9.1:1-3 9.2:1-4 10.1:1-2 10.2:1-2
10.3:1-4 10.4:1-11 10.5:1-5 10.6:1-2 10.7:1-3 11.1:1-2 11.2:1-3 11.3:1-3 11.4:1-4 11.5:1 11.6:1 12.1:1-3 12.2:1-2
12.3:1-4 13.1:1 13.2:1-5 13.3:1-2 13.4:1-5 14.1:1-2 14.2:1-4 14.3:1-3 15.1:1-3 15.2:1-3 15.3:1-7 16.1:1 16.2:1-5
16.3:1-4 16.4:1-3 16.5:1-3 17.1:1 17.2:1-4 17.3:1-2
"""


def asked() -> list[str]:
    found = []
    for part in NUMBERS.split():
        section, _colon, numbers = part.partition(":")
        first, _dash, last = numbers.partition("-")
        found += [f"{section}.{number}" for number in range(int(first), int(last or first) + 1)]
    return found


def rows() -> dict[str, list[str]]:
    """The cells after each number: what is asked, the state, where and why, tested by."""
    lines = re.findall(r"^\| (\d+\.\d+\.\d+) \| (.+) \|$", PAGE, re.MULTILINE)
    return {number: cells.split(" | ") for number, cells in lines}


def test_each_requirement_of_both_levels_is_there_once():
    numbers = re.findall(r"^\| (\d+\.\d+\.\d+) \|", PAGE, re.MULTILINE)
    assert len(asked()) == 253
    assert numbers == asked()


def test_each_has_a_state_and_whatever_is_not_met_a_reason():
    for number, cells in rows().items():
        assert len(cells) == 4, number
        asks, state, where, tested = (cell.strip() for cell in cells)
        assert asks, number
        assert state in STATES, number
        assert where != "–", number
        assert state != "met" or re.search(r"`[\w/]+\.py`|by reading", tested), number


def test_the_counts_on_the_page_are_those_of_its_rows():
    states = Counter(cells[1] for cells in rows().values())
    assert re.findall(r"^\| (met|partly|not met|not applicable) \| (\d+) \|$", PAGE, re.MULTILINE) == [
        (state, str(states[state])) for state in STATES
    ]


@pytest.mark.parametrize("page", ["asvs.md", "threat-model.md"])
def test_every_file_that_is_named_is_there(page):
    """From the root of the repository; a test from the folder of the tests."""
    text = (ROOT / "docs" / page).read_text()
    named = set(re.findall(r"`([\w./-]+(?:/|\.(?:py|md|conf|yml|js|html|lock)))`", text))
    assert len(named) > 5
    missing = {name for name in named if not (ROOT / name).exists() and not (ROOT / "tests" / name).is_file()}
    assert missing == set()

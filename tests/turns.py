"""Combinations of cases: some of them in `make test`, all of them in `make soak`."""

from collections.abc import Iterable, Sequence

import pytest

# Bad values in a query string: percent-encoded, invalid UTF-8, no numbers, too large, hostile.
BAD_VALUES = (
    "%00", "%FF%FE", "-1", "9" * 400, "x" * 10_000, "%3Cscript%3Ealert(1)", "'--", "%ED%A0%80",
)  # fmt: skip


def in_turn(groups: Iterable[str], values: Sequence, *, of: int = 3) -> list:
    """For `parametrize(("group", "values"), …)`: each group with every `of`-th value, and with all values in `make
    soak`.

    Consecutive groups begin at different values, so that any `of` consecutive groups together have every value.
    """
    cases = []
    for turn, group in enumerate(groups):
        cases.append(pytest.param(group, values[turn % of :: of], id=f"{group}-in turn"))
        cases.append(pytest.param(group, values, id=f"{group}-all", marks=pytest.mark.soak))
    return cases

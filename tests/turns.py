"""Crosses of cases: a part of them in `make test`, all of them in `make soak`."""

from collections.abc import Iterable, Sequence

import pytest

# What a query string may hold in the place of a value: percent-encoded, no UTF-8, no number, no measure, no manners.
BAD_VALUES = (
    "%00", "%FF%FE", "-1", "9" * 400, "x" * 10_000, "%3Cscript%3Ealert(1)", "'--", "%ED%A0%80",
)  # fmt: skip


def in_turn(groups: Iterable[str], values: Sequence, *, of: int = 3) -> list:
    """For `parametrize(("group", "values"), …)`: each group with every `of`-th value, and by `make soak` with all.

    Following groups begin at different values: together, any `of` of them in a row try every value.
    """
    cases = []
    for turn, group in enumerate(groups):
        cases.append(pytest.param(group, values[turn % of :: of], id=f"{group}-in turn"))
        cases.append(pytest.param(group, values, id=f"{group}-all", marks=pytest.mark.soak))
    return cases

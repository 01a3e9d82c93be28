"""The standing of a city on each of the seven commitments: its pledges and its practices."""

from dataclasses import dataclass

from scn_portal.base.languages import Text


@dataclass(frozen=True)
class CommitmentMark:
    """Whether a city has a pledge and a practice under a commitment."""

    number: int
    short: Text
    pledged: bool
    practised: bool


@dataclass(frozen=True)
class CommitmentStanding(CommitmentMark):
    """The same in more detail: the statuses of the first pledges, the oldest first; the key of the oldest pledge; the
    numbers of practices and pledges."""

    statuses: tuple[str, ...] = ()
    first_pledge: int | None = None
    practices: int = 0
    pledges: int = 0

"""The commands of docs/operations.md: blocks that begin with ```sh and a name."""

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
# What an administrator does, in this order, on a new machine and later. The test does `by-hand` in another way.
INSTALLING = (
    "packages", "users", "code", "database", "redis", "environment", "setup", "first-person", "units", "proxy", "check",
)  # fmt: skip
LATER = ("backup", "restore", "upgrade")


@dataclass(frozen=True)
class Block:
    """Commands with their name. `online` commands need the network, `terminal` commands ask questions."""

    name: str
    commands: str
    online: bool
    terminal: bool


def blocks() -> list[Block]:
    """All blocks, in the order of the page."""
    found = re.findall(r"^```sh ([a-z-]+)((?: [a-z]+)*)\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return [Block(name, commands, "online" in words, "terminal" in words) for name, words, commands in found]


def by_name() -> dict[str, Block]:
    """The blocks by their names, without `by-hand`."""
    return {block.name: block for block in blocks() if block.name != "by-hand"}

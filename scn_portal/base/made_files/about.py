"""What a file is, for readers who wait for it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class About:
    """A file in words, in the active language, and its path in that language."""

    title: str
    path: str

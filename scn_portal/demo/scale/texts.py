"""Texts in one language or in both."""

import random

from scn_portal.demo.scale.rows import Row
from scn_portal.demo.scale.words import Words

# The languages of a text: the original, and the translation if any; with their shares.
WRITTEN = {("en", "fr"): 25, ("fr", "en"): 20, ("en",): 32, ("fr",): 23}


class Writer:
    """Writes the texts of pledges or practices. The same `seed` writes the same texts."""

    def __init__(self, seed: int, words: dict[str, Words], *, name: str):
        self.random = random.Random(f"{name}:{seed}")
        self.words = words
        self._draw = (list(WRITTEN), list(WRITTEN.values()))

    def languages(self) -> tuple[str, ...]:
        return self.random.choices(*self._draw)[0]

    def maybe(self, chance: float) -> bool:
        return self.random.random() < chance

    def pick(self, shares: dict[str, int]) -> str:
        return self.random.choices(list(shares), list(shares.values()))[0]

    def some(self, values: list[str], most: int) -> list[str]:
        return sorted(self.random.sample(values, self.random.randint(1, most)))

    def line(self, name: str, languages: tuple[str, ...], least: int, most: int, *, chance: float = 1) -> Row:
        """The columns of the text `name` in each of `languages`, as modeltranslation stores them; there with the
        probability `chance`, else empty."""
        is_there = self.maybe(chance)
        return _stored(name, {code: self.words[code].line(least, most) for code in languages if is_there})

    def prose(self, name: str, languages: tuple[str, ...], sentences: int, *, chance: float = 1) -> Row:
        is_there = self.maybe(chance)
        return _stored(name, {code: self.words[code].paragraph(sentences) for code in languages if is_there})

    def items(self, name: str, languages: tuple[str, ...], most: int, *, chance: float = 1) -> Row:
        count = self.random.randint(2, most) if self.maybe(chance) else 0
        return _stored(name, {code: self.words[code].items(count) for code in languages if count})


def _stored(name: str, texts: dict[str, str]) -> Row:
    english, french = texts.get("en"), texts.get("fr")
    return {name: english or french or "", f"{name}_en": english, f"{name}_fr": french}

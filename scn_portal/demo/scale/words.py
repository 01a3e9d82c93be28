"""Random words and texts, with the frequencies of a natural language.

The common words are those of the sample content, in the order of their frequency; after them comes a long tail of
invented words.
"""

import itertools
import json
import random
import re
from collections import Counter
from pathlib import Path

from django.conf import settings

FILES = ("practices/data/practices.json", "commitments/data/pledges.json")
INVENTED = 30_000
SENTENCES = 60_000
# By Zipf and Mandelbrot: the n-th most common word is 1 / (n + SHIFT) ** SLOPE as frequent as the first.
SHIFT, SLOPE = 2.7, 1.05
VOWELS = {"en": ("a", "e", "i", "o", "u"), "fr": ("a", "é", "i", "o", "ou")}
CONSONANTS = ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z")


class Words:
    """Words in one language. The same `seed` draws the same words."""

    def __init__(self, language: str, seed: int, *, sentences: int = SENTENCES):
        self.random = random.Random(f"words:{language}:{seed}")
        self.invented = syllables(language, self.random, INVENTED)
        self.words = [*_common(language), *self.invented]
        weights = (1 / (rank + SHIFT) ** SLOPE for rank in range(1, len(self.words) + 1))
        self._weights = list(itertools.accumulate(weights))
        self._sentences = [self._sentence() for _number in range(sentences)]

    def draw(self, count: int) -> list[str]:
        return self.random.choices(self.words, cum_weights=self._weights, k=count)

    def line(self, least: int, most: int) -> str:
        """Between `least` and `most` words, as a title."""
        text = " ".join(self.draw(self.random.randint(least, most)))
        return text[:1].upper() + text[1:199]

    def paragraph(self, sentences: int) -> str:
        """`sentences` sentences, often with a word that few texts have."""
        text = " ".join(self.random.choices(self._sentences, k=sentences))
        return f"{text} {self.random.choice(self.invented).capitalize()}." if self.random.random() < 0.7 else text

    def items(self, count: int) -> str:
        """A list, in Markdown."""
        return "\n".join(f"- {self.line(2, 4)}" for _number in range(count))

    def _sentence(self) -> str:
        return self.line(8, 20) + "."


def syllables(language: str, source: random.Random, count: int) -> list[str]:
    """`count` different words of two to four syllables."""
    found: dict[str, None] = {}
    while len(found) < count:
        length = source.randint(2, 4)
        found["".join(source.choice(CONSONANTS) + source.choice(VOWELS[language]) for _number in range(length))] = None
    return list(found)


def _common(language: str) -> list[str]:
    """The words of the sample content, the most frequent first."""
    rows = [row for name in FILES for row in json.loads((Path(settings.BASE_DIR) / name).read_text(encoding="utf-8"))]
    texts = (row[key] for row in rows for key in row if key.endswith(f"_{language}") and isinstance(row[key], str))
    counted = Counter(word for text in texts for word in re.findall(r"[^\W\d_]+", text.lower()))
    return [word for word, _times in counted.most_common()]

"""The words that public texts use, for suggestions when a search finds nothing."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from scn_portal.base.triggers import RaisesGeneration

MAX_LENGTH = 40


class Word(models.Model):
    """A word of the public texts in one language, and how many of them use it."""

    language = models.CharField(max_length=2)
    word = models.CharField(max_length=MAX_LENGTH)
    plain = models.CharField(max_length=MAX_LENGTH * 2)
    texts = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["language", "word"], name="word_once_a_language")]
        indexes = [GinIndex(fields=["plain"], opclasses=["gin_trgm_ops"], name="word_trigrams")]
        triggers = [RaisesGeneration()]

    def __str__(self) -> str:
        return self.word

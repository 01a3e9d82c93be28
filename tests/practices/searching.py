"""Practices and searches for the tests of the search for practices."""

import pytest
from django.http import QueryDict

from practices.models import Revision
from practices.search import PracticeSearch
from tests.factories import RevisionFactory

BOTH = pytest.mark.parametrize("language", ["en", "fr"])


def practice(city=None, **words) -> Revision:
    """A live revision; `fr` and `en` are its titles; if there is only one, its language is the source language."""
    french, english = words.pop("fr", None), words.pop("en", None)
    language = "en" if english else "fr"
    fields = {"source_language": language, "title_fr": french, "title_en": english, "summary_en": None} | words
    if city:
        fields["practice__city"] = city
    return RevisionFactory(status="published", commitments=[], **fields)


def asked(words: str, language: str = "en", **others) -> PracticeSearch:
    query = QueryDict(mutable=True)
    query.update({"q": words} | others)
    return PracticeSearch(query, language)


def excerpts(words: str, language: str = "en", part: slice = slice(0, 12)) -> list[Revision]:
    question = asked(words, language)
    return list(question.excerpts(question.revisions[part]))


def titles(words: str, language: str = "en", **others) -> list[str]:
    """The titles of the practices that have all the words, in order."""
    search = asked(words, language, **others)
    return [row.title_en or row.title_fr for row in search.in_order(search.complete)]

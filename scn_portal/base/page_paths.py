"""The path of a page in each language, worked out once a process.

To find out what a path leads to, Django goes through the patterns of the portal one by one, which takes longer than
most queries, and each page asks ten times. The answer depends on the code alone, so it is kept.
"""

from functools import lru_cache
from urllib.parse import urlsplit

from django.urls import Resolver404, URLResolver, get_resolver, resolve, reverse, translate_url
from django.utils.translation import get_language, override

# Anybody may ask for paths that lead nowhere: as many are kept, and none that is longer than ours are.
MAX_KEPT = 2048
MAX_LENGTH = 250


def is_page(path: str) -> bool:
    """Whether `path`, with or without a query string, leads to a page in the active language."""
    return _ask(path.partition("?")[0], get_language() or "") is not None


def in_language(path: str, language: str) -> str:
    """`path` and its query string in `language`; that of the home page where it has none."""
    bare, sign, query = path.partition("?")
    translated = _ask(bare, language)
    return f"{translated}{sign}{query}" if translated else _home(language)


def _ask(path: str, language: str) -> str | None:
    """See `_translated`."""
    look = _kept if len(path) <= MAX_LENGTH else _translated
    return look(path, language, get_language(), get_resolver())


def _translated(path: str, language: str, active: str | None, resolver: URLResolver) -> str | None:
    """The path in `language`, "" where the page has none in it; None where `path` leads to no page.

    `active` is the active language, in which `path` is read, and `resolver` the patterns.
    """
    try:
        resolve(urlsplit(path).path)
    except Resolver404:
        return None
    translated = translate_url(path, language)
    return translated if translated.startswith(f"/{language}/") else ""


_kept = lru_cache(MAX_KEPT)(_translated)


def _home(language: str) -> str:
    with override(language):
        return reverse("home")

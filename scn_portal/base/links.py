"""Addresses of the portal."""

from functools import cache

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language, override


def absolute_url(path: str) -> str:
    """`path` as a URL on SITE_URL."""
    return f"{settings.SITE_URL}{path}"


def with_query(path: str, query: str) -> str:
    """`path` with the query string `query`, which may be empty."""
    return f"{path}?{query}" if query else path


def path_to(name: str, *keys: str | int, language: str | None = None) -> str:
    """The path of the URL `name` for `keys`, which are slugs or numbers, in `language`; by default in the active one.

    It caches the result of `reverse` without the keys, for lists that link to several addresses per row.
    """
    return _pattern(name, len(keys), language or get_language()).format(*keys)


@cache
def _pattern(name: str, keys: int, language: str | None) -> str:
    """The path with “{}” in place of each key."""
    # Digits are valid as a number and as a slug, and no path has that many of its own.
    places = [f"{10**15 + number}" for number in range(keys)]
    with override(language):
        path = reverse(name, args=places)
    for place in places:
        path = path.replace(place, "{}")
    return path

"""Which view answers a path, and where the same page is in the other language: worked out once in each process.

Django tries the patterns of the portal one by one, which takes as long as a query, and a page needs it several times.
The answers depend only on the code and the active language, so those for the latest paths are kept.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.urls import Resolver404, ResolverMatch, URLResolver, get_resolver, resolve, reverse, translate_url
from django.utils.translation import get_language, override

MAX_KEPT = 2048
# No page of ours has a longer path. Anybody can make up long ones, which would fill the memory.
MAX_LENGTH = 250

Answer = TypeVar("Answer")


def kept_by_path(answer: Callable[..., Answer]) -> Callable[..., Answer]:
    """`answer`, a function whose first argument is a path, with its answers for the latest paths kept.

    What it raises is not kept, nor is anything about a path of more than MAX_LENGTH characters.
    """
    kept = lru_cache(MAX_KEPT)(answer)

    @wraps(answer)
    def kept_answer(path: str, *args: Any) -> Answer:
        return kept(path, *args) if len(path) <= MAX_LENGTH else answer(path, *args)

    return kept_answer


class KeptRoutes(URLResolver):
    """The patterns of `resolver`, with the views of the latest paths kept."""

    def __init__(self, resolver: URLResolver):
        super().__init__(
            resolver.pattern, resolver.urlconf_name, resolver.default_kwargs, resolver.app_name, resolver.namespace
        )
        self._look_up = kept_by_path(self._resolve)

    def resolve(self, path: str) -> ResolverMatch:
        """The view for `path` in the active language. Raises Resolver404 if there is none."""
        return self._look_up(str(path), get_language())

    def _resolve(self, path: str, language: str | None) -> ResolverMatch:
        match = super().resolve(path)
        match.tried = []  # only for Django's own page of errors, and much larger than all the rest
        return match


def kept_i18n_patterns(*patterns: Any) -> list[KeptRoutes]:
    """Django's `i18n_patterns`, with the views of the latest paths kept."""
    return [KeptRoutes(each) for each in i18n_patterns(*patterns) if isinstance(each, URLResolver)]


def is_page(path: str) -> bool:
    """Whether `path`, with or without a query string, leads to a page in the active language."""
    return _in_language(path.partition("?")[0], get_language() or "") is not None


def in_language(path: str, language: str) -> str:
    """`path` and its query string in `language`; the home page if the page does not exist in that language."""
    bare, sign, query = path.partition("?")
    translated = _in_language(bare, language)
    return f"{translated}{sign}{query}" if translated else _home(language)


def _in_language(path: str, language: str) -> str | None:
    return _translated(path, language, get_language(), get_resolver())


@kept_by_path
def _translated(path: str, language: str, active: str | None, patterns: URLResolver) -> str | None:
    """The path in `language`, "" if the page does not exist in it; None if `path` leads to no page.

    The answer also depends on the active language and on the patterns.
    """
    try:
        resolve(urlsplit(path).path)
    except Resolver404:
        return None
    translated = translate_url(path, language)
    return translated if translated.startswith(f"/{language}/") else ""


def collect_names() -> None:
    """Make Django collect the names of all views in each language, which `reverse` otherwise does at its first call."""
    for language, _name in settings.LANGUAGES:
        _home(language)


def _home(language: str) -> str:
    with override(language):
        return reverse("home")

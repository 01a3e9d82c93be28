"""Which view answers a path, kept for the paths that are asked for most.

Django goes through the patterns of the portal one by one; in two languages, that takes as long as a query. The answer
depends on the code and the active language alone.
"""

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.urls import ResolverMatch, URLResolver, get_resolver
from django.utils.translation import get_language, override

# As many paths are kept, and none that is longer than ours are. What leads nowhere is not kept.
MAX_KEPT = 1024
MAX_LENGTH = 250


def in_each_language(*patterns: Any) -> list["KeptRoutes"]:
    """Django's `i18n_patterns`, which remember to which view a path led."""
    return [KeptRoutes(each) for each in i18n_patterns(*patterns) if isinstance(each, URLResolver)]


class KeptRoutes(URLResolver):
    """The patterns of `resolver`, which remember to which view a path led."""

    def __init__(self, resolver: URLResolver):
        super().__init__(
            resolver.pattern, resolver.urlconf_name, resolver.default_kwargs, resolver.app_name, resolver.namespace
        )
        self._kept = lru_cache(MAX_KEPT)(self._resolve)

    def resolve(self, path: str) -> ResolverMatch:
        """The view for `path` in the active language. Resolver404 where there is none."""
        look = self._kept if len(path) <= MAX_LENGTH else self._resolve
        return look(str(path), get_language())

    def _resolve(self, path: str, language: str | None) -> ResolverMatch:
        match = super().resolve(path)
        match.tried = []  # for Django's own page of what is not found: much longer than all the rest
        return match


def gather_names() -> None:
    """Have `reverse` know the addresses of all views in each language. Call this before there are threads.

    Django gathers them from include to include and leaves them in each: what only the next one above needed is
    forgotten, two megabytes.
    """
    resolver = get_resolver()
    for language, _name in settings.LANGUAGES:
        with override(language):
            assert resolver.reverse_dict
    for pattern in resolver.url_patterns:
        _forget_names(pattern)


def _forget_names(pattern: Any) -> None:
    """Those in `pattern` and within; it gathers them anew if it is asked. A namespace is asked, and keeps its own."""
    if isinstance(pattern, URLResolver):
        for each in pattern.url_patterns:
            _forget_names(each)
        if not pattern.namespace:
            pattern._reverse_dict.clear()

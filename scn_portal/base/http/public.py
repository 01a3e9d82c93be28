"""Which addresses are public, and which parameters each reads: said at the view, by one decorator.

What is public is the same for every reader, so that caches may keep it (`scn_portal.base.http.caching`). An address is
public by `public_page`, or it is answered `private, no-store`; there is no third kind, and a test asks every address.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, wraps
from types import MappingProxyType
from typing import Any, Protocol
from urllib.parse import unquote_plus

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils import translation
from django.views.decorators.http import require_safe

# How many addresses a process remembers the view of, and none that is longer than ours are: anybody may make up long
# ones, which would fill its memory.
MAX_REMEMBERED, MAX_LENGTH = 4096, 250
# What proxies take out of a path, or take for its end, before they look for what they keep: the answer to such a path
# would be given to whoever asks for the other one.
_READ_IN_ANOTHER_WAY = re.compile(r"//|/\.\.?(?:/|\Z)|[?#\\]")


class Named(Protocol):
    """Such as a facet."""

    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class PublicPage:
    """What is said of a public view.

    `reads` are the names of the parameters that its answer depends on; None for all that are given, where a name that
    is not known is an error that the answer says. `stays` is what never changes at its address, until it is taken
    down. `own_policy` is a view that says itself what its page may load, or who may frame it. `headers` come with every
    answer of it, a 304 too.
    """

    reads: frozenset[str] | None
    stays: bool = False
    own_policy: bool = False
    headers: tuple[tuple[str, str], ...] = ()

    def without_junk(self, query: str) -> str:
        """The query string `query` without the parameters that the page does not read."""
        if not query or self.reads is None:
            return query
        return "&".join(part for part in query.split("&") if _name_of(part) in self.reads)


def _name_of(part: str) -> str:
    name = part.partition("=")[0]
    return unquote_plus(name) if "%" in name or "+" in name else name


def public_page(
    *reads: str | Named,
    all_parameters: bool = False,
    stays: bool = False,
    own_policy: bool = False,
    forms: bool = False,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Callable[[Callable], Callable]:
    """A view that answers everybody alike, without login: `reads` are the parameters, or facets, that it reads.

    GET and HEAD only; with `forms` the view says itself what it takes, and what is sent to it is nobody else's. See
    PublicPage for the rest.
    """
    names = frozenset(each if isinstance(each, str) else each.name for each in reads)
    page = PublicPage(None if all_parameters else names, stays, own_policy, tuple(headers.items()))

    def decorator(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def public_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return view(request, *args, **kwargs)

        declared = login_not_required(public_view if forms else require_safe(public_view))
        declared.public_page = page
        return declared

    return decorator


def public_page_at(path: str) -> tuple[PublicPage, ResolverMatch] | None:
    """What is said of the view at the path `path`; None where that is not public, or nothing at all, or where a proxy
    may read `path` in another way."""
    if _READ_IN_ANOTHER_WAY.search(path):
        return None
    look = _at if len(path) <= MAX_LENGTH else _at.__wrapped__
    # By language too: without one in the path, that of the thread decides which translated paths there are.
    return look(path, translation.get_language_from_path(path) or settings.LANGUAGE_CODE)


@lru_cache(maxsize=MAX_REMEMBERED)
def _at(path: str, language: str) -> tuple[PublicPage, ResolverMatch] | None:
    with translation.override(language):
        try:
            match = resolve(path)
        except Resolver404:
            return None
    page = getattr(match.func, "public_page", None)
    return (page, match) if page else None

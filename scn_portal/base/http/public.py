"""Which addresses are public, and which parameters each reads: declared at the view, by one decorator.

A public answer is the same for every reader, so that caches may keep it (`scn_portal.base.http.caching`). An address is
either declared public with `public_page` or answered `private, no-store`; a test asks every address.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from types import MappingProxyType
from typing import Any, Protocol
from urllib.parse import unquote_plus

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils import translation
from django.views.decorators.http import require_safe

from scn_portal.base.http.routes import kept_by_path

# Proxies remove these from a path, or take them for its end, before they look for a kept answer: they would give the
# answer to such a path to readers of another one.
_READ_IN_ANOTHER_WAY = re.compile(r"//|/\.\.?(?:/|\Z)|[?#\\]")


class Named(Protocol):
    """Anything with the name of a parameter, such as a facet."""

    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class PublicPage:
    """What a public view declares.

    `reads`: the names of the parameters that its answer depends on; None for all parameters, if the view answers
    unknown ones with an error. `stays`: the answer never changes until it is taken down. `own_policy`: the view decides
    itself what its page may load, or who may frame it. `headers` are sent with each of its answers, 304 included.
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
    """Declares a view public: the same answer for everybody, without login. `reads`: its parameters or facets.

    Only GET and HEAD are allowed. With `forms` the view decides which methods it accepts; answers to other methods are
    private. See PublicPage for the rest.
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


@kept_by_path
def public_page_at(path: str) -> tuple[PublicPage, ResolverMatch] | None:
    """What the view at `path` declares, and the view; None if the view is not public, if there is none, or if a proxy
    may read `path` as another path."""
    if _READ_IN_ANOTHER_WAY.search(path):
        return None
    # The language of the path: without one, the language of the thread would decide which translated paths exist.
    with translation.override(translation.get_language_from_path(path) or settings.LANGUAGE_CODE):
        try:
            match = resolve(path)
        except Resolver404:
            return None
    page = getattr(match.func, "public_page", None)
    return (page, match) if page else None

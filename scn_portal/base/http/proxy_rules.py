"""What deploy/nginx.conf and deploy/varnish.vcl contain about our addresses: the paths below which everything is
public, and the parameters that public pages read. Both are derived from the views; a test fails if a file is
outdated.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import translation

from scn_portal.base.languages import CODES

FILES = ("deploy/nginx.conf", "deploy/varnish.vcl")


def parameters() -> list[str]:
    """The names of all parameters that any public page reads."""
    pages = [page for page in (getattr(view, "public_page", None) for _path, view in _views()) if page]
    return sorted({name for page in pages for name in page.reads or ()})


def areas() -> list[str]:
    """The first parts of the paths, after their language, below which everything is public: “cities” and “villes”."""
    public: set[str] = set()
    others: set[str] = set()
    for code in CODES:
        with translation.override(code):
            for path, view in _views():
                language, _slash, rest = path.partition("/")
                if language == code:
                    (public if hasattr(view, "public_page") else others).add(re.split(r"[/<.]", rest)[0])
    return sorted(public - others - {""})


def written_into(text: str) -> str:
    """`text`, the content of one of FILES, with each list between “(?#…)” and “(?#)” brought up to date."""
    lists = {"parameters": parameters(), "areas": areas()}

    def current(found: re.Match) -> str:
        return f"(?#{found[1]}){'|'.join(lists[found[1]])}(?#)"

    return re.sub(r"\(\?#(parameters|areas)\)[^()]*\(\?#\)", current, text)


def outdated() -> list[Path]:
    """The files whose lists are outdated."""
    paths = [settings.BASE_DIR / name for name in FILES]
    return [path for path in paths if written_into(path.read_text()) != path.read_text()]


def _views(resolver: URLResolver | None = None, before: str = "") -> Iterator[tuple[str, object]]:
    """The path, in the active language, and the view of each address."""
    for pattern in (resolver or get_resolver()).url_patterns:
        path = before + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLPattern):
            yield path, pattern.callback
        else:
            yield from _views(pattern, path)

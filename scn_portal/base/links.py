"""Addresses of the portal."""

from django.conf import settings


def absolute_url(path: str) -> str:
    """`path` as a URL on SITE_URL."""
    return f"{settings.SITE_URL}{path}"


def with_query(path: str, query: str) -> str:
    """`path` with the query string `query`, which may be empty."""
    return f"{path}?{query}" if query else path

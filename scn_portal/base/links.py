"""Absolute URLs of the portal."""

from django.conf import settings


def absolute_url(path: str) -> str:
    """`path` as a URL on SITE_URL."""
    return f"{settings.SITE_URL}{path}"

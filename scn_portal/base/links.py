"""Full addresses of the portal's own pages, for readers outside it."""

from django.conf import settings


def absolute_url(path: str) -> str:
    """The full address of a page of the portal, for readers outside it."""
    return f"{settings.SITE_URL}{path}"

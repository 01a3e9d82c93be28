"""What every template of the site may use."""

from django.conf import settings


def site(request) -> dict:
    """What every template may know of the site; nothing about who reads, so that public pages can be cached."""
    return {"site_url": settings.SITE_URL, "demo": settings.DEMO}

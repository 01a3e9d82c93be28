"""Context of all templates."""

from django.conf import settings


def site(request) -> dict:
    """`site_url`, `demo` and `contact_email`. Nothing about the reader, so that public pages can be cached."""
    return {"site_url": settings.SITE_URL, "demo": settings.DEMO, "contact_email": settings.CONTACT_EMAIL}

"""What pages that show the whole network depend on, for the fragments that they are made of."""

from django.conf import settings
from django.utils import timezone

from scn_portal.base import generation


def version() -> str:
    """What such a fragment varies on: everything public, and the day, which decides what is due. One query.

    Read it before anything that the fragment shows. "" where fragments are not kept, without a query.
    """
    return f"{generation.current().number}/{timezone.localdate()}" if settings.FRAGMENTS else ""

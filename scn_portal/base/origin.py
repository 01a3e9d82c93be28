"""The author of a text: the city that it is about, or the portal's team, from public sources."""

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class Origin(TextChoices):
    COMPILED = (
        "compiled",
        gettext_lazy("Compiled by the portal’s team from public sources; not yet confirmed by the city"),
    )
    CITY = "city", gettext_lazy("Written by the city")


def byline(origin: Origin, city: str) -> str:
    """A line about the author, in the active language, with the name of the city."""
    if origin == Origin.CITY:
        return _("Written by %(city)s") % {"city": city}
    return _("Compiled by the portal’s team from public sources; not yet confirmed by %(city)s") % {"city": city}


def portal_team() -> str:
    """The author of compiled texts, in the active language."""
    return _("Strong Cities Network portal team")

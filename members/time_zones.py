"""The time zones from which a person chooses."""

import zoneinfo
from functools import cache

from django.utils.translation import gettext_lazy as _

# The parts of the world in the names of the IANA database. Names without one of them are older spellings.
AREAS = {
    "Africa": _("Africa"),
    "America": _("America"),
    "Antarctica": _("Antarctica"),
    "Arctic": _("Arctic"),
    "Asia": _("Asia"),
    "Atlantic": _("Atlantic"),
    "Australia": _("Australia"),
    "Europe": _("Europe"),
    "Indian": _("Indian Ocean"),
    "Pacific": _("Pacific"),
}


@cache
def known_time_zones() -> set[str]:
    """Every name of the IANA database. Cached, because it opens hundreds of files."""
    return zoneinfo.available_timezones()


@cache
def _names() -> list[str]:
    return sorted(name for name in known_time_zones() if name.partition("/")[0] in AREAS and "/" in name)


def time_zone_choices(current: str = "") -> list:
    """The choices of a field: UTC, then each area with its places; also `current`, if it is an older spelling."""
    known = {"UTC", *_names()}
    choices: list = [(name, name) for name in ["UTC", current] if name == "UTC" or (name and name not in known)]
    for area, label in AREAS.items():
        places = [name for name in _names() if name.startswith(f"{area}/")]
        choices.append((label, [(name, _place(name)) for name in places]))
    return choices


def _place(name: str) -> str:
    """“America/Argentina/Buenos_Aires” as “Argentina, Buenos Aires”."""
    return ", ".join(part.replace("_", " ") for part in name.split("/")[1:])

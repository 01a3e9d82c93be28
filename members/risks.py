"""What in the texts of a city could put somebody at risk: `scn_portal.base.risks`, with the names known here.

Whoever publishes words of a city asks it first: a practice before it is submitted, a pledge and an update before they
are public.
"""

from collections.abc import Collection, Iterable

from members.models import City, User
from scn_portal.base.risks import Risk, risks_in


def names_known() -> list[str]:
    """The names of the people with an account here. Whoever reads a hit is told that it is a name, never whose account
    it is."""
    return list(User.objects.filter(is_active=True).values_list("name", flat=True))


def risks_of(texts: Iterable[str], city: City, names: Collection[str] | None = None) -> list[Risk]:
    """What `texts` of `city` hold, each once. `names`: those to look for, by default `names_known()`."""
    names = names_known() if names is None else names
    found = [risk for text in texts if text for risk in risks_in(text, country=str(city.country), names=names)]
    return list({risk.key: risk for risk in found}.values())

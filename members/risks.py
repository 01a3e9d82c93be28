"""What in the texts of a city could put somebody at risk: `scn_portal.base.risks`, with the names known here.

Whoever publishes words of a city asks it first: a practice before it is submitted, a pledge and an update before they
are public.
"""

from collections.abc import Iterable

from members.models import City, User
from scn_portal.base.risks import Risk, risks_in


def risks_of(texts: Iterable[str], city: City) -> list[Risk]:
    """What `texts` of `city` hold, each once. Names are those of people with an account here; whoever reads a hit is
    told that it is a name, never whose account it is."""
    names = list(User.objects.filter(is_active=True).values_list("name", flat=True))
    found = [risk for text in texts if text for risk in risks_in(text, country=str(city.country), names=names)]
    return list({risk.key: risk for risk in found}.values())

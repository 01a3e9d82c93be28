"""What in the texts of a city could put somebody at risk: `scn_portal.base.risks`, with the names of people here.

Every text of a city is checked before it is published: a practice before it is submitted, a pledge and an update before
they become public.
"""

import unicodedata
from collections.abc import Collection, Iterable

from django.db.models import F, TextField, Value

from members.models import City, User
from scn_portal.base.risks import Risk, risks_in
from scn_portal.base.search.plain import Words


def names_in(texts: Iterable[str]) -> list[str]:
    """The names of people with an active account whose words are all in `texts`, in any order.

    The database searches for them, so the other names never leave it. Readers of a hit learn that it is a name, but
    never whose account it is.
    """
    words = " ".join(unicodedata.normalize("NFKC", text).replace("\0", " ") for text in texts if text)
    named = User.objects.filter(is_active=True).alias(words=Words(F("name")))
    # With a space at each end, as a name may have, so that both have an empty word.
    written = Words(Value(f" {words} ", output_field=TextField()))
    return list(named.filter(words__contained_by=written).values_list("name", flat=True).distinct())


def risks_of(texts: Iterable[str], city: City, names: Collection[str] | None = None) -> list[Risk]:
    """The risks in `texts` of `city`, each once. `names` are the names to look for; by default, `names_in(texts)`."""
    texts = list(texts)
    names = names_in(texts) if names is None else names
    found = [risk for text in texts if text for risk in risks_in(text, country=str(city.country), names=names)]
    return list({risk.key: risk for risk in found}.values())

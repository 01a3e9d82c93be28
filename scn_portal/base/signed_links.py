"""Signed values in the links of mails: the one door for making and reading them.

Mails are kept for years, and a reader may leave the newsletter with any of them. So these links have a key of their
own, `LINKS_KEY`, that stays when SECRET_KEY is changed.
"""

import datetime as dt
from typing import Any

from django.conf import settings
from django.core import signing


def sign(value: Any, *, salt: str) -> str:
    """`value`, of anything that JSON holds, as a token for an address. `salt` names what the token is for."""
    return signing.dumps(value, key=settings.LINKS_KEY, salt=salt)


def read(token: str, *, salt: str, max_age: dt.timedelta | None = None) -> Any | None:
    """The value that `token` was signed for; None where it is forged, made for something else, or older than `max_age`.

    Links mailed before there was a LINKS_KEY were signed with SECRET_KEY: they count as long as that key is known.
    """
    former = [*settings.LINKS_KEY_FALLBACKS, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    try:
        return signing.loads(token, key=settings.LINKS_KEY, salt=salt, max_age=max_age, fallback_keys=former)
    except signing.BadSignature:
        return None

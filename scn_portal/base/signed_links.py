"""Signed values in the links of mails: only these functions make and read them.

Mails are kept for years, and a reader may leave the newsletter with any of them. So these links have their own key,
`LINKS_KEY`, that stays when SECRET_KEY is changed.
"""

import datetime as dt
from typing import Any

from django.conf import settings
from django.core import signing


def sign(value: Any, *, salt: str) -> str:
    """`value`, which must be valid for JSON, as a token for an address. `salt` names the purpose of the token."""
    return signing.dumps(value, key=settings.LINKS_KEY, salt=salt)


def read(token: str, *, salt: str, max_age: dt.timedelta | None = None) -> Any | None:
    """The value in `token`; None if it is forged, was made for another purpose, or is older than `max_age`.

    Links mailed before there was a LINKS_KEY were signed with SECRET_KEY; they stay valid as long as that key is known.
    """
    former = [*settings.LINKS_KEY_FALLBACKS, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    try:
        return signing.loads(token, key=settings.LINKS_KEY, salt=salt, max_age=max_age, fallback_keys=former)
    except signing.BadSignature:
        return None

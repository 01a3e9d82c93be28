"""A code of an authenticator app works once. allauth keeps the used ones in the cache; here, PostgreSQL keeps them."""

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings
from allauth.mfa.totp.internal.auth import TOTP

from scn_portal.base import limits
from scn_portal.base.limits import Limit, TooMany


def _once() -> Limit:
    """Once as long as a code is accepted: in its own half minute, and in those tolerated before and after it."""
    lifetime = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
    return Limit("each code of an app", 1, lifetime * limits.SECOND)


def use(user_id: int, code: str) -> bool:
    """Use up `code` of the app of this person; False if it was used before."""
    try:
        limits.use((_once(), f"{user_id}:{normalize_user_code(code)}"))
    except TooMany:
        return False
    return True


def was_used(user_id: int, code: str) -> bool:
    return limits.retry_after(_once(), f"{user_id}:{normalize_user_code(code)}") is not None


def keep_in_the_database() -> None:
    """Make allauth use this module. It has no setting for that, and its cache may be away."""
    TOTP._mark_code_used = lambda self, code: use(self.instance.user_id, code)

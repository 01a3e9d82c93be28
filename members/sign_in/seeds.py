"""The secrets of second steps. The database has them encrypted with a key that it does not have.

`SECOND_FACTOR_KEY` encrypts; it and the `SECOND_FACTOR_KEY_FALLBACKS` decrypt. Secrets that were stored before there
was a key are read as they are, until `encrypt_again` has run.
"""

from base64 import urlsafe_b64encode
from hashlib import sha256

from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction

# Every Fernet token begins with this: its version, and the first bytes of a time before the year 2242. The secrets of
# allauth have only capital letters and digits, or hexadecimal digits.
TOKEN = "gAAAA"
# The keys of secrets in the data of an authenticator; a passkey has only its public key.
SECRET = ("secret", "seed", "migrated_codes")


class UnknownKey(Exception):
    """A secret was encrypted with a key that is no longer in the settings."""


def encrypt(text: str) -> str:
    return _keys().encrypt(text.encode()).decode()


def decrypt(stored: str) -> str:
    """The secret that was stored as `stored`. Raises UnknownKey."""
    if not stored.startswith(TOKEN):
        return stored
    try:
        return _keys().decrypt(stored.encode()).decode()
    except InvalidToken as error:
        raise UnknownKey("A second step needs a key that SECOND_FACTOR_KEY_FALLBACKS does not name.") from error


@transaction.atomic
def encrypt_again() -> int:
    """Encrypt every secret with the first key. Returns how many authenticators were written. Raises UnknownKey."""
    with_secret = Authenticator.objects.select_for_update().exclude(type=Authenticator.Type.WEBAUTHN)
    for authenticator in with_secret:
        for name in SECRET:
            if stored := authenticator.data.get(name):
                authenticator.data[name] = _again(stored)
        authenticator.save(update_fields=["data"])
    return len(with_secret)


def _again(stored: str | list[str]) -> str | list[str]:
    return encrypt(decrypt(stored)) if isinstance(stored, str) else [encrypt(decrypt(each)) for each in stored]


def _keys() -> MultiFernet:
    given = [settings.SECOND_FACTOR_KEY, *settings.SECOND_FACTOR_KEY_FALLBACKS]
    return MultiFernet([Fernet(urlsafe_b64encode(sha256(key.encode()).digest())) for key in given])

"""Limits on tries to get into an account, and on requests for mails about an account.

They count by account and by network, never by what a request claims about its host or its proxies. Strangers who guess
use up only the tries of strangers: the owner has separate tries in a browser that knows them.
"""

import logging
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from allauth.account.internal.userkit import filter_users_by_email
from django.http import HttpRequest

from members.models import User
from members.sign_in import known_browser
from scn_portal.base import limits
from scn_portal.base.limits import Limit, TooMany, network_of

logger = logging.getLogger(__name__)

# Each limit is a row in the table of docs/operations.md.
PASSWORDS = Limit("passwords, an account", 10, limits.HOUR)
PASSWORDS_KNOWN = Limit("passwords, a known browser", 10, 15 * limits.MINUTE)
PASSWORDS_AGAIN = Limit("passwords, signed in", 10, 15 * limits.MINUTE)
SIGN_INS = Limit("wrong sign-ins, a network", 60, 10 * limits.MINUTE)
CODES = Limit("second step, an account", 10, 15 * limits.MINUTE)
CODES_KNOWN = Limit("second step, a known browser", 10, 15 * limits.MINUTE)
PASSWORD_RESETS = Limit("password resets, an address", 3, limits.HOUR)
PASSWORD_RESETS_KNOWN = Limit("password resets, a known browser", 3, limits.HOUR)
# Also by network, so that nobody uses up the codes for which the owner may ask from another network.
SIGN_IN_CODES = Limit("sign-in codes, account and network", 5, limits.HOUR)
SIGN_IN_CODES_IN_ALL = Limit("sign-in codes, an account", 20, limits.HOUR)
SIGN_IN_CODES_KNOWN = Limit("sign-in codes, a known browser", 5, limits.HOUR)
CONFIRMATIONS = Limit("mails to confirm an address", 3, limits.HOUR)
ACCOUNT_FORMS = Limit("forms of accounts, a network", 60, limits.HOUR)
OWN_CHANGES = Limit("changes of one’s own account", 20, 15 * limits.MINUTE)

Uses = list[tuple[Limit, str]]


def account_of(typed: str) -> tuple[User | None, str]:
    """The account of a typed address, if any, and the key of its limits: the same for all spellings and addresses."""
    address = unicodedata.normalize("NFKC", typed).strip().casefold()
    users = filter_users_by_email(address, prefer_verified=True) if "\0" not in address else []
    return (users[0], f"user:{users[0].pk}") if users else (None, f"address:{address}")


@contextmanager
def password_of(request: HttpRequest, typed: str) -> Iterator[list[User]]:
    """For the check of one password for the address `typed`. Append the user if it was right; then it does not count.

    Raises TooMany before anything is checked.
    """
    user, key = account_of(typed)
    number = known_browser.number(request, user)
    uses: Uses = (
        [(PASSWORDS_KNOWN, f"{key}:{number}")] if number else [(PASSWORDS, key), (SIGN_INS, network_of(request))]
    )
    yield from _counted(uses)


@contextmanager
def password_again(user: User) -> Iterator[list[User]]:
    """The same for somebody who is signed in, whose tries no stranger can use up."""
    yield from _counted([(PASSWORDS_AGAIN, str(user.pk))])


@contextmanager
def code_of(request: HttpRequest, user: User) -> Iterator[list[User]]:
    """The same for the check of a code of the second step."""
    number = known_browser.number(request, user)
    yield from _counted([(CODES_KNOWN, f"{user.pk}:{number}") if number else (CODES, str(user.pk))])


def password_reset(request: HttpRequest, typed: str) -> None:
    """Count a request for a link to choose another password. Raises TooMany."""
    user, key = account_of(typed)
    number = known_browser.number(request, user)
    about = (PASSWORD_RESETS_KNOWN, f"{key}:{number}") if number else (PASSWORD_RESETS, key)
    limits.use(about, (ACCOUNT_FORMS, network_of(request)))


def sign_in_code(request: HttpRequest, typed: str) -> None:
    """Count a request for a code by mail to sign in. Raises TooMany."""
    user, key = account_of(typed)
    network = network_of(request)
    if number := known_browser.number(request, user):
        limits.use((SIGN_IN_CODES_KNOWN, f"{key}:{number}"))
    else:
        from_here = (SIGN_IN_CODES, f"{key} {network}")
        limits.use(from_here, (SIGN_IN_CODES_IN_ALL, key), (ACCOUNT_FORMS, network))


def may_confirm(address: str) -> bool:
    """Count a mail that asks to confirm `address`; False if there were too many."""
    try:
        limits.use((CONFIRMATIONS, address.casefold()))
    except TooMany:
        return False
    return True


def form_of_accounts(request: HttpRequest) -> None:
    """Count a form that a stranger sends. Raises TooMany."""
    limits.use((ACCOUNT_FORMS, network_of(request)))


def own_change(user: User) -> None:
    """Count a change that `user` makes to their own account. Raises TooMany."""
    limits.use((OWN_CHANGES, str(user.pk)))


def forget(user: User) -> None:
    """Forget the passwords that were guessed for `user`, who has a new password."""
    limits.forget(PASSWORDS, f"user:{user.pk}")


def _counted(uses: Uses) -> Iterator[list[User]]:
    limits.use(*uses)
    right: list[User] = []
    try:
        yield right
    finally:
        if not right:
            limit, key = uses[0]
            account = "-" if key.startswith("address:") else key.removeprefix("user:").partition(":")[0]
            logger.warning("Account %s: wrong (%s)", account, limit.name)
    if right:
        limits.give_back(*uses)

"""Signing in with the real forms: with a password, and with the code of an app."""

import time

from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.contrib.auth.hashers import MD5PasswordHasher

from tests.factories import PASSWORD

LOGIN = "/en/accounts/login/"


class CountingHasher(MD5PasswordHasher):
    """Counts the passwords that reach a hasher. Named in PASSWORD_HASHERS."""

    reached = 0

    def encode(self, password, salt, *args, **kwargs):
        CountingHasher.reached += 1
        return super().encode(password, salt, *args, **kwargs)


def app_of(user) -> str:
    """Give `user` an authenticator app; returns its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def code_of(secret: str, later: int = 0) -> str:
    """The code that the app shows now, or `later` half minutes later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + later))


def with_password(client, user, password: str = PASSWORD, **extra):
    """Send the form with a password; `extra` are headers and values of the WSGI environment."""
    return client.post(LOGIN, {"login": user.email, "password": password}, **extra)


def sign_in(client, user, secret: str = "", next_to: str = ""):
    """Sign in, with the second step if there is a `secret`. Returns the last answer."""
    form = {"login": user.email, "password": PASSWORD} | ({"next": next_to} if next_to else {})
    answer = client.post(LOGIN, form)
    if secret:
        answer = client.post(answer.url, {"code": code_of(secret)})
    return answer

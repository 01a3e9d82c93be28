"""Forgetting sign-ins: sessions that have ended, and the addresses and browsers from which they were used."""

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.utils import timezone


def forget() -> int:
    """Delete the sessions that have expired, and allauth's rows about sessions that are gone. Returns how many rows.

    Signing out and ending a session delete the session at once; allauth keeps its row until somebody opens its list.
    """
    Session.objects.filter(expire_date__lte=timezone.now()).delete()
    deleted, _by_model = UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    return deleted

"""What is forgotten of sign-ins: a session that has ended, and the address and browser it was used from."""

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.utils import timezone


def forget() -> int:
    """Delete the sessions that have expired, and what allauth noted of each that is gone. Returns how many of those.

    Signing out and ending a session delete the session at once; allauth keeps its note until somebody looks.
    """
    Session.objects.filter(expire_date__lte=timezone.now()).delete()
    deleted, _by_model = UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    return deleted

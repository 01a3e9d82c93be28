"""Checks whether the addresses that a text gives as its sources still answer.

Only a worker does this, never a request of a reader. It connects only to hosts on the public internet, at the very IP
address that was checked, so that nobody can point it at machines behind the portal.
"""

import datetime as dt
import http.client
import ipaddress
import socket
import ssl
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.utils import timezone

from practices.choices import Status
from practices.models import Revision, SourceCheck

Outcome = SourceCheck.Outcome
LOOK_AGAIN_AFTER = dt.timedelta(days=7)
MAX_A_RUN, MAX_REDIRECTS, TIMEOUT = 20, 5, 5
REDIRECTS = (301, 302, 303, 307, 308)
GONE = (404, 410)


class NotPublic(Exception):
    """The host is not on the public internet."""


def check_due() -> int:
    """Check addresses in the texts that wait at the desk, unless they were checked lately; returns how many were
    checked."""
    if not settings.CHECK_SOURCES:
        return 0
    due = _addresses() - set(_known_since(timezone.now() - LOOK_AGAIN_AFTER))
    for address in sorted(due)[:MAX_A_RUN]:
        found = {"outcome": look_at(address), "checked_at": timezone.now()}
        SourceCheck.objects.update_or_create(address=address, defaults=found)
    return min(len(due), MAX_A_RUN)


def dead_among(addresses: list[str]) -> list[str]:
    """The `addresses` that were dead when the worker last checked them, in the same order."""
    dead = SourceCheck.objects.filter(address__in=addresses, outcome=Outcome.DEAD)
    return sorted(dead.values_list("address", flat=True), key=addresses.index)


def _addresses() -> set[str]:
    waiting = Revision.objects.filter(status__in=[Status.SUBMITTED, Status.SCHEDULED])
    rows = waiting.values_list("sources", "website")
    return {address for sources, website in rows for address in (*sources, website) if address}


def _known_since(moment: dt.datetime):
    return SourceCheck.objects.filter(checked_at__gte=moment).values_list("address", flat=True)


def look_at(address: str) -> Outcome:
    """Follow the redirects of `address`. It is dead only if its host name does not exist, the connection is refused, or
    the server says that the page is gone; any other error is unclear."""
    try:
        for _step in range(MAX_REDIRECTS):
            status, target = _ask(address)
            if status not in REDIRECTS or not target:
                return Outcome.DEAD if status in GONE else Outcome.FOUND if status < 400 else Outcome.UNCLEAR
            address = urljoin(address, target)
    except (socket.gaierror, ConnectionRefusedError):
        return Outcome.DEAD
    except (OSError, http.client.HTTPException, NotPublic, ValueError):
        return Outcome.UNCLEAR
    return Outcome.UNCLEAR


def _ask(address: str) -> tuple[int, str]:
    """The status of the answer, and the target of a redirect ("" if there is none)."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NotPublic
    port = parts.port or (443 if parts.scheme == "https" else 80)
    connection = _connected(parts.scheme, parts.hostname, port)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers={"User-Agent": f"SCN-portal (+{settings.SITE_URL})"})
        response = connection.getresponse()
        return response.status, response.getheader("Location") or ""
    finally:
        connection.close()


def _connected(scheme: str, host: str, port: int) -> http.client.HTTPConnection:
    """A connection to the IP address that was checked, so that the name is not resolved a second time."""
    sock = socket.create_connection((_public_ip(host, port), port), timeout=TIMEOUT)
    if scheme == "https":
        sock = ssl.create_default_context().wrap_socket(sock, server_hostname=host)
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
    connection.sock = sock
    return connection


def _public_ip(host: str, port: int) -> str:
    found = [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    public = [ip for ip in found if ipaddress.ip_address(ip).is_global or ip in settings.SOURCE_HOSTS_OF_TESTS]
    if not public:
        raise NotPublic
    return public[0]

"""Telling the caches before the portal that an address has changed, in the way that each supports.

nginx fetches the answer again and replaces the old one; Varnish deletes what it has. Both accept this only from the
addresses named in their configuration. A take-down needs none of this: see docs/operations.md, “Caching”.
"""

import http.client
import socket
import ssl
from collections.abc import Iterable, Iterator
from urllib.parse import SplitResult, quote, urlsplit

from django.conf import settings

SECONDS = 60
# nginx keeps one answer for each encoding.
CODINGS = ("gzip", "identity")


class NotPurgedError(Exception):
    """A cache refused or failed; the message says which one, and what it answered."""


def purge(addresses: Iterable[str]) -> Iterator[str]:
    """Make every cache of PURGE_CACHES forget `addresses`, paths with their query. Yields what was done, in words.

    Raises NotPurgedError at the first cache that refuses or fails.
    """
    for address in addresses:
        path = quote(address, safe="/?&=%+~:,@")
        for cache in settings.PURGE_CACHES:
            parts = urlsplit(cache)
            yield f"{address}: {_nginx(parts, path) if parts.scheme.startswith('nginx') else _varnish(parts, path)}"


def _nginx(cache: SplitResult, path: str) -> str:
    statuses = []
    for coding in CODINGS:
        status, did = _ask(cache, "GET", path, {"X-Refresh": "yes", "Accept-Encoding": coding})
        if did != "BYPASS":
            raise NotPurgedError(f"{cache.netloc} answered {status}, {did or 'and keeps nothing'}: see PROXY_OPERATOR.")
        if status >= 500:
            raise NotPurgedError(f"{cache.netloc} keeps what it has: the portal answered {status}.")
        statuses.append(status)
    return f"{cache.netloc} fetched it anew ({statuses[0]})"


def _varnish(cache: SplitResult, path: str) -> str:
    status, _did = _ask(cache, "PURGE", path, {})
    if status != 200:
        raise NotPurgedError(f"{cache.netloc} answered {status}: see PROXY_OPERATOR.")
    return f"{cache.netloc} forgot it"


def _ask(cache: SplitResult, method: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
    """The status, and the action that the cache reports."""
    host = urlsplit(settings.SITE_URL).netloc
    tls = cache.scheme.endswith("https")
    asked = http.client.HTTPConnection(str(cache.hostname), cache.port or (443 if tls else 80), timeout=SECONDS)
    try:
        if tls:
            asked.sock = _encrypted(cache, str(urlsplit(settings.SITE_URL).hostname))
        asked.request(method, path, headers={"Host": host, **headers})
        answer = asked.getresponse()
        answer.read()
        return answer.status, answer.headers.get("X-Cache", "")
    except OSError as error:
        raise NotPurgedError(f"{cache.netloc}: {error}") from error
    finally:
        asked.close()


def _encrypted(cache: SplitResult, site: str) -> ssl.SSLSocket:
    """A connection to the cache at its own address, which shows the certificate of the site."""
    plain = socket.create_connection((str(cache.hostname), cache.port or 443), SECONDS)
    return ssl.create_default_context().wrap_socket(plain, server_hostname=site)

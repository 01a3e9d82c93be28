"""Limits on how often something may be done, in all or per key (a person, an address or a network), in PostgreSQL.

A limit counts the uses within a period that ends now, to the second: nobody gets twice as many by waiting for the next
hour to begin. It holds across processes and machines, and while Redis is away.
"""

import datetime as dt
import hmac
import ipaddress
from hashlib import sha256
from typing import NamedTuple

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest
from django.utils import timezone

from scn_portal.base.models import LimitedUse

SECOND, MINUTE, HOUR, DAY = (
    dt.timedelta(seconds=1),
    dt.timedelta(minutes=1),
    dt.timedelta(hours=1),
    dt.timedelta(days=1),
)

# The uses that still count, in a row that may also have older ones.
RECENT = "ARRAY(SELECT moment FROM unnest(kept.moments) AS moment WHERE moment > %(since)s ORDER BY moment)"
USE = f"""
    INSERT INTO base_limiteduse AS kept ("limit", key, moments, forgotten_at)
    VALUES (%(limit)s, %(key)s, ARRAY[%(now)s::timestamptz], %(forgotten)s)
    ON CONFLICT ("limit", key) DO UPDATE
        SET moments = {RECENT} || %(now)s::timestamptz, forgotten_at = %(forgotten)s
        WHERE cardinality({RECENT}) < %(most)s
    RETURNING id
"""

GIVE_BACK = """
    UPDATE base_limiteduse SET moments = moments[:cardinality(moments) - 1] WHERE "limit" = %s AND key = %s
"""


class Limit(NamedTuple):
    """At most `most` uses within `within`. `name` is also the name of its row in the table of docs/operations.md."""

    name: str
    most: int
    within: dt.timedelta


class TooMany(Exception):
    """A limit is reached; there is room again after `retry_after` seconds."""

    def __init__(self, limit: Limit, retry_after: int):
        super().__init__(f"{limit.name}: try again in {retry_after} seconds")
        self.limit, self.retry_after = limit, retry_after


def use(*uses: tuple[Limit, str]) -> None:
    """Count one use under each limit, by its key; if one of them is reached, under none.

    Each row is locked until the transaction ends. So call it outside a transaction, with the most widely shared limit
    last. Raises TooMany.
    """
    if len(uses) == 1:  # one statement is atomic by itself, which saves a page two more
        [(limit, key)] = uses
        return _use(limit, _hashed(key))
    with transaction.atomic():
        for limit, key in uses:
            _use(limit, _hashed(key))
    return None


def give_back(*uses: tuple[Limit, str]) -> None:
    """Count one use less under each limit, for uses that were counted beforehand and turned out not to count."""
    with transaction.atomic(), connection.cursor() as cursor:
        for limit, key in uses:
            cursor.execute(GIVE_BACK, [limit.name, _hashed(key)])


def retry_after(limit: Limit, key: str) -> int | None:
    """The seconds until there is room again; None if there is room now. Counts nothing."""
    return _retry_after(limit, _hashed(key))


def forget(limit: Limit, key: str) -> None:
    """Forget all uses of this key, for example after a new password."""
    LimitedUse.objects.filter(limit=limit.name, key=_hashed(key)).delete()


def forget_old() -> int:
    """Delete the rows without uses that still count. Returns how many."""
    return LimitedUse.objects.filter(forgotten_at__lte=timezone.now()).delete()[0]


def network_of(request: HttpRequest) -> str:
    """The network from which the request comes, according to our own proxies, as a key: /24 for IPv4, /48 for IPv6."""
    address = ipaddress.ip_address(client_address(request))
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False))


def client_address(request: HttpRequest) -> str:
    """The address before our own proxies, from the account adapter; 0.0.0.0 for a socket, which has no address."""
    try:
        return str(ipaddress.ip_address(get_adapter().get_client_ip(request)))
    except ValueError:
        return "0.0.0.0"


def _use(limit: Limit, key: str) -> None:
    now = timezone.now()
    values: dict[str, str | int | dt.datetime] = {"limit": limit.name, "key": key, "most": limit.most, "now": now,
              "since": now - limit.within, "forgotten": now + limit.within}  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(USE, values)
        if cursor.fetchone() is None:
            raise TooMany(limit, _retry_after(limit, key) or 1)


def _retry_after(limit: Limit, key: str) -> int | None:
    now = timezone.now()
    rows = LimitedUse.objects.filter(limit=limit.name, key=key).values_list("moments", flat=True)
    recent = [moment for moments in rows for moment in moments if moment > now - limit.within]
    if len(recent) < limit.most:
        return None
    seconds = (sorted(recent)[-limit.most] + limit.within - now).total_seconds()
    return max(1, -int(-seconds // 1))


def _hashed(key: str) -> str:
    """A keyed hash of `key`, so that the table names no person and no address."""
    return hmac.new(f"limits:{settings.SECRET_KEY}".encode(), key.encode(), sha256).hexdigest()

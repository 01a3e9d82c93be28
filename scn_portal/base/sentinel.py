"""Redis behind Sentinel: several servers, one of which is the master, and sentinels who know which.

`sentinel://user:password@one:26379,two:26379,three:26379/0?master=portal` is database 0 of the master `portal`. User
and password, if any, are those of Redis, and `&sentinel_password=` that of the sentinels. The settings import this, so
it imports nothing of Django.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelConnectionPool

SCHEME = "sentinel://"
PORT = 26379
# A sentinel that does not answer is skipped, since there are others. By default clients retry for seconds.
PATIENCE = {"socket_timeout": 2, "socket_connect_timeout": 1}


@dataclass(frozen=True)
class Address:
    """The parts of a URL of sentinels."""

    sentinels: tuple[tuple[str, int], ...]
    master: str
    database: int
    credentials: dict[str, str]
    sentinel_credentials: dict[str, str]

    @property
    def of_sentinels(self) -> dict[str, Any]:
        """The options for a client of a sentinel."""
        return PATIENCE | {"retry": Retry(NoBackoff(), 0)} | self.sentinel_credentials


def parse(url: str) -> Address:
    """The parts of `url`. Raises ValueError if it is not such an address."""
    parts = urlsplit(url)
    who, _, hosts = parts.netloc.rpartition("@")
    each = [urlsplit(f"//{host}") for host in hosts.split(",")]
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    database = parts.path.strip("/") or "0"
    if f"{parts.scheme}://" != SCHEME or not all(one.hostname for one in each) or not query.get("master"):
        raise ValueError("give sentinel://host:26379,host:26379/0?master=NAME.")
    user, _, password = (unquote(part) for part in who.partition(":"))
    said = {"username": user, "password": password}
    secret = query.get("sentinel_password", "")
    return Address(
        sentinels=tuple((one.hostname or "", one.port or PORT) for one in each),
        master=query["master"],
        database=int(database),
        credentials={name: value for name, value in said.items() if value},
        sentinel_credentials={"password": secret} if secret else {},
    )


class Pool(SentinelConnectionPool):
    """Connections to the current master, for Django's cache (`pool_class` in its OPTIONS)."""

    @classmethod
    def from_url(cls, url: str, **options: Any) -> "Pool":
        address = parse(url)
        patience = {name: options[name] for name in PATIENCE if name in options}
        sentinels = Sentinel(address.sentinels, sentinel_kwargs=address.of_sentinels | patience)
        return cls(address.master, sentinels, db=address.database, **address.credentials, **options)


def cache_options(url: str) -> dict[str, Any]:
    """The OPTIONS that Django's cache needs in addition to the address."""
    return {"pool_class": Pool} if url.startswith(SCHEME) else {}


def broker(url: str) -> tuple[str, dict[str, Any]]:
    """The address of the queue in Celery's notation, and the transport options that it needs."""
    if not url.startswith(SCHEME):
        # redis-py and Celery write the URL of a socket differently.
        return url.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host="), {}
    address = parse(url)
    said = ":".join(quote(address.credentials.get(name, ""), safe="") for name in ("username", "password"))
    who = f"{said}@" if address.credentials else ""
    each = [f"{SCHEME}{who}{_bracketed(host)}:{port}/{address.database}" for host, port in address.sentinels]
    return ";".join(each), {"master_name": address.master, "sentinel_kwargs": address.of_sentinels}


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host

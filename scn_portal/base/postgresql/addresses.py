"""The address of PostgreSQL: one server, or several of which one accepts writes.

The settings import this, so it imports nothing of Django.
"""

from typing import Any
from urllib.parse import unquote, urlsplit

import dj_database_url
import psycopg

_last: tuple[str, str] | None = None  # host and port of the server that this process reached last


def parse(url: str, **options: Any) -> Any:
    """The entry of DATABASES for `url`, made by dj-database-url; also for several hosts, in the notation of libpq:
    `postgres://user@one:5432,two:5432/scn?target_session_attrs=read-write`. Raises ValueError if it is not such an
    address."""
    scheme, _, rest = url.partition("://")
    netloc, slash, path = rest.partition("/")
    who, at, hosts = netloc.rpartition("@")
    if "," not in hosts:
        return dj_database_url.parse(url, **options)
    each = [urlsplit(f"//{host}") for host in hosts.split(",")]
    return dj_database_url.parse(f"{scheme}://{who}{at}several{slash}{path}", **options) | {
        "HOST": ",".join(unquote(one.hostname or "") for one in each),
        "PORT": ",".join(str(one.port or 5432) for one in each),
    }


def last_to_answer_first(parameters: dict[str, Any]) -> dict[str, Any]:
    """`parameters` of a connection, with the server that this process reached last before the others. Otherwise, each
    connection would wait for a server that is dead."""
    servers = list(zip(*(str(parameters.get(name, "")).split(",") for name in ("host", "port")), strict=False))
    if len(servers) < 2 or _last not in servers:
        return parameters
    servers.sort(key=lambda server: server != _last)
    hosts, ports = zip(*servers, strict=True)
    return parameters | {"host": ",".join(hosts), "port": ",".join(ports)}


def answered(connection: psycopg.Connection) -> None:
    """Note that this server accepted a connection."""
    global _last
    _last = (connection.info.host, str(connection.info.port))

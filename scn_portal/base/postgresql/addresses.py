"""Where PostgreSQL is: one server, or several of which one takes writes.

The settings import this, so it imports nothing of Django.
"""

from typing import Any
from urllib.parse import unquote, urlsplit

import dj_database_url
import psycopg

_last: tuple[str, str] | None = None  # host and port of the server that this process has reached last


def parse(url: str, **options: Any) -> Any:
    """The entry of DATABASES for `url`, as dj-database-url makes it; also for several hosts, as libpq takes them:
    `postgres://user@one:5432,two:5432/scn?target_session_attrs=read-write`. ValueError where it is no such address."""
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
    """`parameters` of a connection, with the server that this process has reached last in front of the others: one that
    is dead would be waited for at each connection."""
    servers = list(zip(*(str(parameters.get(name, "")).split(",") for name in ("host", "port")), strict=False))
    if len(servers) < 2 or _last not in servers:
        return parameters
    servers.sort(key=lambda server: server != _last)
    hosts, ports = zip(*servers, strict=True)
    return parameters | {"host": ",".join(hosts), "port": ",".join(ports)}


def answered(connection: psycopg.Connection) -> None:
    """Note that this server took a connection."""
    global _last
    _last = (connection.info.host, str(connection.info.port))

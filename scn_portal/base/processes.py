"""The name of a process in history, for changes without a person: `task:publish_scheduled`.

It is a setting of the database session (`scn.process`), or, behind a pooler, of each transaction
(`postgresql/pooled.py`), and `_pgh_attach_context()` records it. Without a name, history has the role of the database:
`role:scn_app`.
"""

import getpass
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.pq import TransactionStatus

from scn_portal.base.postgresql.pooled import also_said, is_pooled

_of_this_process = ""
_of_this_thread = threading.local()


def name_this_process(arguments: Sequence[str]) -> None:
    """Set the name from the command line: `shell:<user>`, `command:migrate:<user>`, `web` or `worker`; else none."""
    global _of_this_process
    program, rest = PurePath(arguments[0]), list(arguments[1:])
    if program.name == "manage.py" or program.parts[-2:] == ("django", "__main__.py"):
        command = rest[0] if rest else "help"
        kind = "shell" if command in ("shell", "dbshell") else f"command:{command}"
        _of_this_process = f"{kind}:{_operator()}"
    else:
        _of_this_process = {"granian": "web", "celery": "worker"}.get(program.name, "")


def _operator() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without a name for its user
        return "unknown"


def current() -> str:
    """The current name for changes of this thread; "" for none."""
    return getattr(_of_this_thread, "name", "") or _of_this_process


also_said["scn.process"] = current


@contextmanager
def named(name: str) -> Iterator[None]:
    """Inside the block, history records changes of this thread under `name`."""
    before = getattr(_of_this_thread, "name", "")
    _of_this_thread.name = name
    tell(connection)
    try:
        yield
    finally:
        _of_this_thread.name = before
        tell(connection)


def tell(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Set the name in the database session, or, behind a pooler, in the open transaction. Also a receiver of
    `connection_created`."""
    session, pooled = connection.connection, is_pooled(connection)
    if session is None or session.closed or connection.needs_rollback:
        return
    if pooled and session.info.transaction_status == TransactionStatus.IDLE:
        return  # the next transaction begins with it; those of other clients must not have it
    # Without Django's cursor: this belongs to no transaction of the caller, and does not count as one of its queries.
    session.execute("SELECT set_config('scn.process', %s, %s)", [current(), pooled])

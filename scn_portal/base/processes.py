"""The name under which history keeps what a process changes where no person is named: `task:publish_scheduled`.

The session of the database knows it (`scn.process`), behind a pooler each transaction (`postgresql/pooled.py`), and
`_pgh_attach_context()` writes it down. Without any, history names the role of the database: `role:scn_app`.
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
    """`shell:<user>`, `command:migrate:<user>`, `web` or `worker`, by how it was started; none for anything else."""
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
    """The name that changes of this thread have now; "" for none."""
    return getattr(_of_this_thread, "name", "") or _of_this_process


also_said["scn.process"] = current


@contextmanager
def named(name: str) -> Iterator[None]:
    """What this thread changes meanwhile is kept under `name`."""
    before = getattr(_of_this_thread, "name", "")
    _of_this_thread.name = name
    tell(connection)
    try:
        yield
    finally:
        _of_this_thread.name = before
        tell(connection)


def tell(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Tell the session of the database, behind a pooler the transaction that is open. Also a receiver of
    `connection_created`."""
    session, pooled = connection.connection, is_pooled(connection)
    if session is None or session.closed or connection.needs_rollback:
        return
    if pooled and session.info.transaction_status == TransactionStatus.IDLE:
        return  # the next transaction begins with it; another one, of somebody else, must not
    # Past Django: this belongs to no transaction of the caller, and is not one of its queries.
    session.execute("SELECT set_config('scn.process', %s, %s)", [current(), pooled])

"""How long each kind of process waits for the database. The settings import this, so it imports nothing of Django."""

from dataclasses import dataclass
from typing import Any

BACKEND = "scn_portal.base.postgresql"
# Seconds after the time-out of a statement in which the server can report that it has given up.
MARGIN = 2


@dataclass(frozen=True)
class TimeOuts:
    """Seconds. `connect`: until a connection is made, or a persistent one counts as broken. `lock`: for a row or table
    that somebody else has locked. `statement`: for one statement, by the server's clock. If the server does not answer
    at all, the client gives up MARGIN after that."""

    connect: int
    lock: int
    statement: int

    def put_into(self, database: dict[str, Any], pooler: str = "") -> dict[str, Any]:
        """`database`, an entry of DATABASES, with these time-outs. `options` in its URL come after ours and take
        precedence.

        They are set at the start of a session, or, if `pooler` is "transaction", of each transaction (`pooled.py`),
        since a pooler does not accept them with a connection.
        """
        options = {"connect_timeout": self.connect} | database.get("OPTIONS", {})
        ours = {"lock_timeout": f"{self.lock}s", "statement_timeout": f"{self.statement}s"}
        own = {"ENGINE": BACKEND, "ANSWER_SECONDS": self.statement + MARGIN, "OPTIONS": options}
        if pooler == "transaction":
            own["EACH_TRANSACTION"] = ours
        else:
            said = " ".join(f"-c {name}={value}" for name, value in ours.items())
            options["options"] = f"{said} {options.get('options', '')}".strip()
        return database | own


# Each process that serves pages has four threads, and a page that waits blocks one of them.
WEB = TimeOuts(connect=3, lock=5, statement=15)
# Workers and commands: composing an issue for a million readers is one statement of several minutes.
WORK = TimeOuts(connect=10, lock=60, statement=30 * 60)

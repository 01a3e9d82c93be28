"""How long each kind of process waits for the database. The settings import this, so it imports nothing of Django."""

from dataclasses import dataclass
from typing import Any

BACKEND = "scn_portal.base.postgresql"
# Beyond the end of a statement: what the server itself needs to say that it has given up.
MARGIN = 2


@dataclass(frozen=True)
class TimeOuts:
    """Seconds. `connect`: until a connection is made, or one that was kept is taken for broken. `lock`: for a row or
    table that somebody else holds. `statement`: for one statement, by the server's clock. A server that gives no answer
    at all is given up MARGIN after that."""

    connect: int
    lock: int
    statement: int

    def put_into(self, database: dict[str, Any], pooler: str = "") -> dict[str, Any]:
        """`database`, an entry of DATABASES, with these time-outs. `options` of its URL come after ours, and win.

        A session is told them when it begins. With `pooler` as "transaction" each transaction is (`pooled.py`): a
        pooler does not take them with a connection.
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


# Each process that serves pages has four threads: a page that waits takes one from the others.
WEB = TimeOuts(connect=3, lock=5, statement=15)
# Workers and commands: composing an issue for a million readers is one statement of some minutes.
WORK = TimeOuts(connect=10, lock=60, statement=30 * 60)

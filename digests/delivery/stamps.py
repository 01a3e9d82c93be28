"""Stamping deliveries: each is committed before the next mail leaves."""

import psycopg
from django.db import connection
from django.utils import timezone

from digests.models import Delivery, Outcome
from scn_portal.base.postgresql.pooled import is_pooled


class DeliveryStamper:
    """Stamps deliveries over a connection of its own, which does not wait for the disk. A context manager.

    A worker that is killed loses nothing by that. A database whose machine loses power forgets the last half second;
    those mails then go twice, under the same Message-ID.

    Over the connection of Django a worker sends a tenth less, and other work would not wait for the disk either; with
    two updates of the models it sends less than half (docs/measurements.md). The statement is prepared: planned
    for each mail it takes PostgreSQL three times as long, and Python twice.
    """

    # GREATEST: an issue that is sent late must not set back what its reader has been sent.
    STATEMENT = """
        WITH stamped AS (
            UPDATE digests_delivery SET outcome = %(outcome)s, mailed_at = %(mailed_at)s WHERE id = %(delivery)s
            RETURNING subscription_id
        )
        UPDATE digests_subscription
        SET last_item_id = GREATEST(last_item_id, %(last_item)s),
            refusals = CASE WHEN %(outcome)s = 'sent' THEN 0 ELSE refusals END
        FROM stamped WHERE id = stamped.subscription_id
    """

    def __enter__(self) -> "DeliveryStamper":
        parameters, not_waiting = connection.get_connection_params(), "synchronous_commit = off"
        if is_pooled(connection):  # a session would hand it on to others
            self._statement = f"SET LOCAL {not_waiting}; {self.STATEMENT}"
        else:
            self._statement = self.STATEMENT
            parameters["options"] = f"{parameters.get('options', '')} -c {not_waiting.replace(' ', '')}"
            # Django's own connections put the values into the text of a statement, so that none is like another.
            parameters |= {"cursor_factory": psycopg.Cursor, "prepare_threshold": 0}
        self._connection = psycopg.connect(**parameters, autocommit=True)
        return self

    def __exit__(self, *error) -> None:
        self._connection.close()

    def stamp(self, delivery: Delivery, outcome: Outcome) -> None:
        """Set the outcome of `delivery`, SENT or EMPTY, and the last item of its reader. Raises psycopg.Error."""
        values = {
            "outcome": outcome.value,
            "mailed_at": timezone.now() if outcome == Outcome.SENT else None,
            "delivery": delivery.pk,
            "last_item": delivery.issue.items_until,
        }
        self._connection.execute(self._statement, values)

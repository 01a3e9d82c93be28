"""Stamping deliveries: each is committed before the next mail leaves."""

import psycopg
from django.db import connection
from django.utils import timezone

from digests.models import Delivery, Outcome
from scn_portal.base.postgresql.pooled import is_pooled


class DeliveryStamper:
    """A context manager that stamps deliveries over a connection of its own, which does not wait for the disk.

    If a worker is killed, this loses nothing. If the machine of the database loses power, the last half second is lost,
    and those mails are sent twice, with the same Message-ID.

    Over Django's connection a worker would send a tenth less, and other work would not wait for the disk either. With
    two updates through the models it would send less than half (docs/measurements.md). The statement is prepared: if it
    were planned for each mail, it would take PostgreSQL three times as long, and Python twice as long.
    """

    # GREATEST: an issue that is sent late must not set back the last item of its reader.
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
        if is_pooled(connection):  # a setting of the session would pass to other clients
            self._statement = f"SET LOCAL {not_waiting}; {self.STATEMENT}"
        else:
            self._statement = self.STATEMENT
            parameters["options"] = f"{parameters.get('options', '')} -c {not_waiting.replace(' ', '')}"
            # The cursors of Django put the values into the text of a statement, so that no two texts are equal.
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

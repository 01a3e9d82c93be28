"""Writes what the triggers would have written: the public records, and an event for the insertion of each row.

One statement for each table. Only insertions are written to the history, since pages read these and the table grows by
them.
"""

import json
import uuid

from django.apps import apps
from django.db import connection, models

from scn_portal.base.triggers import LOCK

# The rows that `RecordsPublicRows` records for each table; a test fires the triggers and compares.
_SHOWN_CITY = "city.status <> 'former' AND city.hidden_at IS NULL"
_SHOWN = f"{_SHOWN_CITY} AND pledge.published_at IS NOT NULL AND pledge.taken_down_at IS NULL"
_PUBLIC_ROWS = f"""
    SELECT 'city' AS kind, city.id AS key, city.id AS city_key, '-infinity'::timestamptz AS at
    FROM members_city city WHERE {_SHOWN_CITY}
    UNION ALL
    SELECT 'pledge', pledge.id, city.id, pledge.updated_at
    FROM commitments_pledge pledge JOIN members_city city ON city.id = pledge.city_id WHERE {_SHOWN}
    UNION ALL
    SELECT 'milestone', milestone.id, city.id, pledge.published_at
    FROM commitments_milestone milestone JOIN commitments_pledge pledge ON pledge.id = milestone.pledge_id
    JOIN members_city city ON city.id = pledge.city_id WHERE {_SHOWN} AND milestone.taken_down_at IS NULL
    UNION ALL
    SELECT 'update', report.id, city.id, report.created_at
    FROM commitments_progressupdate report JOIN commitments_pledge pledge ON pledge.id = report.pledge_id
    JOIN members_city city ON city.id = pledge.city_id WHERE {_SHOWN} AND report.taken_down_at IS NULL
    UNION ALL
    SELECT 'practice', practice.id, city.id, live.published_at
    FROM practices_practice practice JOIN members_city city ON city.id = practice.city_id
    JOIN practices_revision live ON live.practice_id = practice.id AND live.status = 'published'
    WHERE city.hidden_at IS NULL
"""
# A microsecond apart, in the order in which the rows changed, since the times of the records only go forward.
_RECORD = f"""
    INSERT INTO base_publicrecord (kind, key, city_key, changed_at)
    SELECT kind, key, city_key, moment + row_number() OVER (ORDER BY at, kind, key) * interval '1 microsecond'
    FROM ({_PUBLIC_ROWS}) AS shown,
        (SELECT GREATEST(clock_timestamp(), (SELECT MAX(changed_at) FROM base_publicrecord)) AS moment)
    WHERE NOT EXISTS (SELECT FROM base_publicrecord known WHERE known.kind = shown.kind AND known.key = shown.key)
    ORDER BY at, kind, key
"""
# The model, and the time when a row of it was created, in SQL over `row`.
CAME_TO_BE = {
    "members.City": "make_timestamptz(COALESCE(row.joined_year, 2016), 1, 1, 0, 0, 0)",
    "members.Membership": "row.created_at",
    "commitments.Endorsement": "make_timestamptz(left(row.endorsed_on, 4)::int, 1, 1, 0, 0, 0)",
    "commitments.Pledge": "row.created_at",
    "commitments.Milestone": "(SELECT created_at FROM commitments_pledge WHERE id = row.pledge_id)",
    "commitments.ProgressUpdate": "row.created_at",
    "practices.Practice": "row.created_at",
}


def record_public_rows() -> int:
    """Write a `PublicRecord` for each public row that has none. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute(_RECORD)
        return cursor.rowcount


def write_history(name: str) -> None:
    """Write an event for each row of CAME_TO_BE without history: that the process `name` inserted it."""
    context = uuid.uuid4()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO pghistory_context (id, created_at, updated_at, metadata) VALUES (%s, now(), now(), %s)",
            [context, json.dumps({"process": name})],
        )
        for label, at in CAME_TO_BE.items():
            cursor.execute(_insertions(apps.get_model(label), apps.get_model(f"{label}Event"), at), [context])


def _insertions(model: type[models.Model], events: type[models.Model], at: str) -> str:
    """The statement that writes one event for each row, with the columns that both tables have, in the order of the
    rows."""
    table, history = model._meta.db_table, events._meta.db_table
    kept = {field.column for field in events._meta.concrete_fields} & {f.column for f in model._meta.concrete_fields}
    columns = sorted(kept)
    named, read = ", ".join(f'"{each}"' for each in columns), ", ".join(f'row."{each}"' for each in columns)
    return f"""
        INSERT INTO {history} (pgh_created_at, pgh_label, pgh_obj_id, pgh_context_id, {named})
        SELECT {at}, 'insert', row.id, %s, {read} FROM {table} AS row
        WHERE NOT EXISTS (SELECT FROM {history} known WHERE known.pgh_obj_id = row.id) ORDER BY row.id
    """


def answer_harm_checks() -> None:
    """Add an answer to every submission by a city: nobody is at risk."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO practices_harmcheck
                (submission_id, at_risk, at_risk_words, faces, faces_words, quoted, quoted_words, answers)
            SELECT id, FALSE, '', FALSE, '', FALSE, '', '[]' FROM practices_transition step
            WHERE verb = 'submit' AND NOT by_staff
                AND NOT EXISTS (SELECT FROM practices_harmcheck WHERE submission_id = step.id)
            ORDER BY id
            """
        )

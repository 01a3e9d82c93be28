"""The number of rows of every table and a sum of their contents, which are the same for two equal databases."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """The number of rows, and a sum over their contents that does not depend on their order."""

    rows: int
    content: str


def tables(cursor) -> dict[str, Table]:
    """Every table of the database by name, as seen by the transaction of `cursor`.

    Generated columns are left out: another version of PostgreSQL computes them again, and may stem words differently.
    """
    # The text of a row depends on these settings.
    cursor.execute("SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL IntervalStyle = 'postgres'")
    cursor.execute("SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1")
    cursor.execute(_TABLES)
    return {name: _table(cursor, name, columns) for name, columns in cursor.fetchall()}


def _table(cursor, name: str, columns: str) -> Table:
    # The sum of 64 bits of the hash of each row needs no memory and no order, however long the table is.
    row = f"encode(sha256(convert_to(ROW({columns})::text, 'UTF8')), 'hex')"
    cursor.execute(f"SELECT count(*), coalesce(sum(('x' || left({row}, 16))::bit(64)::bigint), 0) FROM {name}")
    rows, content = cursor.fetchone()
    return Table(rows, str(content))


def names(cursor) -> list[str]:
    """The tables, views and sequences of the database that belong to no extension."""
    cursor.execute(_OURS.format(kinds="'r', 'p', 'v', 'm', 'S', 'f'"))
    return [name for (name,) in cursor.fetchall()]


_OURS = """
    SELECT format('%I.%I', nspname, relname) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind IN ({kinds}) AND relpersistence <> 't'
        AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
    ORDER BY 1
"""

# Ordinary tables, with the columns that pg_dump writes.
_TABLES = """
    SELECT format('%I.%I', nspname, relname), string_agg(quote_ident(attname), ', ' ORDER BY attnum)
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relkind = 'r' AND relpersistence <> 't' AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
        AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
    GROUP BY 1 ORDER BY 1
"""

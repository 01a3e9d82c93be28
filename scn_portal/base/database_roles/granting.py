"""Applying the decisions, and finding differences from them in the database. Both run as the owner of the tables."""

import os
from collections.abc import Iterable

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from scn_portal.base.database_roles import history
from scn_portal.base.database_roles.decisions import FUNCTIONS, ROLE, TABLES, Decision, read_only

PASSWORD_VARIABLE = "SCN_APP_PASSWORD"
_ROLE = sql.Identifier(ROLE)
_NOT_DECIDED = read_only("nobody has decided yet")

# Without those of extensions, on which the owner cannot grant anything.
_OURS = """
    FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind = ANY (%s)
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
"""
_TABLE_KINDS, _SEQUENCE_KINDS = ["r", "p", "v", "m"], ["S"]
# Privileges that every role has unless they are revoked, and those that our role has on all tables.
_OF_EVERYBODY = """
    REVOKE ALL ON TABLE {tables} FROM PUBLIC, {role};
    REVOKE ALL ON SEQUENCE {sequences} FROM PUBLIC, {role};
    REVOKE ALL ON SCHEMA public FROM {role};
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    REVOKE ALL ON DATABASE {database} FROM {role};
    REVOKE CREATE, TEMPORARY ON DATABASE {database} FROM PUBLIC;
    GRANT CONNECT ON DATABASE {database} TO {role};
    GRANT USAGE ON SCHEMA public TO {role};
    GRANT SELECT ON TABLE {tables} TO {role};
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {role};
    ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
"""
_OWN_FUNCTIONS = f"SELECT f.oid::regprocedure::text, f.proname::text {history.OWN_FUNCTIONS}"
_FUNCTIONS_OF_EXTENSIONS = f"""
    SELECT f.oid::regprocedure::text FROM pg_proc f JOIN pg_depend d ON d.objid = f.oid AND d.deptype = 'e'
    WHERE f.pronamespace = 'public'::regnamespace AND NOT has_function_privilege('{ROLE}', f.oid, 'EXECUTE')
"""


def exists(cursor: CursorWrapper) -> bool:
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
    return cursor.fetchone() is not None


def create(cursor: CursorWrapper) -> None:
    """Create the role, unless it exists, and give it the password of SCN_APP_PASSWORD, if that is set.

    Raises ProgrammingError if the owner may not create roles; then the administrator of the server has to create it.
    """
    if not exists(cursor):
        _run(cursor, sql.SQL("CREATE ROLE {} LOGIN").format(_ROLE))
    if password := os.environ.get(PASSWORD_VARIABLE):
        _run(cursor, sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(_ROLE, sql.Literal(password)))


def apply(connection: BaseDatabaseWrapper) -> None:
    """Grant the role what is decided and revoke everything else, in one transaction. The role must exist."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        history.harden(cursor)
        names = {
            "role": _ROLE,
            "database": sql.Identifier(connection.settings_dict["NAME"]),
            "tables": _list_of(tables(cursor)),
            "sequences": _list_of(_named(cursor, _SEQUENCE_KINDS)),
        }
        _run(cursor, sql.SQL(_OF_EVERYBODY).format(**names))
        _run(cursor, *_grants(tables(cursor)))
        _run(cursor, *_grants_on_functions(cursor))


def _grants(names: Iterable[str]) -> list[sql.Composed]:
    grants: list[sql.Composed] = []
    for name in names:
        decision = TABLES.get(name, _NOT_DECIDED)
        verbs: list[sql.Composable] = [sql.SQL(verb) for verb in sorted(_privileges(decision) - {"SELECT"})]
        if isinstance(decision.update, tuple) and decision.update:
            columns = sql.SQL(", ").join(map(sql.Identifier, decision.update))
            verbs.append(sql.SQL("UPDATE ({})").format(columns))
        if verbs:
            grant = sql.SQL("GRANT {} ON {} TO {};")
            grants.append(grant.format(sql.SQL(", ").join(verbs), sql.Identifier("public", name), _ROLE))
    return grants


def _grants_on_functions(cursor: CursorWrapper) -> list[sql.Composed]:
    cursor.execute(_OWN_FUNCTIONS)
    statements: list[sql.Composed] = []
    for function, name in cursor.fetchall():
        statements.append(sql.SQL("REVOKE ALL ON FUNCTION {} FROM PUBLIC, {};").format(sql.SQL(function), _ROLE))
        if name in FUNCTIONS:
            statements.append(sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {};").format(sql.SQL(function), _ROLE))
    cursor.execute(_FUNCTIONS_OF_EXTENSIONS)
    for (function,) in cursor.fetchall():
        statements.append(sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {};").format(sql.SQL(function), _ROLE))
    return statements


def _run(cursor: CursorWrapper, *statements: sql.Composed) -> None:
    if statements:
        cursor.execute(sql.SQL("\n").join(statements).as_string(cursor.connection))


def tables(cursor: CursorWrapper) -> list[str]:
    """The names of all tables and views of the portal."""
    return _named(cursor, _TABLE_KINDS)


def _named(cursor: CursorWrapper, kinds: list[str]) -> list[str]:
    cursor.execute(f"SELECT relname::text {_OURS} ORDER BY relname", [kinds])
    return [name for (name,) in cursor.fetchall()]


def _list_of(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier("public", name) for name in names)


# --- Checking --------------------------------------------------------------------------------------------------------

_PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
_GRANTED = f"""
    SELECT relname::text,
        ARRAY(SELECT p FROM unnest(%s::text[]) p WHERE has_table_privilege('{ROLE}', c.oid, p)),
        ARRAY(SELECT attname::text FROM pg_attribute a WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped
            AND has_column_privilege('{ROLE}', c.oid, attnum, 'UPDATE'))
    {_OURS}
"""
# Each row is something that the role must not be or have.
_TOO_MUCH = f"""
    SELECT 'it is a superuser' FROM pg_roles WHERE rolname = '{ROLE}' AND rolsuper
    UNION ALL SELECT 'it may make roles or databases, or replicate' FROM pg_roles
        WHERE rolname = '{ROLE}' AND (rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)
    UNION ALL SELECT 'it belongs to the role ' || roleid::regrole FROM pg_auth_members
        WHERE member = (SELECT oid FROM pg_roles WHERE rolname = '{ROLE}')
    UNION ALL SELECT 'it owns ' || relname FROM pg_class WHERE relowner::regrole::text = '{ROLE}'
    UNION ALL SELECT 'it owns the function ' || oid::regprocedure FROM pg_proc WHERE proowner::regrole::text = '{ROLE}'
    UNION ALL SELECT 'it may create in this database' WHERE
        has_database_privilege('{ROLE}', current_database(), 'CREATE')
    UNION ALL SELECT 'it may make temporary tables'
        WHERE has_database_privilege('{ROLE}', current_database(), 'TEMPORARY')
    UNION ALL SELECT 'it may create in the schema ' || nspname FROM pg_namespace
        WHERE has_schema_privilege('{ROLE}', oid, 'CREATE')
    UNION ALL SELECT 'it may set the sequence ' || relname FROM pg_class
        WHERE CASE WHEN relkind = 'S' THEN has_sequence_privilege('{ROLE}', oid, 'UPDATE') END
"""


def differences(cursor: CursorWrapper) -> list[str]:
    """The differences between the database and the decisions, in words; empty if there are none."""
    if not exists(cursor):
        return [f"there is no role {ROLE}"]
    cursor.execute(_TOO_MUCH)
    found = [f"{ROLE}: {what}" for (what,) in cursor.fetchall()]
    cursor.execute(_GRANTED, [list(_PRIVILEGES), _TABLE_KINDS])
    for table, privileges, columns in sorted(cursor.fetchall()):
        found += _of_table(table, set(privileges), set(columns))
    return found + _of_functions(cursor) + history.soft_spots(cursor)


def _of_table(table: str, privileges: set[str], columns: set[str]) -> list[str]:
    decision = TABLES.get(table)
    found = [] if decision else [f"{table}: nobody has decided what {ROLE} may do there"]
    expected = _privileges(decision or _NOT_DECIDED)
    found += [f"{table}: {ROLE} has {verb}" for verb in sorted(privileges - expected)]
    found += [f"{table}: {ROLE} lacks {verb}" for verb in sorted(expected - privileges)]
    named = set(decision.update) if decision and isinstance(decision.update, tuple) else set()
    if "UPDATE" not in privileges and columns != named:
        found.append(f"{table}: {ROLE} may update {sorted(columns)}, not {sorted(named)}")
    return found


def _of_functions(cursor: CursorWrapper) -> list[str]:
    cursor.execute(f"{_OWN_FUNCTIONS} AND has_function_privilege('{ROLE}', f.oid, 'EXECUTE')")
    return [f"{ROLE} may call {function}" for function, name in cursor.fetchall() if name not in FUNCTIONS]


def _privileges(decision: Decision) -> set[str]:
    """The privileges on the whole table."""
    may = {"INSERT": decision.insert, "UPDATE": decision.update is True, "DELETE": decision.delete}
    return {"SELECT"} | {verb for verb, is_given in may.items() if is_given}

"""The schema of a database, read from its catalogues, to compare two databases."""

from django.db import connection

# Each query returns the name of an object, and its whole definition.
QUERIES = {
    "columns": """
        SELECT table_name || '.' || column_name, row_number() OVER (PARTITION BY table_name ORDER BY ordinal_position),
            udt_name, character_maximum_length, is_nullable, column_default, is_identity, generation_expression
        FROM information_schema.columns WHERE table_schema = 'public'
    """,
    "constraints": """
        SELECT conrelid::regclass || '.' || conname, contype, condeferrable, condeferred, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
    """,
    "indexes": "SELECT tablename || '.' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "functions": """
        SELECT oid::regprocedure::text, pg_get_functiondef(oid) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND NOT EXISTS (
            SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e'
        )
    """,
    "triggers": """
        SELECT tgrelid::regclass || '.' || tgname, tgenabled, pg_get_triggerdef(oid), obj_description(oid, 'pg_trigger')
        FROM pg_trigger WHERE NOT tgisinternal
    """,
    "sequences": "SELECT sequencename::text, data_type::text, start_value, increment_by FROM pg_sequences",
    "extensions": "SELECT extname::text, extversion FROM pg_extension",
    "text search": """
        SELECT cfgname || '.' || maptokentype || '.' || mapseqno, cfgparser, mapdict::regdictionary::text
        FROM pg_ts_config JOIN pg_ts_config_map ON mapcfg = pg_ts_config.oid
        WHERE cfgnamespace = 'public'::regnamespace
    """,
    "groups": """
        SELECT auth_group.name, array_agg(app_label || '.' || codename ORDER BY codename)
        FROM auth_group JOIN auth_group_permissions ON group_id = auth_group.id
        JOIN auth_permission ON permission_id = auth_permission.id
        JOIN django_content_type ON content_type_id = django_content_type.id GROUP BY auth_group.name
    """,
}


def schema() -> dict[str, set[str]]:
    """For each kind of object, one line for each object in the connected database."""
    found = {}
    with connection.cursor() as cursor:
        for kind, query in QUERIES.items():
            cursor.execute(query)
            found[kind] = {" | ".join(map(str, row)) for row in cursor.fetchall()}
    return found

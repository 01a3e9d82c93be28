"""The database functions on which history depends, and their protection against every role except the owner.

django-pgtrigger and django-pghistory create their functions again with each migration of a trigger, with the privileges
of the caller. So `harden` runs after every `migrate`; `soft_spots` finds functions that are not hardened.
"""

from django.db.backends.utils import CursorWrapper

# A trigger is ignored (`pgtrigger.ignore`) only for the owner of this function and for roles that may become the owner.
# It checks session_user, since within functions of the owner everybody is the owner.
_SHOULD_IGNORE = """
CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $scn$
BEGIN
    RETURN COALESCE(trigger_name = ANY (NULLIF(current_setting('pgtrigger.ignore', TRUE), '')::text[]), FALSE)
        AND pg_has_role(session_user, (
            SELECT proowner FROM pg_proc WHERE oid = 'public._pgtrigger_should_ignore(name)'::regprocedure
        ), 'MEMBER');
END $scn$
"""

# Who made an event. A context never changes: other metadata with the same number is kept under a new number. A change
# without a person has the process that made it (`scn_portal.base.processes`), or the role: `role:scn_app`.
_ATTACH_CONTEXT = """
CREATE OR REPLACE FUNCTION public._pgh_attach_context() RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $scn$
DECLARE
    number uuid := NULLIF(current_setting('pghistory.context_id', TRUE), '')::uuid;
    said jsonb := NULLIF(current_setting('pghistory.context_metadata', TRUE), '')::jsonb;
    known jsonb;
    process text;
BEGIN
    IF number IS NULL OR said IS NULL THEN
        number := NULL;
        said := '{}';
    END IF;
    IF COALESCE(said->>'user', said->>'process', '') = '' THEN
        process := NULLIF(current_setting('scn.process', TRUE), '');
        said := said || jsonb_build_object('process', COALESCE(process, 'role:' || session_user));
    END IF;
    SELECT metadata INTO known FROM pghistory_context WHERE id = number;
    IF known = said THEN
        RETURN number;
    ELSIF known IS NOT NULL OR number IS NULL THEN
        number := encode(substr(sha256(convert_to(concat(number, said), 'UTF8')), 1, 16), 'hex')::uuid;
        PERFORM FROM pghistory_context WHERE id = number;
        IF FOUND THEN RETURN number; END IF;
    END IF;
    INSERT INTO pghistory_context (id, metadata, created_at, updated_at) VALUES (number, said, now(), now())
    ON CONFLICT (id) DO NOTHING;
    RETURN number;
END $scn$
"""

# Our functions, without those of extensions.
OWN_FUNCTIONS = """
    FROM pg_proc f WHERE f.pronamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = f.oid AND d.deptype = 'e')
"""
SEARCH_PATH = "search_path=public, pg_temp"
# A trigger writes history as the owner, into the tables of the owner. So no role needs the privilege to write there,
# and none can put its own table in their place.
_TRIGGER_FUNCTIONS_TO_HARDEN = f"""
    SELECT f.oid::regprocedure::text {OWN_FUNCTIONS} AND f.prorettype = 'trigger'::regtype
        AND NOT (f.prosecdef AND f.proconfig @> ARRAY['{SEARCH_PATH}'])
"""
_BODIES = "SELECT f.proname::text, f.prosrc " + OWN_FUNCTIONS + " AND f.proname = ANY (%s)"


def _body(statement: str) -> str:
    return statement.split("$scn$")[1]


OUR_BODIES = {"_pgtrigger_should_ignore": _body(_SHOULD_IGNORE), "_pgh_attach_context": _body(_ATTACH_CONTEXT)}


def harden(cursor: CursorWrapper) -> None:
    """Replace the functions of the packages with ours, and make every trigger function run as the owner."""
    for name in soft_functions(cursor):
        cursor.execute({"_pgtrigger_should_ignore": _SHOULD_IGNORE, "_pgh_attach_context": _ATTACH_CONTEXT}[name])
    cursor.execute(_TRIGGER_FUNCTIONS_TO_HARDEN)
    for (function,) in cursor.fetchall():
        cursor.execute(f"ALTER FUNCTION {function} SECURITY DEFINER SET search_path = public, pg_temp")


def soft_functions(cursor: CursorWrapper) -> list[str]:
    """The names of those of the two functions that are not ours at present."""
    cursor.execute(_BODIES, [list(OUR_BODIES)])
    found = dict(cursor.fetchall())
    return [name for name, body in OUR_BODIES.items() if found.get(name) != body]


def soft_spots(cursor: CursorWrapper) -> list[str]:
    """The functions that are not hardened, in words."""
    cursor.execute(_TRIGGER_FUNCTIONS_TO_HARDEN)
    triggers = [f"{function} does not act as the owner" for (function,) in cursor.fetchall()]
    return [f"{name}() is not the portal's own" for name in soft_functions(cursor)] + triggers

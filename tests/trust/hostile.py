"""What an attacker with the password of `scn_app` would try: each statement, why, and what must happen.

`refused` is a part of the message of the database. Without it, the statement passes, and leaves an event. Names in
braces are keys of rows that `test_hostile.py` makes.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Hostile:
    sql: str
    why: str
    refused: str = ""


DENIED = "permission denied"
OWNER = "must be owner"
EVENT_OF_A_CITY = "INSERT INTO members_cityevent SELECT (jsonb_populate_record(e, '{{\"pgh_id\": 999999}}')).* FROM"
EDIT_AS_PUBLISHED = "UPDATE practices_revision SET title_en = 'Never said' WHERE id = {published}"
IGNORING = "SET pgtrigger.ignore = '{{%s}}';"

STATEMENTS = [
    # --- Emptying ---
    Hostile("TRUNCATE members_cityevent", "forget the history of cities", DENIED),
    Hostile("TRUNCATE practices_transition CASCADE", "forget all decisions", DENIED),
    Hostile("TRUNCATE commitments_progressupdate CASCADE", "forget all progress", DENIED),
    Hostile("TRUNCATE django_session", "end all sessions", DENIED),
    Hostile("TRUNCATE pghistory_context", "nobody did anything", DENIED),
    # --- Rewriting history ---
    Hostile("UPDATE practices_revisionevent SET title_en = 'x'", "other words were said", DENIED),
    Hostile("DELETE FROM practices_revisionevent", "nothing was said", DENIED),
    Hostile("DELETE FROM members_membershipevent", "nobody ever acted for a city", DENIED),
    Hostile("DELETE FROM members_userevent", "nobody was ever given rights", DENIED),
    Hostile(f"{EVENT_OF_A_CITY} members_cityevent e LIMIT 1", "an event that never was", DENIED),
    Hostile("COPY members_cityevent FROM STDIN", "many of them", DENIED),
    Hostile("UPDATE pghistory_context SET metadata = '{{\"user\": {official}}}'", "somebody else did it", DENIED),
    Hostile("DELETE FROM pghistory_context", "nobody did it", DENIED),
    Hostile(
        "INSERT INTO pghistory_context VALUES (gen_random_uuid(), now(), now(), '{{\"user\": {official}}}')",
        "prepare an alibi", DENIED,
    ),
    Hostile("SELECT public._pgh_attach_context()", "the same by the function of triggers", DENIED),
    Hostile("SELECT setval('members_cityevent_pgh_id_seq', 1)", "events that come before others", DENIED),
    # --- What was decided and reported ---
    Hostile("UPDATE practices_transition SET reason = 'Fine.' WHERE id = {step}", "another reason", DENIED),
    Hostile("UPDATE practices_transition SET by_id = {official} WHERE id = {step}", "somebody else decided", DENIED),
    Hostile("DELETE FROM practices_transition WHERE id = {step}", "nobody decided", DENIED),
    Hostile(
        "INSERT INTO practices_transition (revision_id, verb, from_status, to_status, by_id, at, reason, language,"
        " by_staff, note, mail_attempts, mail_after) VALUES ({draft}, 'publish', 'submitted', 'published', {official},"
        " now(), '', '', true, '', 0, now())",
        "a decision that led to nothing", "the status of a revision is what its last Transition led to",
    ),
    Hostile("UPDATE commitments_progressupdate SET status = 'done'", "better news", DENIED),
    Hostile("UPDATE commitments_progressupdate SET what_changed_en = 'x'", "other news", DENIED),
    Hostile("DELETE FROM commitments_progressupdate", "no news", DENIED),
    Hostile(
        "UPDATE commitments_progressupdate SET taken_down_at = now(), taken_down_by_id = {official},"
        " taken_down_reason = 'x'",
        "hide the news",
    ),
    Hostile("DELETE FROM members_vacancy", "no reason was given", DENIED),
    Hostile("UPDATE practices_harmcheck SET at_risk = false", "nobody was at risk", DENIED),
    Hostile("UPDATE practices_submittedwords SET values = '{{}}'", "the staff had read something else", DENIED),
    Hostile("DELETE FROM django_admin_log", "nothing was done in the admin", DENIED),
    # --- What is public ---
    Hostile("UPDATE base_publicrecord SET removed_at = now()", "tell the world that all was removed", DENIED),
    Hostile("SELECT public.scn_record_public_row('city', {city}, {city}, false)", "the same by its function", DENIED),
    Hostile(
        "UPDATE practices_revision SET status = 'published', submitted_at = now(), published_at = now()"
        " WHERE id = {draft}",
        "publish without moderation", "the status of a revision is what its last Transition led to",
    ),
    Hostile(
        "UPDATE practices_revision SET status = 'archived' WHERE id = {published}",
        "take down without a trace", "the status of a revision is what its last Transition led to",
    ),
    Hostile(
        "INSERT INTO practices_practice (city_id, slug, created_at) VALUES ({city}, 'hollow', now())",
        "a practice that says nothing", "a practice has a revision",
    ),
    Hostile(
        "UPDATE practices_revision SET practice_id = {other_practice}, number = 99 WHERE id = {draft}",
        "leave a practice without words", "a practice has a revision",
    ),
    Hostile(
        "UPDATE commitments_pledge SET status = 'done' WHERE id = {pledge}",
        "a pledge kept without a word", "the status of a pledge is what its last progress update says",
    ),
    Hostile(EDIT_AS_PUBLISHED, "other words than those approved", "Cannot update rows"),
    Hostile("DELETE FROM practices_revision WHERE id = {published}", "no words", DENIED),
    Hostile(
        "UPDATE practices_attachment SET title_en = 'Another' WHERE id = {document}",
        "another document than the one approved", "what belongs to a submitted revision cannot change",
    ),
    # --- Passing over the triggers ---
    Hostile(IGNORING % "{frozen}" + EDIT_AS_PUBLISHED, "the switch of django-pgtrigger", "Cannot update rows"),
    Hostile(
        IGNORING % "{city_update}" + "UPDATE members_city SET name_en = 'Elsewhere' WHERE id = {city}",
        "a change without its event",
    ),
    Hostile(
        IGNORING % "{step_rule}" + "UPDATE practices_revision SET status = 'archived' WHERE id = {published}",
        "a status without its step", "the status of a revision is what its last Transition led to",
    ),
    Hostile("SET session_replication_role = replica", "no trigger at all", DENIED),
    Hostile("ALTER TABLE practices_revision DISABLE TRIGGER ALL", "the same", OWNER),
    Hostile("DROP TRIGGER {frozen} ON practices_revision", "the same for one", OWNER),
    Hostile(
        "CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean"
        " LANGUAGE sql AS 'SELECT true'",
        "a switch of one's own", DENIED,
    ),
    Hostile("ALTER FUNCTION public._pgh_attach_context() SECURITY INVOKER", "weaken a function", OWNER),
    Hostile(
        "CREATE TEMPORARY TABLE members_cityevent (LIKE public.members_cityevent)",
        "have events written to a table that is gone tomorrow", DENIED,
    ),
    Hostile("CREATE TABLE public.members_shadow (id bigint)", "a table of one's own", DENIED),
    Hostile("CREATE SCHEMA shadow", "a schema of one's own", DENIED),
    Hostile("CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "a function of one's own", DENIED),
    Hostile(
        "CREATE TRIGGER mine AFTER INSERT ON members_scratch FOR EACH ROW EXECUTE FUNCTION public.{city_update}()",
        "forge an event by its own trigger", DENIED,
    ),
    Hostile(
        "SET search_path = pg_catalog; UPDATE public.members_city SET name_en = 'Elsewhere' WHERE id = {city}",
        "triggers that find no table",
    ),
    # --- Becoming somebody ---
    Hostile("SET ROLE {owner}", "become the owner", DENIED),
    Hostile("SET SESSION AUTHORIZATION {owner}", "sign in as the owner", DENIED),
    Hostile("GRANT {owner} TO scn_app", "belong to the owner", DENIED),
    Hostile("ALTER ROLE scn_app SUPERUSER", "become a superuser", DENIED),
    Hostile(
        "GRANT UPDATE ON members_cityevent TO scn_app; UPDATE members_cityevent SET name_en = 'x'",
        "give oneself a right", DENIED,
    ),
    Hostile("COPY (SELECT 1) TO PROGRAM 'cat'", "leave the database", DENIED),
    Hostile("INSERT INTO django_migrations (app, name, applied) VALUES ('x', 'y', now())", "skip a migration", DENIED),
    # --- What the portal itself does: it passes, and is written down ---
    Hostile("UPDATE members_user SET is_superuser = true WHERE id = {official}", "give somebody every right"),
    Hostile("UPDATE members_user SET password = 'x' WHERE id = {official}", "set somebody's password"),
    Hostile("INSERT INTO members_user_groups (user_id, group_id) VALUES ({official}, {group})", "make somebody staff"),
    Hostile("DELETE FROM auth_group_permissions", "take all rights from the staff"),
    Hostile("UPDATE account_emailaddress SET email = 'x@example.org' WHERE user_id = {official}", "take an address"),
    Hostile("DELETE FROM mfa_authenticator", "no second factor"),
    Hostile("UPDATE mfa_authenticator SET data = '{{}}'", "a second factor of one's own"),
    Hostile("UPDATE members_invitation SET email = 'x@example.org'", "invite somebody else"),
    Hostile("UPDATE digests_nextissue SET introduction_en = 'x'", "speak to all readers"),
    Hostile("UPDATE commitments_declaration SET preamble_fr = 'x'", "another Declaration"),
    Hostile("DELETE FROM practices_revisioncommitment WHERE revision_id = {draft}", "it serves nothing"),
    Hostile(
        "SET pghistory.context_id = '{context}'; SET pghistory.context_metadata = '{{\"user\": null}}';"
        " UPDATE members_city SET name_en = 'Elsewhere' WHERE id = {city}",
        "rewrite who made another change",
    ),
]  # fmt: skip

"""What the role that serves may do: decided for each table, carried out, checked, and in production no more."""

import os
import subprocess
import sys
from io import StringIO
from urllib.parse import quote

import pytest
import yaml
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection

from members.models import City
from scn_portal.base.apps import put_in_order
from scn_portal.base.database_roles import granting, starting
from scn_portal.base.database_roles.decisions import ROLE, TABLES
from tests.app_role import as_app
from tests.test_settings import COMPLETE

pytestmark = pytest.mark.django_db


def differences() -> list[str]:
    with connection.cursor() as cursor:
        return granting.differences(cursor)


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def database_url(role: str) -> str:
    database = connection.settings_dict
    return f"postgres://{role}@{quote(database['HOST'], safe='')}/{database['NAME']}"


# --- The decisions ---------------------------------------------------------------------------------------------------


def test_somebody_has_decided_about_every_table():
    with connection.cursor() as cursor:
        undecided = set(granting.tables(cursor)) - set(TABLES)
    assert undecided == set(), (
        "decide in scn_portal/base/database_roles/decisions.py what scn_app may do there, and why"
    )
    assert [name for name, decision in TABLES.items() if not decision.why] == []


def test_history_decisions_and_contexts_are_only_added_to():
    for name, decision in TABLES.items():
        if name.endswith("event") or name in ("pghistory_context", "base_publicrecord"):
            assert (decision.insert, decision.update, decision.delete) == (False, False, False), name
    for name in ("practices_transition", "commitments_progressupdate"):
        assert TABLES[name].update is not True
        assert not TABLES[name].delete


# --- Carrying them out -----------------------------------------------------------------------------------------------


def test_a_migrated_database_is_as_decided():
    assert differences() == []


def test_a_new_table_can_be_read_and_is_told_of():
    run("CREATE TABLE members_novelty (id bigint)")
    assert "members_novelty: nobody has decided what scn_app may do there" in differences()
    assert "members_novelty: scn_app lacks SELECT" not in differences()
    put_in_order(sender=None, using="default")
    assert differences() == ["members_novelty: nobody has decided what scn_app may do there"]


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("GRANT UPDATE ON members_cityevent TO scn_app", "members_cityevent: scn_app has UPDATE"),
        ("GRANT DELETE ON practices_transition TO PUBLIC", "practices_transition: scn_app has DELETE"),
        ("GRANT UPDATE (reason) ON practices_transition TO scn_app", "practices_transition: scn_app may update"),
        ("REVOKE INSERT ON members_scratch FROM scn_app", "members_scratch: scn_app lacks INSERT"),
        ("GRANT EXECUTE ON FUNCTION _pgh_attach_context() TO PUBLIC", "scn_app may call _pgh_attach_context()"),
        ("GRANT CREATE ON SCHEMA public TO PUBLIC", "scn_app: it may create in the schema public"),
        ("ALTER FUNCTION _pgh_attach_context() RENAME TO other", "_pgh_attach_context() is not the portal's own"),
    ],
)
def test_whatever_differs_is_told_and_put_in_order(sql, told):
    run(sql)
    with pytest.raises(CommandError, match=r"The database differs") as refused:
        call_command("database_roles", check=True)
    assert told in str(refused.value)
    put_in_order(sender=None, using="default")
    assert [line for line in differences() if "other()" not in line] == []


def test_what_the_role_must_not_be_is_told():
    run("ALTER ROLE scn_app CREATEROLE")
    run("CREATE ROLE somebody_else")
    run("GRANT somebody_else TO scn_app")
    run("ALTER TABLE members_scratch OWNER TO scn_app")
    told = "\n".join(differences())
    assert "it may make roles" in told
    assert "it belongs to the role somebody_else" in told
    assert "it owns members_scratch" in told


def test_a_trigger_of_a_later_migration_acts_as_the_owner_too():
    trigger = next(trigger for trigger in City._meta.triggers if trigger.name == "facts_changed")
    run(trigger.compile(City).install_sql.replace("%", "%%"))
    told = "\n".join(differences())
    assert f"{trigger.get_pgid(City)}() does not act as the owner" in told
    assert "_pgtrigger_should_ignore() is not the portal's own" in told
    put_in_order(sender=None, using="default")
    assert differences() == []


def test_the_command_can_be_repeated(monkeypatch):
    monkeypatch.setenv(granting.PASSWORD_VARIABLE, "it's a secret")
    for _ in range(2):
        call_command("database_roles", stdout=StringIO())
    call_command("database_roles", check=True, stdout=StringIO())


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_an_owner_who_is_no_superuser_migrates_and_gives_what_is_decided():
    """As on a server of Debian, where the owner of the database may make neither roles nor databases."""
    run("CREATE ROLE plain_owner LOGIN")
    run("CREATE DATABASE scn_of_a_plain_owner OWNER plain_owner TEMPLATE template0")
    database = connection.settings_dict
    url = f"postgres://plain_owner@{quote(database['HOST'], safe='')}/scn_of_a_plain_owner"
    environment = os.environ | {"DATABASE_URL": url, "SCN_TEST_CHILD": "1", "DJANGO_SETTINGS_MODULE": "tests.settings"}
    try:
        for command in (["migrate", "--verbosity", "0"], ["database_roles"], ["database_roles", "--check"]):
            done = subprocess.run([sys.executable, "-m", "django", *command], cwd=settings.BASE_DIR, env=environment,
                                  text=True, capture_output=True)  # fmt: skip
            assert done.returncode == 0, done.stderr
    finally:
        run("DROP DATABASE scn_of_a_plain_owner")
        run("DROP ROLE plain_owner")


# --- Production ------------------------------------------------------------------------------------------------------


@pytest.fixture
def in_production(settings) -> None:
    settings.PRODUCTION = True


def test_production_does_not_serve_as_a_superuser(in_production):
    connection.close = lambda: None
    starting.connection_created.connect(starting._look, dispatch_uid="database_roles")
    try:
        with pytest.raises(ImproperlyConfigured, match="postgres is a superuser or owns the tables"):
            starting._look(connection)
        with as_app():
            starting._look(connection)
    finally:
        starting.connection_created.disconnect(dispatch_uid="database_roles")
        del connection.close


@pytest.mark.slow
@pytest.mark.parametrize("module", ["scn_portal.wsgi", "celery --app scn_portal beat"])
@pytest.mark.parametrize(("role", "served"), [("postgres", False), (ROLE, True)])
def test_a_process_of_production_starts_as_the_role_alone(module, role, served):
    environment = COMPLETE | {"DATABASE_URL": database_url(role), "PATH": os.environ["PATH"]}
    code = "import scn_portal.wsgi"
    if module != "scn_portal.wsgi":
        code = "from celery.signals import beat_init; import scn_portal.celery; import django; django.setup()"
        code += "; beat_init.send(sender=None)"
    done = subprocess.run([sys.executable, "-c", code], cwd=settings.BASE_DIR, env=environment, text=True,
                          capture_output=True)  # fmt: skip
    assert (done.returncode == 0) is served, done.stderr
    assert ("docs/operations.md" in done.stderr) is not served


def test_the_shipped_stack_serves_as_the_role_and_migrates_as_the_owner():
    services = yaml.safe_load((settings.BASE_DIR / "docker-compose.yml").read_text())["services"]
    for name in ("web", "worker", "beat"):
        environment = services[name]["environment"]
        assert environment["DATABASE_URL"].startswith(f"postgres://{ROLE}:")
        assert environment["POSTGRES_PASSWORD"] == "", "the owner's password is not for what serves"
    assert services["setup"]["environment"]["DATABASE_URL"].startswith("postgres://scn:")
    assert "migrate && python manage.py database_roles" in services["setup"]["command"][2]

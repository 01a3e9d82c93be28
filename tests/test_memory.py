"""What a web server loads: nothing that only some other process, or a rare page, needs."""

import ctypes
import gc
import json
import os
import subprocess
import sys

import psutil
import pytest
from django.conf import settings
from django.db import connection
from django.template import Engine
from django.template.base import Node

from scn_portal.base import memory
from scn_portal.base.postgresql.migrated import missing_migrations
from tests.digests.faults import until
from tests.factories import PASSWORD, ModeratorFactory
from tests.real_sign_in import LOGIN, app_of
from tests.web_server import WebServer

# Each takes megabytes, or reads what people send; what needs one of them imports it where it works, or works in a
# process of its own.
NEVER = (
    "PIL", "pikepdf", "typst", "numpy", "py3langid", "boto3", "botocore", "storages", "css_inline", "phonenumbers",
    "diff_match_patch", "xlsxwriter", "snowballstemmer", "babel", "rdflib", "fido2",
)  # fmt: skip
# What other packages import although it is for their asynchronous half, for tests, or for migrations. A walk through
# pages by Django's own client loads some of them.
NOT_AT_THE_START = (
    "redis.asyncio.client", "redis.asyncio.cluster", "django.test.client", "django.test.testcases", "unittest",
    "jinja2", "sqlparse.sql",
)  # fmt: skip
# Those that say how large a spreadsheet is are not among them.
PAGES = [
    "/en/", "/fr/", "/en/cities/", "/fr/villes/", "/en/practices/", "/fr/pratiques/?q=ecole", "/en/commitments/",
    "/en/pledges/", "/en/changes/", "/en/matrix/", "/en/search/?q=youth", "/fr/infolettre/", "/en/about/",
    "/en/accounts/login/", "/api/v1/cities", "/api/v1/practices?q=school", "/sitemap.xml", "/en/charts/",
    "/en/charts/pledges.svg", "/healthz", "/readyz",
]  # fmt: skip


def loaded_in_a_process(*steps: str, **environment: str) -> list[set[str]]:
    """The modules that a new process has loaded after each of `steps`, which are Python."""
    after = "import json, sys; print('LOADED', json.dumps([*sys.modules]))"
    code = "\n".join(f"{step}\n{after}" for step in steps)
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | environment, capture_output=True, text=True,
        cwd=settings.BASE_DIR,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    told = [line.partition("LOADED ")[2] for line in done.stdout.splitlines() if line.startswith("LOADED ")]
    return [set(json.loads(names)) for names in told]


def run(code: str) -> None:
    """In a new process, which is to succeed."""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=settings.BASE_DIR)


def never_needed(modules: set[str]) -> set[str]:
    """Which of `modules` are of NEVER, or migrations."""
    return {name for name in modules if name.partition(".")[0] in NEVER or ".migrations.0" in name}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_neither_the_start_of_a_web_server_nor_a_walk_through_pages_loads_what_is_rarely_needed(tmp_path):
    moderator = ModeratorFactory()
    app_of(moderator)
    start = "from scn_portal.serve import load_portal; load_portal()"
    walk = (
        "from django.test import Client\n"
        f"client = Client(headers={{'host': '127.0.0.1'}})\n"
        f"answers = {{page: client.get(page).status_code for page in {PAGES!r}}}\n"
        "assert set(answers.values()) == {200}, answers\n"
        f"asked = client.post({LOGIN!r}, {{'login': {moderator.email!r}, 'password': {PASSWORD!r}}})\n"
        "assert client.get(asked.url).status_code == 200"
    )
    environment = WebServer(tmp_path)._of_this_test() | {"SCN_PROCESS": "web", "SITE_URL": "http://127.0.0.1"}
    at_the_start, after_the_walk = loaded_in_a_process(start, walk, **environment)
    assert "scn_portal.site.home" in at_the_start, "all that pages need is there before there are workers"
    assert at_the_start & {*NOT_AT_THE_START} == set()
    assert never_needed(after_the_walk) == set()


def test_a_part_that_is_loaded_late_is_itself_when_it_is_used():
    code = (
        "from scn_portal.base.late_imports import import_when_used; import_when_used('xml.dom.minidom')\n"
        "import sys; from xml.dom import minidom; assert 'parseString' not in vars(minidom)\n"
        "assert sys.modules['xml.dom.minidom'] is minidom\n"
        "assert minidom.parseString('<a/>').documentElement.tagName == 'a'\n"
        "from xml.dom.minidom import Document; assert minidom.Document is Document\n"
        "try: minidom.nothing\n"
        "except AttributeError: pass\n"
        "else: raise AssertionError\n"
        "import_when_used('xml.dom.minidom'); assert minidom is sys.modules['xml.dom.minidom']"
    )
    run(code)


def test_a_package_that_is_loaded_late_gives_what_is_within_it():
    code = (
        "from scn_portal.base.late_imports import import_when_used; import_when_used('tomllib')\n"
        "from tomllib._types import ParseFloat; import tomllib; assert 'loads' not in vars(tomllib)\n"
        "assert tomllib._types.ParseFloat is ParseFloat; assert tomllib.loads('a = 1') == {'a': 1}"
    )
    run(code)


def test_several_threads_find_a_whole_module():
    code = (
        "from scn_portal.base.late_imports import import_when_used; import_when_used('xml.dom.minidom')\n"
        "from concurrent.futures import ThreadPoolExecutor; from xml.dom import minidom\n"
        "with ThreadPoolExecutor(8) as pool:\n"
        "    found = list(pool.map(lambda _number: minidom.DOMImplementation, range(64)))\n"
        "assert len({*found}) == 1"
    )
    run(code)


def test_compiled_templates_keep_no_text_of_their_own_but_where_errors_are_shown():
    given = settings.TEMPLATES[0]
    options = {name: given["OPTIONS"][name] for name in ("loaders", "builtins")}
    for debug in (False, True):
        engine = Engine(dirs=given["DIRS"], debug=debug, **options)
        template = engine.get_template("404.html")
        nodes = template.nodelist.get_nodes_by_type(Node)
        assert nodes
        assert [bool(template.source), all(node.token for node in nodes)] == [debug, debug]


def test_what_is_large_goes_back_to_the_system_and_what_is_loaded_is_passed_over():
    code = (
        "from scn_portal.base import memory; memory.keep_small(); memory.give_back()\n"
        "import gc, sys; assert gc.get_freeze_count() > 1000; assert not sys.path_importer_cache"
    )
    run(code)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_worker_that_takes_too_much_is_replaced_after_its_successor_has_started(tmp_path):
    server = WebServer(tmp_path, workers=2)
    sooner = (
        "from functools import partial; from scn_portal import serve; serve.RSS_SECONDS = 1;"
        "serve.Server = partial(serve.Server, respawn_interval=0.5); serve.main()"
    )
    python, _module, _name, *options = server._command
    server._command = [python, "-c", sooner, *options, "--max-rss", "20"]
    with server:
        first, seen = {each.pid for each in server.workers()}, []

        def are_replaced() -> bool:
            try:
                seen.append({each.pid for each in server.workers()})
            except psutil.NoSuchProcess:  # one that ended while it was looked at
                return False
            return not first & seen[-1]

        until(are_replaced)
        until(server._answers)
    assert min(len(pids) for pids in seen) >= 2
    assert "RSS over threshold" in server.log.read_text()


def test_a_system_without_glibc_goes_without(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    memory.keep_small()
    try:
        memory.give_back()
    finally:
        gc.unfreeze()


@pytest.mark.django_db
def test_missing_migrations_are_counted_as_migrate_counts_them():
    assert missing_migrations() == 0
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'digests' AND name = '0014_tally'")
    assert missing_migrations() == 1

"""A strict test run with real parts: PostgreSQL, Redis, a Celery worker, an SMTP server and Chromium, all on this
machine."""

import gc
import inspect
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

import pytest
from django.conf import settings
from django.core.cache import cache, caches
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.manager import BaseManager
from django.template import Node, engines
from django.test import TransactionTestCase
from django.utils import translation

from scn_portal import compile_messages
from scn_portal.base import fragments
from scn_portal.base.fragments import ReadWhenShown
from scn_portal.celery import app
from scn_portal.demo import embedded
from tests import app_role, celery_worker, provision, signed_in, template_database
from tests.celery_worker import QUEUE, CeleryWorker, forget_queue
from tests.database import STANDING, Standing
from tests.mail_server import MailServer

TEMPLATES = settings.BASE_DIR / "templates"
# No page can reach other machines. Intercepting each request instead would double the cost of a page, and turn off its
# cache.
HERE_ONLY = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"
CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", HERE_ONLY,
]  # fmt: skip
LONG = 2
IN_TURN = 8
HEAVY_IN_TURN = 2
# The deferred triggers that write kept data: public records, and the records of cities.
KEEPING = "^pgtrigger_(records_|keeps_|bumps_|counts_)"
SERVERS = pytest.StashKey[ExitStack]()
# Tests draw other random values in each run; all processes of a run have the same seed, from the first one.
SEED = os.environ.setdefault("SCN_TEST_SEED", str(secrets.randbelow(2**32)))

# --- The run ---------------------------------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """The first process starts the servers, for itself or for all processes of pytest-xdist."""
    if hasattr(config, "workerinput"):
        return
    config.stash[SERVERS] = ExitStack()
    if not config.option.collectonly:
        compile_messages.compile_catalogues()
        try:
            config.stash[SERVERS].enter_context(embedded.running(settings.VAR_DIR))
        except embedded.EmbeddedServerError as error:
            raise pytest.UsageError(f"{error} SCN_VAR=FOLDER runs the tests on servers of their own.") from error
        template_database.prepare(settings.VAR_DIR)


def pytest_collection_finish() -> None:
    """Exclude the imported modules from garbage collection: collecting them again and again took a sixth of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--in-turn",
        action="store_true",
        help=f"of tests with more than {LONG} cases, ask one in {IN_TURN}; "
        f"of the slow and browser tests of a file, one in {HEAVY_IN_TURN}",
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run the long tests first: short ones are left for the end, so that all processes finish together."""
    if config.option.in_turn:
        asked = set(asked_in_turn(items))
        config.hook.pytest_deselected(items=[item for item in items if item not in asked])
        items[:] = [item for item in items if item in asked]
    items.sort(key=lambda item: (not item.get_closest_marker("slow"), not item.get_closest_marker("browser")))


def asked_in_turn(items: list[pytest.Item]) -> Iterator[pytest.Item]:
    """The `items` that this run includes. They depend on the seed of the run, so that no test is left out for long."""
    cases = together(items, lambda item: item.nodeid.partition("[")[0])
    asked = [item for series in cases for item in (in_turn(series) if len(series) > LONG else series)]
    heavy = [item for item in asked if item.get_closest_marker("slow") or item.get_closest_marker("browser")]
    left_out = {*heavy}
    for series in together(heavy, lambda item: item.nodeid.partition("::")[0]):
        left_out -= {*heavy_in_turn(series)}
    yield from (item for item in asked if item not in left_out)


def in_turn(cases: list) -> list:
    """One in IN_TURN of the cases of a test."""
    return cases[int(SEED) % min(IN_TURN, len(cases)) :: IN_TURN]


def heavy_in_turn(tests: list) -> list:
    """One in HEAVY_IN_TURN of the slow and browser tests of a file. Over many runs, each test runs with each of its
    cases."""
    return tests[int(SEED) // IN_TURN % min(HEAVY_IN_TURN, len(tests)) :: HEAVY_IN_TURN]


def together(items: Iterable[pytest.Item], key: Callable[[pytest.Item], str]) -> Iterable[list[pytest.Item]]:
    """Lists of the items with the same key, in their order."""
    found: dict[str, list[pytest.Item]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return found.values()


def pytest_unconfigure(config: pytest.Config) -> None:
    if SERVERS in config.stash:
        config.stash[SERVERS].close()
        shutil.rmtree(settings.MEDIA_ROOT.parent, ignore_errors=True)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Remove rows that were kept for several consecutive tests before the first test that does not use them."""
    standing = item.config.stash.get(STANDING, None)
    if standing and standing.fixture and standing.fixture not in item.fixturenames:
        standing.leave()


def pytest_report_header() -> str:
    return f"seed: {SEED} (SCN_TEST_SEED={SEED} draws the same values again)"


class UnknownVariable:
    """Takes the place of an unknown variable in a template, and fails the test if the template is ours.

    Templates of Django and of packages rely on unknown variables being ignored.
    """

    def __contains__(self, text: object) -> bool:
        return text == "%s"

    def __mod__(self, name: object) -> str:
        if origin := own_template_being_rendered():
            raise AssertionError(f"Unknown variable “{name}” in {origin}")
        return ""


def own_template_being_rendered() -> str:
    """The name of the template whose variable is being looked up; "" if it is none of ours."""
    inner: list[FrameType] = []
    frame = inspect.currentframe()
    while frame := frame and frame.f_back:
        # Not for prefetches of a queryset that was built before, nor for a module of forms that the first `{% url %}`
        # imports.
        if frame.f_code is QuerySet._fetch_all.__code__ or frame.f_code.co_name == "<module>":
            return ""
        inner.append(frame)
        if not frame.f_code.co_name.startswith("render"):
            continue
        node = frame.f_locals.get("self")
        if issubclass(type(node), Node) and (origin := getattr(node, "origin", None)):
            is_ours = Path(origin.name).is_relative_to(TEMPLATES) and not any(map(reads_when_shown, inner))
            return origin.name if is_ours else ""
    return ""


def reads_when_shown(frame: FrameType) -> bool:
    """Whether this frame reads data in an object that a view passed to the template for that purpose."""
    # Only the type is checked: asking a lazy user for its class would load it, and call this again.
    return issubclass(type(frame.f_locals.get("self")), ReadWhenShown)


@pytest.fixture(autouse=True, scope="session")
def _unknown_variables_fail() -> None:
    for backend in engines.all():
        backend.engine.string_if_invalid = UnknownVariable()


@pytest.fixture(autouse=True, scope="session")
def queries_of_templates() -> Iterator[list[str]]:
    """The queries that our own templates have built, by following a manager or a row that was not fetched."""
    built: list[str] = []
    get_queryset = BaseManager.get_queryset

    def watched(manager: BaseManager) -> QuerySet:
        if manager.model._meta.app_label != "auth" and (origin := own_template_being_rendered()):
            built.append(f"{manager.model.__name__} in {origin}")
        return get_queryset(manager)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseManager, "get_queryset", watched)
        yield built


@pytest.fixture(autouse=True)
def _templates_build_no_query(queries_of_templates: list[str]) -> Iterator[None]:
    """Fail the test if a template built a query: the data of a page comes from its view. A view may pass a queryset,
    and `perms` may read permissions."""
    queries_of_templates.clear()
    yield
    assert sorted(set(queries_of_templates)) == []


@pytest.fixture(autouse=True, scope="session")
def _force_login_gives_everything() -> None:
    signed_in.connect()


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Run the test in English: a request for a French page leaves French active in its thread, but not beyond the
    test."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Empty the cache, so that no page and no count of failed logins is left from another test."""
    cache.clear()


@pytest.fixture(scope="session")
def django_db_setup(request, django_db_setup, django_db_blocker) -> Iterator[None]:
    """The test database. After a test that commits, it is restored to the state after the migrations."""
    standing = request.config.stash[STANDING] = Standing(django_db_blocker)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda self: standing.restore())
        yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        # The thread of a test server may close its connection only some time after the browser has closed its own.
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(scope="module")
def kept_rows(django_db_setup, django_db_blocker) -> Iterator[None]:
    """Rows that a fixture of a module writes after this fixture are there for each test of the module, and are rolled
    back at its end.

    The tests run inside the transaction that is opened here, each in a savepoint of its own. So a module that uses this
    has no test with `transactional_db`, `live_server` or a thread; and `now()` is one moment for all of them.
    """
    with django_db_blocker.unblock():
        around = transaction.atomic()
        around._from_testcase = True  # code that needs the outermost transaction ignores this one, as in any test
        with around:
            yield
            transaction.set_rollback(True)


@pytest.fixture
def kept_at_once(db) -> None:
    """The records of cities are brought up to date after each statement, not only at a commit, which most tests never
    make. For tests of lists, maps and tables of cities."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE contype = 't' AND conname ~ %s", [KEEPING])
        cursor.execute(f"SET CONSTRAINTS {', '.join(name for (name,) in cursor.fetchall())} IMMEDIATE")


@pytest.fixture
def fragments_on(settings) -> Iterator[None]:
    """Turn fragments of pages on. None is kept before the test or after it."""
    settings.FRAGMENTS = True
    caches["fragments"].clear()
    fragments.forget_here()
    yield
    caches["fragments"].clear()
    fragments.forget_here()


@pytest.fixture
def as_scn_app(request) -> Iterator[None]:
    """The test runs as the database role of production. Request it after `db`, `transactional_db` or `worker`."""
    name = "transactional_db" if {"transactional_db", "live_server", "worker"} & set(request.fixturenames) else "db"
    request.getfixturevalue(name)
    with app_role.as_app():
        yield


@pytest.fixture(autouse=True)
def _as_scn_app_where_it_matters(request) -> None:
    """The tests of `app_role.MODULES`, or with SCN_TEST_ROLE=scn_app all that have a database, run as that role."""
    asked = os.environ.get("SCN_TEST_ROLE") or request.path.stem in app_role.MODULES
    if asked and {"db", "transactional_db"} & set(request.fixturenames):
        request.getfixturevalue("as_scn_app")


# --- Mail and background work ----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _mail_server() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def smtp(_mail_server: MailServer, settings) -> MailServer:
    """A real SMTP server without mails, which receives the mails of this process and of the `worker`."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", _mail_server.port
    _mail_server.forget()
    return _mail_server


@pytest.fixture(scope="session")
def _celery_worker(_mail_server: MailServer) -> Iterator[CeleryWorker]:
    worker = CeleryWorker(_mail_server.port)
    yield worker
    worker.stop()


@pytest.fixture
def worker(transactional_db, _celery_worker: CeleryWorker) -> Iterator[CeleryWorker]:
    """A real worker that is ready, with the database and the queue of this test. Its mails go to `smtp`. A test may
    kill it."""
    forget_queue()
    if not _celery_worker.is_running:
        _celery_worker.start()
    unread, app.conf.task_default_queue = app.conf.task_default_queue, QUEUE
    yield _celery_worker
    _celery_worker.wait_until_idle()
    app.conf.task_default_queue = unread


@pytest.fixture
def queued_tasks() -> Callable[[], list[str]]:
    """A function that returns the names of the tasks that this test has sent to the broker, a real one, so far."""
    forget_queue()
    return celery_worker.queued_tasks


# --- The browser -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser():
    """Chromium. If there is none, the test is skipped with the reason; under CI it fails."""
    executable = provision.chromium()
    if not executable:
        reason = "no Chromium: install one, or name it in CHROMIUM"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    # Playwright keeps an event loop running in this thread, in which Django would refuse to use the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser, live_server):
    """A fresh page in English; `page.goto("/en/")` opens the test's own server. Other machines cannot be reached."""
    context = browser.new_context(base_url=live_server.url, locale="en-GB", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def axe():
    """`axe(page)` fails with the list of what WCAG 2.2 AA forbids on the page, rule by rule."""
    from axe_playwright_python.sync_playwright import Axe

    rules = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    # Preloading would ask for our stylesheets' imports at addresses relative to the page, where they are not.
    options = {"runOnly": rules, "resultTypes": ["violations"], "preload": False}

    def check(page) -> None:
        found = Axe().run(page, options=options).response["violations"]
        faults = [f"{each['id']}: {each['help']}\n    {node['html']}" for each in found for node in each["nodes"]]
        assert not faults, f"{page.url}\n" + "\n".join(faults)

    return check

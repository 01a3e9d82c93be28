"""The portal with the content of the demo: the Declaration, the cities, the sample content, the accounts."""

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from commitments.loading import load_declaration, load_sample_pledges
from members.city_csv import import_cities
from members.models import User
from practices.loading import load_sample_practices
from scn_portal.demo.accounts import PASSWORD, code_of, create_demo_accounts
from tests.database import STANDING, Snapshot, once_a_run


@pytest.fixture(scope="session")
def _loaded() -> list[Snapshot]:
    """The snapshot of the loaded portal, after a test of this process has needed it."""
    return []


@pytest.fixture
def portal(request, transactional_db, _loaded, testrun_uid) -> None:
    """Real cities, pledges and practices, and accounts to log in with. They stay as long as consecutive tests use them;
    each test finds them as they were loaded."""
    standing = request.config.stash[STANDING]
    if standing.fixture == "portal":
        return
    if _loaded:
        _loaded[0].restore()
    else:
        # The folder of the processes of this run, which is deleted at its end.
        kept = settings.MEDIA_ROOT.parent / f"portal-{testrun_uid}"
        _loaded.append(once_a_run(kept, lambda: _load(settings.BASE_DIR / "members/data/cities.csv")))
    standing.stay(_loaded[0], "portal")


def _load(cities: Path) -> None:
    load_declaration()
    import_cities(cities.read_bytes())
    staff = create_demo_accounts()[0]
    load_sample_pledges()
    load_sample_practices(moderator=staff)


@pytest.fixture
def visitor(browser, live_server):
    """`visitor(**options)` is a page in a browser of its own, by default without JavaScript."""
    contexts = []

    def open_page(**options):
        options = {"base_url": live_server.url, "java_script_enabled": False} | options
        contexts.append(browser.new_context(**options))
        contexts[-1].set_default_timeout(30_000)
        return contexts[-1].new_page()

    yield open_page
    for context in contexts:
        context.close()


def let_in(page, email: str) -> None:
    """Give the browser a session of an account, for pages that are not about signing in: `log_in` opens three more."""
    client = Client()
    client.force_login(User.objects.get(email=email))
    session = {"name": settings.SESSION_COOKIE_NAME, "value": client.session.session_key, "path": "/"}
    page.context.add_cookies([session | {"domain": host} for host in ("localhost", "127.0.0.1")])


def log_in(page, email: str, language: str) -> None:
    """Log in as one of the demo's accounts, with the code of the moderator's app, and be in the workspace."""
    page.goto(f"/{language}/accounts/login/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "login" not in url)
    if "/2fa/authenticate/" in page.url:
        page.fill("input[name=code]", code_of(User.objects.get(email=email)))
        page.press("input[name=code]", "Enter")
        page.wait_for_url(lambda url: "/2fa/" not in url)

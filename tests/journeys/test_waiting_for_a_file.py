"""A reader waits for a file, with and without JavaScript, in both languages, and stops the page from refreshing."""

import pytest

from commitments.loading import load_declaration
from scn_portal.base.models import MadeFile, State
from tests.factories import CityFactory, RegionFactory
from tests.made_files import work_off

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def many(monkeypatch):
    """Cities, of which a few are too many to be written at once."""
    monkeypatch.setattr("scn_portal.site.downloads.rows.AT_ONCE", 2)
    monkeypatch.setattr("scn_portal.base.made_files.answers.RETRY_SECONDS", 1)
    monkeypatch.setattr("scn_portal.site.files.waiting.RETRY_SECONDS", 1)
    load_declaration()
    region = RegionFactory()
    for number in range(3):
        CityFactory(name_en=f"Testford {number}", region=region)


@pytest.mark.parametrize(
    ("address", "waits", "stop", "ready"),
    [
        ("/en/data/cities.xlsx", "Your file is being prepared", "Stop refreshing this page", "Your file is ready"),
        (
            "/fr/donnees/cities.xlsx", "Votre fichier est en préparation", "Ne plus actualiser cette page",
            "Votre fichier est prêt",
        ),
    ],
)  # fmt: skip
def test_the_page_waits_stops_goes_on_and_brings_the_file(browser, live_server, many, address, waits, stop, ready):
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator("h1").inner_text() == waits
    page.get_by_role("link", name=stop).click()
    page.wait_for_url("**?stop")
    MadeFile.objects.update(state=State.MAKING, progress=42, written=2**20, claimed_until="2999-01-01T00:00Z")
    page.locator(".actions a").first.click()
    assert "42" in page.locator("[role=status]").inner_text()
    MadeFile.objects.update(state=State.WAITING)
    assert work_off() == 1
    with page.expect_download() as download:
        page.locator(".actions a").last.click()  # the page refreshes itself again: the file comes by itself
    assert download.value.suggested_filename.endswith(".xlsx")
    assert page.locator("h1").inner_text() == ready
    context.close()


@pytest.mark.parametrize("address", ["/en/data/cities.csv", "/fr/donnees/cities.csv"])
def test_every_state_of_the_page_is_accessible(page, axe, many, address):
    page.goto(address)
    page.goto(f"{page.url}?stop")
    file = MadeFile.objects.filter(what="table")
    for state in (State.WAITING, State.MAKING, State.FAILED):
        file.update(state=state, progress=50, written=5000, claimed_until="2999-01-01T00:00Z")
        page.reload()
        axe(page)
    file.update(state=State.WAITING, waiting_since="2026-01-01T00:00Z")
    page.reload()
    axe(page)
    work_off()
    page.reload()
    axe(page)

"""Every public page, opened once with scripts and once without, in English and light, in French and dark.

`make test` walks each page in one language, in turn; `make soak` walks the other half.

No violation of WCAG 2.2 AA, of the page's own security policy, no request to another host, no sideways scrolling, the
whole page by keyboard, its content without scripts, and a first visit that is light.
"""

import itertools

import pytest
from django.test.testcases import LiveServerThread

from tests.journeys import checks
from tests.journeys.addresses import BARE, PUBLIC, WEIGHED

pytestmark = pytest.mark.browser

SCHEMES = {"en": "light", "fr": "dark"}


@pytest.fixture(scope="session")
def served():
    """The portal with its static files as they are really served: the usual test server hands them out itself, past
    the middlewares that compress."""
    server = LiveServerThread("127.0.0.1", lambda application: application)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()


def walked(pages: dict[str, list[str]]) -> list:
    """Each page in both languages: every second one in English, and the others in French, only by `make soak`."""
    return [
        pytest.param(language, address, marks=[] if is_brief else [pytest.mark.soak])
        for first, (language, addresses) in enumerate(pages.items())
        for is_brief, address in zip(itertools.cycle([first == 0, first == 1]), addresses, strict=False)
    ]


@pytest.mark.parametrize(("language", "address"), walked(PUBLIC))
def test_a_public_page(portal, served, visitor, axe, language, address):
    page = visitor(
        base_url=served, java_script_enabled=True, color_scheme=SCHEMES[language], reduced_motion="reduce",
        viewport={"width": 1280, "height": 768},
    )  # fmt: skip
    faults = checks.watch(page, served)
    weight = weight_of_first_visit(page, address)
    if address in WEIGHED:
        assert 1_000 < weight <= WEIGHED[address]
    axe(page)
    checks.check_words(page)
    checks.check_nothing_scrolls_sideways(page)
    page.set_viewport_size({"width": 1024, "height": 768})
    checks.check_keyboard(page, whole=address in PUBLIC[language][:2])
    assert faults == []

    plain = visitor(base_url=served)
    plain.goto(address)
    checks.check_content_without_scripts(plain)


@pytest.mark.parametrize(("language", "address"), walked(BARE))
def test_a_page_without_header(portal, served, visitor, axe, language, address):
    """For frames of other sites, and for paper."""
    page = visitor(base_url=served, java_script_enabled=True, color_scheme=SCHEMES[language])
    faults = checks.watch(page, served)
    page.goto(address)
    axe(page)
    checks.check_words(page)
    checks.check_nothing_scrolls_sideways(page)
    assert faults == []


def weight_of_first_visit(page, address: str) -> int:
    """Open `address`: the bytes that came over the wire, headers included, for the page and all that it asks for."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    received = []
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.goto(address, wait_until="networkidle" if address in WEIGHED else "load")
    session.detach()
    return int(sum(received))


def test_every_weighed_page_is_walked():
    assert WEIGHED.keys() <= {*PUBLIC["en"], *PUBLIC["fr"]}


def test_the_skip_link_leads_past_the_header(portal, visitor):
    page = visitor(java_script_enabled=True)
    page.goto("/en/cities/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


@pytest.mark.parametrize("address", ["/en/cities/", "/en/practices/"])
def test_a_filter_is_a_plain_form(portal, visitor, address):
    page = visitor()
    page.goto(address)
    page.locator("main form").first.locator("[type=submit]").first.click()
    page.wait_for_url(lambda url: "?" in url)
    assert page.get_by_role("heading", level=1).is_visible()

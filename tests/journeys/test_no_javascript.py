"""With JavaScript off each page shows its content, and what a reader asks by a form comes by plain GET."""

import pytest

from tests.journeys.addresses import PUBLIC

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["en", "fr"])
def test_each_page_shows_its_content(portal, visitor, language):
    page = visitor()
    for address in PUBLIC[language]:
        page.goto(address)
        assert page.get_by_role("heading", level=1).is_visible(), address
        assert len(page.locator("main").inner_text()) > 80, address
        assert page.get_by_role("contentinfo").get_by_role("link").count() >= 5, address


@pytest.mark.parametrize("address", ["/en/cities/", "/en/practices/"])
def test_a_filter_is_a_plain_form(portal, visitor, address):
    page = visitor()
    page.goto(address)
    page.locator("main form").first.locator("[type=submit]").first.click()
    page.wait_for_url(lambda url: "?" in url)
    assert page.get_by_role("heading", level=1).is_visible()

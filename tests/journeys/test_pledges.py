"""The list of pledges in a browser: choosing a filter replaces the list, its heading and the title of the page."""

import pytest

pytestmark = pytest.mark.browser


def test_the_heading_follows_the_filter_chosen(portal, visitor):
    page = visitor(java_script_enabled=True, viewport={"width": 1280, "height": 900})
    page.goto("/en/pledges/")
    page.get_by_label("Under way").check()
    page.get_by_role("heading", level=1, name="Pledges: Under way").wait_for()
    page.wait_for_function("document.title.startsWith('Pledges: Under way')")
    assert page.locator("#found .entries > li").count() == 3
    page.get_by_role("link", name="Clear all").click()
    page.get_by_role("heading", level=1, name="Pledges", exact=True).wait_for()

"""Searching in a browser: with scripts and without, by keyboard, in the light and in the dark."""

import pytest

from practices import vocabulary

pytestmark = pytest.mark.browser

# On a narrow screen, in one colour scheme each; in the other the same components are met in test_every_page.py.
SEARCHES = {
    "light": ["/en/search/", "/en/search/?q=youth", "/fr/pratiques/?q=rien+de+tel", "/fr/recherche/?q=rien+de+tel"],
    "dark": ["/fr/recherche/?q=canada", "/en/practices/?q=youth+police", "/fr/pratiques/?q=jeunes&theme=youth"],
}


@pytest.mark.parametrize("scheme", SEARCHES)
def test_no_search_breaks_the_rules_of_access(portal, visitor, axe, scheme):
    page = visitor(java_script_enabled=True, color_scheme=scheme, viewport={"width": 360, "height": 800})
    for path in SEARCHES[scheme]:
        assert page.goto(path).status == 200
        axe(page)
        too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert (path, too_wide) == (path, 0)


def test_without_scripts_a_search_is_a_form_and_links(portal, visitor):
    vocabulary.refresh()
    page = visitor()
    page.goto("/fr/")
    page.get_by_role("searchbox").last.fill("jeunes polcie")
    page.get_by_role("searchbox").last.press("Enter")
    page.wait_for_url("**/fr/recherche/?q=*")
    page.locator(".suggestion a").click()
    page.wait_for_url("**/fr/recherche/?q=jeunes*")
    assert page.locator("mark").count() > 0
    page.get_by_role("link", name="Pratiques (").click()
    page.wait_for_url("**kind=practice*")
    assert page.locator(".kinds a[aria-current]").inner_text().startswith("Pratiques")


def test_with_scripts_the_list_answers_as_filters_are_ticked(portal, visitor):
    page = visitor(java_script_enabled=True)
    page.goto("/en/practices/?q=police")
    before = page.locator("#found-count").inner_text()
    page.locator("fieldset#facet-country .facet-options input").first.check()
    page.wait_for_url("**/en/practices/?q=police*country=*")
    page.wait_for_function("before => document.querySelector('#found-count').innerText !== before", arg=before)
    assert page.locator("#found mark").count() > 0

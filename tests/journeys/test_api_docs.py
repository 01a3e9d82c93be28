"""The documentation of the API in a browser: each command can be copied."""

import re

import pytest

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("address", "name", "says"),
    [
        ("/en/open-data/api/", "Copy Request.*List cities", "Copied"),
        ("/fr/donnees-ouvertes/api/", "Copier Requête.*Lister les villes", "Copié"),
    ],
)
def test_a_command_is_copied_and_that_is_announced(portal, visitor, address, name, says):
    page = visitor(java_script_enabled=True, permissions=["clipboard-read", "clipboard-write"])
    page.goto(address)
    block = page.locator(".copyable", has_text="/api/v1/cities?limit=1")
    button = page.get_by_role("button", name=re.compile(name))
    button.click()
    block.get_by_role("status").get_by_text(says).wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == block.locator("code").text_content()
    assert copied.startswith('curl "http')


def test_without_javascript_there_is_no_button(portal, visitor):
    page = visitor()
    page.goto("/en/open-data/api/")
    assert page.get_by_role("button", name="Copy").count() == 0
    assert page.get_by_text('curl "').first.is_visible()

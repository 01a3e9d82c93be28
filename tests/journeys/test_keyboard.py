"""Each public page walked through with the Tab key: every stop is seen, in the order of the page, to its foot."""

import pytest

from tests.journeys.addresses import PUBLIC

pytestmark = pytest.mark.browser

MOST_STOPS = 400

# Where the keyboard is, and how that looks. `seen`: some of it is in the window, and nothing covers it.
STOP = """() => {
    const stop = document.activeElement;
    if (!stop || stop === document.body) return null;
    const box = [...stop.getClientRects()][0] ?? stop.getBoundingClientRect();
    const x = box.left + Math.min(box.width / 2, 20), y = box.top + box.height / 2;
    const top = document.elementFromPoint(x, y);
    const style = getComputedStyle(stop);
    if (!window.stops) window.stops = [];
    const last = window.stops.at(-1);
    const repeated = window.stops.includes(stop);
    const backwards = last && !(last.compareDocumentPosition(stop) & Node.DOCUMENT_POSITION_FOLLOWING);
    window.stops.push(stop);
    return {
        name: stop.outerHTML.slice(0, 120),
        seen: Boolean(top) && (stop.contains(top) || top.contains(stop)) && y >= 0 && y <= innerHeight,
        marked: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
        repeated, backwards: Boolean(backwards),
        inFooter: Boolean(stop.closest("footer.site-footer")),
    };
}"""


@pytest.mark.parametrize("language", ["en", "fr"])
def test_tab_leads_through_the_whole_page_and_is_always_seen(portal, visitor, language):
    page = visitor(java_script_enabled=True, viewport={"width": 1024, "height": 768}, reduced_motion="reduce")
    for address in PUBLIC[language]:
        page.goto(address)
        stops = walk(page)
        faults = [
            (address, stop["name"], fault)
            for stop in stops
            for fault, bad in {
                "not seen": not stop["seen"], "no focus ring": not stop["marked"],
                "met twice": stop["repeated"], "against the order": stop["backwards"],
            }.items()
            if bad
        ]  # fmt: skip
        assert faults == []
        assert stops[-1]["inFooter"], address


def walk(page) -> list[dict]:
    """Every stop from the top of the page until the keyboard leaves it."""
    # The first press is to land on the first stop, wherever the page put the keyboard when it opened.
    page.evaluate("document.activeElement?.blur()")
    stops: list[dict] = []
    while len(stops) < MOST_STOPS:
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None or (stop["repeated"] and stops and stops[-1]["inFooter"]):
            return stops
        stops.append(stop)
    pytest.fail(f"the keyboard does not get out of {page.url}")


def test_the_skip_link_leads_past_the_header(portal, visitor):
    page = visitor(java_script_enabled=True)
    page.goto("/en/cities/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")

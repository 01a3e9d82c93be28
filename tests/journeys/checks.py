"""What holds on every page, each check on a page that is already open: one load serves all of them."""

import re

import pytest

WIDTHS = [360, 768, 1280]
MAX_STOPS = 400

REPORT_POLICY_FAULTS = (
    "addEventListener('securitypolicyviolation', e => console.error('policy: ' + e.violatedDirective + e.blockedURI))"
)
NEXT_FRAME = "() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))"

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

# The words of the page with the language of each, without code.
WORDS = """() => {
    const words = [], walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const parent = walker.currentNode.parentElement;
        const set_apart = "script, noscript, style, code, samp, pre, textarea, option";
        if (walker.currentNode.data.trim() && !parent.closest(set_apart))
            words.push([parent.closest("[lang]").lang, walker.currentNode.data]);
    }
    for (const each of document.querySelectorAll("[aria-label], [placeholder], img[alt]"))
        for (const name of ["aria-label", "placeholder", "alt"])
            if (each.getAttribute(name)) words.push([each.closest("[lang]").lang, each.getAttribute(name)]);
    return words;
}"""
ADDRESS = re.compile(r"https?:\S*|\S+@\S+|\b[\w.-]+\.\w+(?:/\S*)+")
NOT_SET_AS_PRINTED = {
    "en": re.compile(r"['\"«»]|\.\.\.|\be-mails?\b|\b0 (?:cit|pledge|practice|result)"),
    "fr": re.compile(r"['\"“”]|\.\.\.| [;:!?»]|«(?![\u202f\u00a0])|[^\W\d][;:!?](?=\s|$)|\b0 (?:ville|prom|prat|rés)"),
}


def watch(page, server: str) -> list[tuple[str, str]]:
    """The faults of every page that `page` opens from now on, each with its address; the list grows as they come.

    A breach of the page's security policy, a complaint in the console, a script's error, a request to another host
    than `server`.
    """
    faults: list[tuple[str, str]] = []

    def heard(message) -> None:
        # What Chromium says about a 404 that was asked for is no fault.
        if message.type in ("error", "warning") and "status of 404" not in message.text:
            faults.append((page.url, message.text))

    def requested(request) -> None:
        if not request.url.startswith((server, "data:", "blob:", "about:")):
            faults.append((page.url, request.url))

    page.add_init_script(REPORT_POLICY_FAULTS)
    page.on("console", heard)
    page.on("pageerror", lambda error: faults.append((page.url, str(error))))
    page.on("request", requested)
    return faults


def check_words(page) -> None:
    """Quotes, apostrophes and spaces are those of print, and nothing is counted as zero."""
    texts = [
        (language, ADDRESS.sub("", " ".join(re.split(r"[ \t\n]+", words)))) for language, words in page.evaluate(WORDS)
    ]
    assert [(language, words) for language, words in texts if NOT_SET_AS_PRINTED[language].search(words)] == []


def check_nothing_scrolls_sideways(page) -> None:
    height = page.viewport_size["height"]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate(NEXT_FRAME)
        too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert (width, too_wide) == (width, 0)


def check_keyboard(page, *, whole: bool) -> None:
    """Tab leads through the page to its foot: every stop is seen, is marked, and comes in order.

    Unless `whole`, from where the skip link leads to the first stop of the footer: the rest is the same on each page.
    """
    stops = walk(page, whole=whole)
    faults = [
        (stop["name"], fault)
        for stop in stops
        for fault, bad in {
            "not seen": not stop["seen"], "no focus ring": not stop["marked"],
            "met twice": stop["repeated"], "against the order": stop["backwards"],
        }.items()
        if bad
    ]  # fmt: skip
    assert faults == []
    assert stops[-1]["inFooter"]


def walk(page, *, whole: bool) -> list[dict]:
    """Every stop from the top of the page, or of its content, until the keyboard leaves it."""
    # The first press is to land on the first stop, wherever the page put the keyboard when it opened.
    page.evaluate("document.activeElement?.blur()")
    if not whole:
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    stops: list[dict] = []
    while len(stops) < MAX_STOPS:
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None or (stop["repeated"] and stops and stops[-1]["inFooter"]):
            return stops
        stops.append(stop)
        if stop["inFooter"] and not whole:
            return stops
    pytest.fail(f"the keyboard does not get out of {page.url}")


def check_content_without_scripts(page) -> None:
    """`page` was opened with JavaScript off, and shows its content."""
    assert page.get_by_role("heading", level=1).is_visible()
    assert len(page.locator("main").inner_text()) > 80
    assert page.get_by_role("contentinfo").get_by_role("link").count() >= 5

"""A site of somebody else shows the map, a chart and a city in frames; it may show nothing more."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def another_site():
    """`another_site(html)` is the address of a page of another origin that holds `html`."""
    pages: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Another site</title>" + pages[0])

        def log_message(self, *_arguments) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def page_with(html: str) -> str:
        pages[:] = [html.encode()]
        return f"http://127.0.0.1:{server.server_port}/"

    yield page_with
    server.shutdown()
    server.server_close()


def test_the_code_of_the_page_of_charts_works_on_another_site(portal, visitor, another_site, live_server, settings):
    page = visitor(java_script_enabled=True)
    page.goto("/en/charts/")
    codes = page.eval_on_selector_all("textarea[id^=embed-]", "fields => fields.map(field => field.value)")
    assert len(codes) == 4
    page.goto(another_site("".join(codes).replace(settings.SITE_URL, live_server.url).replace(' loading="lazy"', "")))
    for number, words in enumerate(("Cities pledge", "theme", "evaluated", "Cities of the network")):
        page.frame_locator(f"iframe >> nth={number}").get_by_role("heading", name=words).wait_for()
    page.locator("iframe >> nth=3").scroll_into_view_if_needed()
    map_frame = page.frame_locator("iframe >> nth=3")
    map_frame.locator(".map[data-state=ready]").wait_for()
    map_frame.get_by_role("button", name="Dakar").click()
    with page.context.expect_page() as opened:
        map_frame.get_by_role("dialog").get_by_role("link", name="Dakar").click()
    opened.value.wait_for_url("**/en/cities/dakar/")


def test_a_link_in_a_frame_opens_the_portal_in_a_new_tab(portal, visitor, another_site, live_server):
    page = visitor(java_script_enabled=True)
    page.goto(another_site(f'<iframe src="{live_server.url}/fr/integrer/villes/montreal/"></iframe>'))
    frame = page.frame_locator("iframe")
    for name in ("Montréal", "Source : Strong Cities Network (s’ouvre dans un nouvel onglet)"):
        with page.context.expect_page() as opened:
            frame.get_by_role("link", name=name).click()
        opened.value.wait_for_url("**/fr/villes/montreal/")
    assert page.context.cookies() == []


def test_another_page_of_the_portal_is_shown_in_no_frame(portal, visitor, another_site, live_server):
    page, refused = visitor(java_script_enabled=True), []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    page.goto(another_site(f'<iframe src="{live_server.url}/en/cities/montreal/"></iframe>'))
    page.wait_for_load_state("networkidle")
    assert any("frame" in text.lower() for text in refused)
    assert "Montréal" not in "".join(frame.content() for frame in page.frames[1:])

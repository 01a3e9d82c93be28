"""Filters in a browser: with scripts as they are ticked, without them by a button; the matrix by keyboard."""

import re

import pytest

from members.models import City

pytestmark = pytest.mark.browser

LISTS = ["/en/cities/", "/en/matrix/"]
# The matrix leaves out the cities of which nothing is recorded. All, in North America, in Canada:
COUNTS = {"/en/cities/": (88, 18, 8), "/en/matrix/": (32, 8, 5)}


@pytest.fixture
def reader(portal, page):
    """A page with scripts, and all that goes wrong on it."""
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("console", lambda message: page.faults.append(message.text) if message.type == "error" else None)
    yield page
    assert page.faults == []


def tick(page, name: str) -> None:
    """Tick a box, and wait for the list that answers."""
    with page.expect_response(lambda response: response.request.headers.get("hx-request") == "true"):
        page.get_by_role("checkbox", name=name).press("Space")
    page.locator(".htmx-request, .htmx-swapping, .htmx-settling").first.wait_for(state="detached")


def step_back(page, steps: int) -> None:
    """Go `steps` entries back from the newest, without waiting for the page."""
    client = page.context.new_cdp_session(page)
    entries = client.send("Page.getNavigationHistory")["entries"]
    client.send("Page.navigateToHistoryEntry", {"entryId": entries[-1 - steps]["id"]})


def wait_for_count(page, cities: int) -> None:
    """Wait until the list says that it has so many cities."""
    page.get_by_role("status").filter(has_text=re.compile(rf"^\s*{cities} cities")).wait_for()


def focused(page) -> str:
    return page.evaluate("document.activeElement.id")


@pytest.mark.parametrize("address", LISTS)
def test_a_tick_narrows_the_list_and_the_reader_stays_where_they_were(reader, address):
    reader.goto(address)
    count = reader.get_by_role("status")
    before = count.inner_text()
    live = reader.evaluate_handle("document.getElementById('found-count')")
    tick(reader, "North America")
    assert reader.url.endswith(f"{address}?region=north-america")
    everywhere, there, _canada = COUNTS[address]
    assert count.inner_text().startswith(f"{there} cities")
    assert before.startswith(f"{everywhere} cities")
    assert reader.evaluate("element => element.isConnected", live), "an element that is new is not announced"
    assert focused(reader) == "facet-region-north-america"
    assert reader.get_by_role("checkbox", name="Canada").count() == 1
    assert reader.get_by_role("checkbox", name="Kenya").count() == 0
    assert "region=north-america" in reader.get_by_role("link", name="Français").get_attribute("href")


@pytest.mark.parametrize("address", LISTS)
def test_back_brings_the_list_before_back_with_its_boxes(reader, address):
    reader.goto(address)
    tick(reader, "North America")
    tick(reader, "Canada")
    everywhere, there, canada = COUNTS[address]
    assert reader.get_by_role("status").inner_text().startswith(f"{canada} cities")
    reader.go_back()
    wait_for_count(reader, there)
    assert reader.get_by_role("checkbox", name="North America").is_checked()
    assert not reader.get_by_role("checkbox", name="Canada").is_checked()
    reader.go_back()
    wait_for_count(reader, everywhere)
    assert reader.locator(".facet input:checked").count() == 0


AWAITED = ["**/*region=north-america", "**/htmx.min*.js", "**/facets*.js"]


@pytest.mark.parametrize(
    ("address", "awaited"),
    [  # each file on one list in turn, and by `make soak` on the other
        pytest.param(address, awaited, marks=[] if (place + turn) % len(LISTS) == 0 else [pytest.mark.soak])
        for place, address in enumerate(LISTS)
        for turn, awaited in enumerate(AWAITED)
    ],
)
def test_back_pressed_again_while_the_page_loads_brings_the_list_of_the_address(reader, address, awaited):
    reader.goto(address)
    tick(reader, "North America")
    tick(reader, "Canada")
    held = []
    reader.route(awaited, lambda route: held.append(route), times=1)
    with reader.expect_request(awaited):
        step_back(reader, 1)
    step_back(reader, 2)
    held[0].continue_()
    wait_for_count(reader, COUNTS[address][0])
    assert reader.url.endswith(address)
    assert reader.locator(".facet input:checked").count() == 0


def test_the_matrix_shows_the_cities_without_a_mark_when_asked(reader):
    reader.goto("/en/matrix/")
    tick(reader, "Also show cities with nothing recorded")
    assert reader.url.endswith("/en/matrix/?all=yes")
    tick(reader, "North America")
    assert reader.get_by_role("status").inner_text().startswith("18 cities")
    assert reader.get_by_role("rowheader", name="Canada", exact=True).is_visible()
    reader.get_by_role("link", name="Hide the cities with nothing recorded").click()
    reader.wait_for_url("**/en/matrix/?region=north-america")
    assert reader.get_by_role("status").inner_text().startswith("8 cities")


def test_on_a_wide_screen_the_matrix_does_not_scroll_in_a_box(reader):
    reader.set_viewport_size({"width": 1280, "height": 800})
    reader.goto("/en/matrix/")
    box = reader.locator(".matrix-box")
    assert box.evaluate("box => box.scrollHeight <= box.clientHeight && box.scrollWidth <= box.clientWidth")
    assert reader.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    marks = reader.locator(".matrix a.cell").evaluate_all("cells => cells.map(cell => cell.offsetHeight)")
    assert all(28 <= height < 30 for height in marks)


def test_a_long_filter_shows_six_values_those_chosen_and_on_demand_all(reader):
    reader.goto("/en/cities/")
    countries = reader.locator("#facet-country .facet-options input:visible")
    assert countries.count() == 6
    assert reader.locator("#facet-country .facet-options label").first.inner_text().startswith("United States")
    reader.get_by_role("checkbox", name="Show all 39").press("Space")
    assert countries.count() == 39
    tick(reader, "Uganda")  # what was shown whole stays so, and what was ticked has the focus and is in sight
    assert countries.count() == 39
    assert focused(reader) == "facet-country-UG"
    box = reader.evaluate("document.activeElement.getBoundingClientRect().toJSON()")
    assert 0 < box["top"] < box["bottom"] < reader.viewport_size["height"]
    reader.get_by_role("checkbox", name="Show fewer").press("Space")
    assert countries.count() == 7
    assert reader.get_by_role("checkbox", name="Uganda").is_visible()


def test_a_search_in_a_long_filter_hides_the_others_and_says_how_many_match(reader):
    reader.goto("/fr/villes/")
    search = reader.get_by_role("searchbox", name="Chercher dans le filtre « Pays »")
    search.press_sequentially("etats")
    shown = reader.locator("#facet-country .facet-options input:visible")
    assert [box.get_attribute("value") for box in shown.all()] == ["US"]
    said = reader.locator("#facet-country [role=status]")
    assert said.inner_text() == "Résultats\xa0: 1 sur 39"
    search.press("Enter")  # sends nothing
    assert reader.url.endswith("/fr/villes/")
    tick(reader, "États-Unis")
    assert search.input_value() == "etats"
    assert shown.count() == 1
    search.fill("xyz")
    assert said.inner_text() == "Aucun résultat"
    search.fill("")
    assert (shown.count(), said.inner_text()) == (6, "")


def test_enter_among_the_words_and_a_change_of_the_order_ask_once_and_log_nothing(reader):
    reader.goto("/en/practices/")
    asked = []
    reader.on("request", lambda request: asked.append(request.url) if "hx-request" in request.headers else None)
    words = reader.get_by_label("Search practices")
    words.press_sequentially("youth")
    with reader.expect_response(lambda response: "q=youth" in response.url):
        words.press("Enter")
    reader.locator(".htmx-request, .htmx-swapping, .htmx-settling").first.wait_for(state="detached")
    reader.get_by_label("Filters in use").or_(reader.locator("#found .entries")).first.wait_for()
    with reader.expect_response(lambda response: "theme=youth" in response.url):
        reader.locator("#facet-theme-youth").press("Space")
    reader.locator(".htmx-request, .htmx-swapping, .htmx-settling").first.wait_for(state="detached")
    assert len(asked) == 2


def test_a_link_takes_a_choice_away_and_leads_to_the_results(reader):
    reader.goto("/en/cities/?region=north-america&country=CA")
    reader.get_by_role("link", name=re.compile("Remove: Country: Canada")).click()
    reader.wait_for_url("**/cities/?region=north-america#found")
    assert focused(reader) == "found"
    reader.get_by_role("link", name="Clear all").click()
    wait_for_count(reader, 88)


def test_a_badge_has_room_for_its_text_in_the_fonts_of_this_machine(portal, page):
    city = City.objects.get(name_en="Montgomery County (Maryland)")
    page.set_content(page.request.get(f"/fr/villes/{city.slug}/badge.svg").text())
    fits = """() => [...document.querySelectorAll('text')].every((text) => {
      const { x, width } = text.getBBox();
      return x >= 0 && x + width <= document.querySelector('svg').viewBox.baseVal.width;
    })"""
    assert page.evaluate(fits)


def test_the_map_follows_the_choices(reader):
    reader.goto("/en/cities/?region=north-america")
    assert reader.locator(".map").get_attribute("data-cities").endswith("?region=north-america")
    tick(reader, "Canada")
    assert reader.locator(".map").get_attribute("data-cities").endswith("?region=north-america&country=CA")


def test_a_list_that_cannot_be_fetched_is_asked_for_as_a_page(portal, page):
    page.goto("/en/cities/")
    page.route("**/cities/?*", lambda route: (
        route.abort() if route.request.headers.get("hx-request") else route.continue_()
    ))  # fmt: skip
    page.get_by_role("checkbox", name="North America").press("Space")
    page.wait_for_url("**region=north-america*")
    wait_for_count(page, 18)


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize("width", [360, 1280])
def test_without_scripts_the_same_form_is_sent_with_its_button(portal, visitor, address, width):
    page = visitor(viewport={"width": width, "height": 800})
    page.goto(address)
    if width == 360:
        assert not page.get_by_role("checkbox", name="North America").is_visible()
        page.get_by_text("Filters", exact=True).click()
    assert not page.locator(".facet-search").first.is_visible()
    assert page.locator("#facet-country .facet-options input:visible").count() == 6
    page.get_by_text("Show all 39").click()
    assert page.locator("#facet-country .facet-options input:visible").count() == 39
    page.get_by_role("checkbox", name="North America").check()
    page.get_by_role("button", name="Apply the filters").click()
    page.wait_for_url("**region=north-america*")
    assert page.locator("#found-count").inner_text().startswith(f"{COUNTS[address][1]} cities")
    assert not page.get_by_role("heading", name="On the map").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize(
    ("address", "scheme"),
    [
        ("/en/cities/?region=europe&country=ZZ", "dark"),
        ("/fr/tableau/", "light"),
        pytest.param("/fr/villes/", "light", marks=pytest.mark.soak),
        pytest.param("/en/matrix/", "dark", marks=pytest.mark.soak),
    ],
)
def test_the_lists_have_no_fault_that_axe_can_find(reader, axe, address, scheme):
    reader.emulate_media(color_scheme=scheme)
    for width in (360, 1280):
        reader.set_viewport_size({"width": width, "height": 800})
        reader.goto(address)
        axe(reader)


def test_the_matrix_scrolls_inside_its_box_by_keyboard_with_its_headers_in_sight(reader):
    reader.set_viewport_size({"width": 360, "height": 700})
    reader.goto("/en/matrix/")
    box = reader.get_by_role("region", name="Cities and the seven commitments: pledges and practices")
    box.get_by_role("link").first.focus()
    for key in ("End", "ArrowRight", "ArrowRight", "ArrowRight"):
        reader.keyboard.press(key)
    box.evaluate("""box => new Promise((done) => {
      const atEnd = () => box.scrollTop + box.clientHeight > box.scrollHeight - 2 && box.scrollLeft > 50;
      const look = () => atEnd() ? done() : requestAnimationFrame(look);
      look();
    })""")
    seen = """selector => {
      const one = document.querySelector(selector).getBoundingClientRect();
      const box = document.querySelector('.matrix-box').getBoundingClientRect();
      return one.bottom > box.top && one.top < box.bottom && one.right > box.left && one.left < box.right;
    }"""
    assert reader.evaluate(seen, ".matrix thead th:first-child")
    assert reader.evaluate(seen, ".matrix tbody:last-child tr:last-child th")
    assert reader.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")

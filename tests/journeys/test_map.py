"""The map in the browser: by keyboard, by mouse, by touch, without JavaScript, and when something fails."""

import gzip
import re

import pytest

from commitments.loading import load_declaration
from commitments.models import Commitment
from tests.factories import CityFactory, PledgeFactory, RevisionFactory

pytestmark = pytest.mark.browser

CITIES, CITY, WORLD = "/en/test/map/", "/en/test/map/montreal/", "/en/test/world/"
FOCUSED = "document.activeElement"
ON_THE_MAP = ".map-canvas .leaflet-marker-pane > *"


@pytest.fixture(autouse=True)
def _pages(settings):
    settings.ROOT_URLCONF = "tests.map_pages"


@pytest.fixture
def open_map(visitor):
    """`open_map(address, **options)` is a page whose map is drawn."""

    def open_page(address: str = CITIES, **options):
        page = visitor(java_script_enabled=True, **{"reduced_motion": "reduce"} | options)
        page.goto(address)
        page.locator(".map[data-state=ready]").wait_for()
        return page

    return open_page


def standing_for(page) -> int:
    """How many cities the buttons on the map stand for."""
    texts = page.locator(f"{ON_THE_MAP}.stations").all_text_contents()
    return sum(map(int, texts)) + page.locator(f"{ON_THE_MAP}.station").count()


def test_every_city_is_on_the_map_each_marker_and_cluster_a_button_with_a_name(portal, open_map):
    page = open_map()
    assert standing_for(page) == 84
    page.get_by_role("button", name="Cape Town").wait_for()
    assert page.locator(f"{ON_THE_MAP}:not(button)").count() == 0
    marker = page.get_by_role("button", name="Buenos Aires Argentina · Member (no pledge and no practice yet)")
    assert (marker.get_attribute("aria-haspopup"), marker.get_attribute("aria-expanded")) == ("dialog", "false")
    assert page.get_by_text("4 cities are not shown").is_visible()
    sizes = page.eval_on_selector_all(ON_THE_MAP, "all => all.map(one => one.getBoundingClientRect().width)")
    assert min(sizes) >= 24


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_cluster_opens_by_keyboard_and_the_focus_goes_to_one_of_its_cities(portal, open_map, key, motion):
    page = open_map(reduced_motion=motion)
    for _step in range(8):
        if page.evaluate(f"{FOCUSED}.matches('.station')"):
            break
        if not page.evaluate(f"{FOCUSED}.matches('.stations')"):
            page.locator(".stations").first.focus()
        page.evaluate(f"window.pressed = {FOCUSED}")
        page.keyboard.press(key)
        page.wait_for_function(f"() => {FOCUSED} !== window.pressed && {FOCUSED}.matches('.map-canvas button')")
    assert page.evaluate(f"{FOCUSED}.matches('.station')")
    page.keyboard.press(key)
    assert page.evaluate(f"{FOCUSED}.matches('.map-popup a')")
    address = page.evaluate(f"{FOCUSED}.getAttribute('href')")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{address}")


def test_a_click_opens_a_popup_and_not_the_page(portal, open_map):
    page = open_map()
    marker = page.get_by_role("button", name="Cape Town")
    marker.click()
    popup = page.get_by_role("dialog", name="Cape Town")
    assert popup.locator("p").all_text_contents() == [
        "Cape Town", "South Africa · Partner city (not a member)", "1 pledge · 1 practice",
    ]  # fmt: skip
    assert page.url.endswith(CITIES)
    assert marker.get_attribute("aria-expanded") == "true"
    page.get_by_role("button", name="Buenos Aires").click()
    assert page.get_by_role("dialog").all_inner_texts()[0].splitlines()[-1] != "1 pledge · 1 practice"
    assert page.get_by_role("dialog", name="Buenos Aires").get_by_text("No pledge and no practice yet").is_visible()
    assert marker.get_attribute("aria-expanded") == "false"
    page.locator(".map-canvas").click(position={"x": 5, "y": 5})
    page.get_by_role("dialog").wait_for(state="detached")
    marker.click()
    popup.get_by_role("link", name="Cape Town").click()
    page.wait_for_url("**/en/cities/cape-town/")


def test_a_tap_opens_the_popup_clear_of_the_buttons_and_a_second_tap_closes_it(portal, open_map):
    page = open_map(has_touch=True, is_mobile=True, viewport={"width": 360, "height": 700})
    marker = page.locator(f"{ON_THE_MAP}.station").last
    marker.tap()
    popup = page.get_by_role("dialog")
    popup.wait_for()
    box, frame = popup.bounding_box(), page.locator(".map-frame").bounding_box()
    buttons = page.locator(".map-buttons").bounding_box()
    assert box["x"] >= frame["x"]
    assert box["x"] + box["width"] <= frame["x"] + frame["width"]
    assert box["y"] + box["height"] <= buttons["y"]
    marker.tap()
    popup.wait_for(state="detached")


def test_when_the_popup_closes_the_focus_is_back_on_the_map(portal, open_map):
    page = open_map()
    marker, popup = page.get_by_role("button", name="Buenos Aires"), page.get_by_role("dialog", name="Buenos Aires")
    for keys, stops_on in ((["Escape"], 0), (["Tab", "Enter"], 0), (["Shift+Tab"], 0), (["Tab", "Tab"], 1)):
        marker.press("Enter")
        assert popup.get_by_role("link").evaluate(f"one => one === {FOCUSED}")
        for key in keys:  # the first Tab leads to the button that closes
            page.keyboard.press(key)
        assert popup.count() == 0
        assert marker.get_attribute("aria-expanded") == "false"
        stops = page.locator(".station, .stations").filter(visible=True)
        names = stops.all_text_contents()
        at = next(number for number, name in enumerate(names) if "Buenos Aires" in name)
        assert stops.nth(at + stops_on).evaluate(f"one => one === {FOCUSED}"), keys


def test_a_cluster_says_how_many_of_its_cities_have_something_recorded(transactional_db, open_map):
    load_declaration()
    cities = [CityFactory(latitude=10 + number / 10, longitude=20) for number in range(4)]
    PledgeFactory(city=cities[0], commitment=Commitment.objects.of_melbourne().first())
    RevisionFactory(practice__city=cities[1], status="published")
    for number in range(2):
        CityFactory(latitude=-40 + number / 10, longitude=-60)
    page = open_map()
    some = page.get_by_role("button", name="4 cities, 2 with pledges or practices: zoom in")
    none = page.get_by_role("button", name="2 cities, nothing recorded yet: zoom in")
    rings = [one.evaluate("one => getComputedStyle(one).backgroundImage") for one in (some, none)]
    assert [" 50%" in ring for ring in rings] == [True, False]
    page = open_map("/fr/test/map/")
    page.get_by_role("button", name="4 villes, dont 2 avec des promesses ou des pratiques : zoomer").wait_for()


def test_countries_with_cities_are_named_where_their_names_have_room(portal, open_map):
    page = open_map("/fr/test/map/", viewport={"width": 1280, "height": 800})
    names = page.locator(".map-country span:not([hidden])")
    assert {"Canada", "Australie", "Afrique du Sud"} <= set(names.all_text_contents())
    assert page.locator(".map-country").count() == 39
    boxes = [name.bounding_box() for name in names.all()]
    for at, one in enumerate(boxes):
        for other in boxes[at + 1 :]:
            assert (
                one["x"] + one["width"] <= other["x"] + 1 or other["x"] + other["width"] <= one["x"] + 1
                or one["y"] + one["height"] <= other["y"] + 1 or other["y"] + other["height"] <= one["y"] + 1
            )  # fmt: skip
    assert page.locator(".leaflet-countries-pane").get_attribute("aria-hidden") == "true"


def test_the_map_is_beside_the_list_and_on_a_phone_above_it(portal, visitor):
    page = visitor(java_script_enabled=True, viewport={"width": 1280, "height": 800})
    page.goto("/en/cities/")
    page.locator(".map[data-state=ready]").wait_for()
    frame, cities = page.locator("#found .map-frame"), page.locator("#found .entries").first
    assert frame.bounding_box()["x"] >= cities.bounding_box()["x"] + cities.bounding_box()["width"]
    assert frame.bounding_box()["y"] < cities.bounding_box()["y"]
    page.set_viewport_size({"width": 390, "height": 800})
    assert frame.bounding_box()["y"] + frame.bounding_box()["height"] <= cities.bounding_box()["y"]


def test_cities_at_one_place_are_spread_out(transactional_db, open_map):
    for name in ("Firstford", "Secondford"):
        CityFactory(name_en=name, latitude=10, longitude=20)
    page = open_map()
    page.get_by_role("button", name="2 cities, nothing recorded yet: zoom in").press("Enter")
    page.wait_for_function(f"() => {FOCUSED}.matches('.station')")
    assert page.get_by_role("button", name="Firstford").is_visible()
    assert page.get_by_role("button", name="Secondford").is_visible()


def test_the_map_can_be_skipped_and_its_stops_follow_the_eye(portal, open_map):
    page = open_map()
    page.locator(".map-skip").focus()
    assert page.evaluate(f"getComputedStyle({FOCUSED}).clipPath") == "none"
    page.keyboard.press("Enter")
    assert page.evaluate(f"{FOCUSED}.id") == "after-map"
    rows = page.eval_on_selector_all(ON_THE_MAP, "all => all.map(one => L.DomUtil.getPosition(one).y)")
    assert [round(row / 48) for row in rows] == sorted(round(row / 48) for row in rows)
    page.locator(ON_THE_MAP).first.focus()
    page.keyboard.press("Tab")
    assert page.evaluate(f"{FOCUSED} === document.querySelectorAll('{ON_THE_MAP}')[1]")
    assert page.evaluate(f"getComputedStyle({FOCUSED}).outlineStyle") == "solid"


def test_a_name_shows_on_focus_and_goes_away_with_escape(portal, open_map):
    page = open_map()
    marker = page.get_by_role("button", name="Buenos Aires")
    shown = "getComputedStyle(document.activeElement.querySelector('.station-name')).opacity"
    page.keyboard.press("Tab")  # the reader uses the keyboard
    marker.focus()
    assert page.evaluate(shown) == "1"
    page.keyboard.press("Escape")
    assert page.evaluate(shown) == "0"


def test_the_buttons_zoom_and_the_focus_stays_on_them(portal, open_map):
    page = open_map()
    before = page.locator(".map-land").get_attribute("d")
    page.get_by_role("button", name="Zoom in", exact=True).press("Enter")
    page.wait_for_function("before => document.querySelector('.map-land').getAttribute('d') !== before", arg=before)
    assert page.evaluate(f"{FOCUSED}.dataset.zoom") == "in"
    page.get_by_role("button", name="Show all").click()
    page.wait_for_function("before => document.querySelector('.map-land').getAttribute('d') === before", arg=before)


def test_the_wheel_scrolls_the_page_and_with_ctrl_zooms_the_map(portal, open_map):
    page = open_map(viewport={"width": 1280, "height": 500})
    before = page.locator(".map-land").get_attribute("d")
    page.locator(".map-canvas").hover()
    page.mouse.wheel(0, 100)
    page.wait_for_function("() => scrollY > 50")
    assert page.locator(".map-land").get_attribute("d") == before
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.wait_for_function("before => document.querySelector('.map-land').getAttribute('d') !== before", arg=before)


def test_one_finger_scrolls_the_page(portal, open_map):
    page = open_map(has_touch=True, is_mobile=True, viewport={"width": 360, "height": 700})
    assert page.locator(".map-canvas").evaluate("one => getComputedStyle(one).touchAction") == "pan-x pan-y"
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_drag_that_ends_on_a_city_does_not_open_it(portal, open_map):
    page = open_map()
    box = page.get_by_role("button", name="Buenos Aires").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y + 10, steps=5)
    page.mouse.up()
    assert page.get_by_role("dialog").count() == 0


def test_the_map_of_a_city_shows_it_among_its_neighbours(portal, open_map):
    page = open_map(CITY)
    assert standing_for(page) == 7
    here = page.locator(".station.here")
    assert here.get_attribute("aria-current") == "true"
    assert here.locator(".station-name").text_content() == "Montréal Canada · Member"


def test_without_javascript_there_is_no_empty_box(portal, visitor):
    page = visitor()
    page.goto(CITIES)
    assert page.locator(".map").bounding_box()["height"] == 0
    assert not page.get_by_text("Skip the map").is_visible()


@pytest.mark.parametrize("broken", ["**/map.json*", "**/world.json", "**/leaflet.js", "**/leaflet.markercluster.js"])
def test_where_a_part_fails_the_map_stays_away_and_the_page_is_whole(portal, visitor, broken):
    page = visitor(java_script_enabled=True)
    faults = []
    page.on("pageerror", lambda error: faults.append(error))
    page.route(broken, lambda route: route.abort())
    page.goto(CITIES)
    page.locator(".map[data-state=failed]").wait_for(state="attached")
    assert not page.locator(".map").is_visible()
    assert page.locator("#below").is_visible()
    assert faults == []


def test_where_the_script_of_the_map_does_not_come_its_room_is_given_up(portal, visitor):
    page = visitor(java_script_enabled=True)
    page.route("**/map*.js", lambda route: route.abort())
    page.goto(CITIES)
    assert page.get_by_text("Loading map").is_visible()
    page.evaluate("document.getAnimations().forEach(one => one.finish())")  # as if the wait were over
    assert not page.locator(".map").is_visible()
    page.goto("/en/cities/")
    assert page.get_by_text("Loading map").is_visible()
    page.evaluate("document.getAnimations().forEach(one => one.finish())")
    assert not page.locator(".on-map").is_visible()


def test_a_list_without_a_place_has_no_map(transactional_db, visitor):
    CityFactory(name_en="Nowhereford")
    page = visitor(java_script_enabled=True)
    page.goto(CITIES)
    page.locator(".map[data-state=failed]").wait_for(state="attached")


def test_nothing_moves_when_the_map_comes(portal, visitor):
    page = visitor(java_script_enabled=True)
    page.add_init_script("""
        window.shifted = 0;
        new PerformanceObserver((list) => list.getEntries().forEach((entry) => { shifted += entry.value; }))
            .observe({type: "layout-shift", buffered: true});
    """)
    held = []
    page.route("**/map.json*", lambda route: held.append(route))
    with page.expect_request("**/map.json*"):
        page.goto(CITIES)
    before = page.locator("#below").bounding_box()
    held.pop().continue_()
    page.locator(".map[data-state=ready]").wait_for()
    assert page.locator("#below").bounding_box() == before
    assert page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(() => done(shifted))))") < 0.01


def test_with_reduced_motion_nothing_glides(portal, open_map):
    calm, lively = open_map(), open_map(reduced_motion="no-preference")
    for page, glides in ((calm, 0), (lively, 1)):
        assert page.locator(".map-canvas.leaflet-fade-anim, .map-canvas.leaflet-zoom-anim").count() == glides
        page.get_by_role("button", name="Zoom in", exact=True).click()
        page.locator(".map-canvas").focus()
        assert (
            page.evaluate("""() => {  // in one breath: a glide is over in a quarter of a second
            const key = new KeyboardEvent("keydown", {keyCode: 39, bubbles: true});
            document.activeElement.dispatchEvent(key);
            return document.querySelectorAll(".leaflet-pan-anim").length;
        }""")
            == glides
        )


def test_the_map_follows_the_colours_of_the_reader(portal, open_map):
    seen = set()
    for scheme in ("light", "dark"):
        page = open_map(color_scheme=scheme)
        land = page.locator(".map-land").evaluate("one => getComputedStyle(one).fill")
        sea = page.locator(".map-canvas").evaluate("one => getComputedStyle(one).backgroundColor")
        assert land != sea
        seen |= {land, sea}
    assert len(seen) == 4


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fr", "dark")])
def test_the_maps_break_no_rule_of_accessibility(portal, open_map, visitor, axe, language, scheme):
    for address in (CITIES, CITY):
        axe(open_map(address.replace("/en/", f"/{language}/"), color_scheme=scheme))
    page = visitor(java_script_enabled=True, color_scheme=scheme)
    page.goto(WORLD.replace("/en/", f"/{language}/"))
    axe(page)
    assert page.get_by_role("group", name=re.compile("84")).get_by_role("link").count() > 15


def test_the_map_asks_nobody_else_keeps_the_rules_and_is_light(portal, visitor, live_server):
    page = visitor(java_script_enabled=True)
    page.add_init_script(
        "window.broken = []; addEventListener('securitypolicyviolation', e => broken.push(e.blockedURI))"
    )
    answers = []
    page.on("response", lambda response: answers.append(response))
    page.goto(CITIES)
    page.locator(".map[data-state=ready]").wait_for()
    assert page.evaluate("broken") == []
    assert [answer.url for answer in answers if not answer.url.startswith((live_server.url, "data:"))] == []
    # As production sends them, where every text is compressed.
    sizes = {answer.url.removeprefix(live_server.url): len(gzip.compress(answer.body())) for answer in answers}
    assert {"/en/cities/map.json?", "/static/vendor/natural-earth/world.json"} <= set(sizes)
    assert sum(sizes.values()) <= 200_000, sizes


@pytest.mark.parametrize("width", [320, 1280])
def test_the_drawn_map_is_light_and_its_stations_are_links_large_enough_to_press(portal, visitor, axe, width):
    page = visitor(java_script_enabled=True, viewport={"width": width, "height": 800})
    with page.expect_response("**/land.svg") as answer:
        page.goto("/en/")
    drawing = page.locator("svg.world")
    assert len(gzip.compress(answer.value.body())) + len(gzip.compress(drawing.inner_html().encode())) <= 30_000
    sizes = drawing.get_by_role("link").evaluate_all("all => all.map(one => one.getBoundingClientRect().width)")
    assert len(sizes) > (15 if width > 640 else 6)
    assert min(sizes) > 21  # a circle of 23 pixels, 24 from the next
    axe(page)
    drawing.get_by_role("link", name="Cape Town, South Africa · Partner city (not a member)").click()
    page.wait_for_url("**/en/cities/cape-town/")

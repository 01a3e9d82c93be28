"""The map in the browser: by keyboard, by mouse, by touch, without JavaScript, and when something fails."""

import gzip

import pytest

from tests.factories import CityFactory

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
    """How many cities the links and buttons on the map stand for."""
    texts = page.locator(f"{ON_THE_MAP}.stations").all_text_contents()
    return sum(map(int, texts)) + page.locator("a.station").count()


def test_every_city_is_on_the_map_a_marker_is_a_link_and_a_cluster_a_button_with_a_name(portal, open_map):
    page = open_map()
    assert standing_for(page) == 84
    page.get_by_role("link", name="Cape Town").wait_for()
    assert page.locator(f"{ON_THE_MAP}:not(a[href], button)").count() == 0
    link = page.get_by_role("link", name="Mumbai India · Member (no pledge and no practice yet)")
    assert link.get_attribute("href") == "/en/cities/mumbai/"
    assert page.get_by_role("button", name="17 cities: zoom in").count() == 1
    assert page.get_by_text("4 cities are not shown").is_visible()
    sizes = page.eval_on_selector_all(ON_THE_MAP, "all => all.map(one => one.getBoundingClientRect().width)")
    assert min(sizes) >= 24


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_cluster_opens_by_keyboard_and_the_focus_goes_to_one_of_its_cities(portal, open_map, key, motion):
    page = open_map(reduced_motion=motion)
    for _step in range(8):
        if page.evaluate(f"{FOCUSED}.matches('a.station')"):
            break
        if not page.evaluate(f"{FOCUSED}.matches('.stations')"):
            page.locator(".stations").first.focus()
        page.evaluate(f"window.pressed = {FOCUSED}")
        page.keyboard.press(key)
        page.wait_for_function(
            f"() => {FOCUSED} !== window.pressed && {FOCUSED}.matches('.map-canvas a, .map-canvas button')"
        )
    assert page.evaluate(f"{FOCUSED}.matches('a.station')")
    address = page.evaluate(f"{FOCUSED}.getAttribute('href')")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{address}")


def test_cities_at_one_place_are_spread_out(transactional_db, open_map):
    for name in ("Firstford", "Secondford"):
        CityFactory(name_en=name, latitude=10, longitude=20)
    page = open_map()
    page.get_by_role("button", name="2 cities: zoom in").press("Enter")
    page.wait_for_function(f"() => {FOCUSED}.matches('a.station')")
    assert page.get_by_role("link", name="Firstford").is_visible()
    assert page.get_by_role("link", name="Secondford").is_visible()


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
    link = page.get_by_role("link", name="Mumbai")
    shown = "getComputedStyle(document.activeElement.querySelector('.station-name')).opacity"
    page.keyboard.press("Tab")  # the reader uses the keyboard
    link.focus()
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
    box = page.get_by_role("link", name="Mumbai").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y + 10, steps=5)
    page.mouse.up()
    assert page.url.endswith(CITIES)


def test_the_map_of_a_city_shows_it_among_its_neighbours(portal, open_map):
    page = open_map(CITY)
    assert standing_for(page) == 7
    here = page.locator("a.station.here")
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
    assert page.get_by_role("link", name="View on map").is_visible()
    page.evaluate("document.getAnimations().forEach(one => one.finish())")
    assert not page.get_by_role("link", name="View on map").is_visible()
    assert not page.get_by_role("heading", name="On the map").is_visible()


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
    assert page.get_by_role("img").count() == 1


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


def test_the_drawn_map_is_light_and_has_no_stop(portal, visitor):
    page = visitor()
    with page.expect_response("**/land.svg") as answer:
        page.goto(WORLD)
    drawing = page.locator("svg.world")
    assert len(gzip.compress(answer.value.body())) + len(gzip.compress(drawing.inner_html().encode())) <= 30_000
    assert drawing.locator("a, [tabindex]").count() == 0

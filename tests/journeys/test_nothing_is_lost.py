"""In a browser: whatever happens between typing and saving, the words are there again, counted to the character.

`make test` asks each accident once of the form of a practice, `make soak` also of those of a pledge, an update and a
moderator's reason, in both languages and at both widths.
"""

import itertools
import re
from dataclasses import dataclass

import pytest
from django.contrib.sessions.models import Session
from django.test.testcases import LiveServerThread, QuietWSGIRequestHandler

from commitments.models import Pledge, ProgressUpdate
from members.models import Scratch
from practices import moderation
from practices.models import Practice, Revision, Transition
from tests.factories import acting_for, harmless
from tests.journeys.conftest import PASSWORD, let_in, log_in

pytestmark = pytest.mark.browser

# The task of a practice where its story is told, in English: the language it is written in.
ADDRESSES = {"en": "/en/my-city/practices/{}/edit/story/", "fr": "/fr/ma-ville/pratiques/{}/modifier/story/"}
PLEDGES = {"en": "/en/my-city/pledges/{}/edit/", "fr": "/fr/ma-ville/promesses/{}/modifier/"}
AGAIN = {"en": "Save again", "fr": "Enregistrer à nouveau"}
CHOSEN = {"en": "Save what I chose", "fr": "Enregistrer mon choix"}
OTHER = {"en": "Français", "fr": "English"}
KEPT = {"en": re.compile(r"Saved at \d\d:\d\d"), "fr": re.compile(r"Enregistré à \d\d:\d\d")}
UNKEPT = {"en": re.compile(r"Not saved since \d\d:\d\d"), "fr": re.compile(r"Non enregistré depuis \d\d:\d\d")}
WORDS = "“Are all of the young people well, « é » included?” ✓ " * 40 + "\nthe end"
# The accident, and whether it is asked without scripts too.
ACCIDENTS = [
    ("session_deleted", True), ("session_deleted", False), ("signed_in_elsewhere", True),
    ("signed_in_elsewhere", False), ("server_restarted", True), ("connection_dropped", True),
    ("language_changed", True), ("language_changed", False), ("cancelled", True), ("cancelled", False),
    ("pasted", True), ("pasted", False),
]  # fmt: skip
VIEWS = [("en", 1280), ("fr", 390), ("en", 390), ("fr", 1280)]


def is_brief(accident: str, has_scripts: bool) -> bool:
    return has_scripts or accident in ("session_deleted", "signed_in_elsewhere")


@dataclass(frozen=True)
class Form:
    """A form that words are typed into: where it is, the box, what else it asks for, and who opens it."""

    addresses: dict[str, str]
    box: str
    email: str = "montreal@scn.example"
    select: tuple[str, str] | None = None
    check: tuple[str, str] | None = None

    def fill_in_the_rest(self, page) -> None:
        if self.select:
            page.locator(f"main [name={self.select[0]}]").select_option(self.select[1])
        if self.check:
            page.locator(f"main [name={self.check[0]}][value={self.check[1]}]").check()

    def save(self, page) -> None:
        page.locator("#editing .actions button:not([name])").last.click()

    def again(self, page, language: str):
        """The button that sends a form again that was given back."""
        return page.get_by_role("button", name=AGAIN[language]).first


REPORTS = {"en": "/en/my-city/pledges/{}/report/", "fr": "/fr/ma-ville/promesses/{}/avancement/"}
DECISIONS = {"en": "/en/desk/{}/", "fr": "/fr/bureau/{}/"}
FORMS = {
    "practice": Form(ADDRESSES, "challenge_en"),
    "pledge": Form(PLEDGES, "description_en"),
    "update": Form(REPORTS, "what_changed_en", select=("status", "under_way")),
    "reason": Form(DECISIONS, "reason", email="staff@scn.example", check=("verb", "send_back")),
}


def matrix() -> list:
    """Each accident once in brief, in one view in turn, those about the session without scripts too; the others and
    all views by `make soak`."""
    brief = itertools.cycle(VIEWS[:2])
    return [
        pytest.param(
            what, *accident, *view,
            marks=[] if (what, view) == ("practice", first) and is_brief(*accident) else [pytest.mark.soak],
        )
        for accident, first in zip(ACCIDENTS, brief, strict=False)
        for what in FORMS
        for view in VIEWS
    ]  # fmt: skip


@pytest.fixture
def draft(portal):
    """The open draft of Montréal's practice."""
    practice = Practice.objects.get(city__slug="montreal")
    return moderation.open_draft(practice=practice, by=practice.city.memberships.get(role="focal_point").user)


class Server(LiveServerThread):
    """A test server that may take the place of one that has just stopped."""

    def _create_server(self, connections_override=None):
        return self.server_class(
            (self.host, self.port), QuietWSGIRequestHandler, allow_reuse_address=True,
            connections_override=connections_override,
        )  # fmt: skip


@pytest.fixture
def restartable(portal):
    """A server of its own, and a function that puts another in its place, at the same address."""
    servers = []

    def start(port: int = 0) -> Server:
        server = Server("127.0.0.1", lambda application: application, port=port)
        server.daemon = True
        server.start()
        server.is_ready.wait()
        assert server.error is None
        servers.append(server)
        return server

    def restart() -> None:
        servers[-1].terminate()
        start(servers[0].port)

    yield f"http://127.0.0.1:{start().port}", restart
    servers[-1].terminate()


def is_left(url: str) -> bool:
    """Whether the page is none of FORMS any more."""
    forms = (
        r"/(?:story|essentials|report|avancement)/|/(?:pledges|promesses)/\d+/(?:edit|modifier)/"
        r"|/(?:desk|bureau)/\d+/"
    )
    return not re.search(forms, url)


def text_of(page, name: str) -> str:
    return page.locator(f"main [name={name}]").input_value()


def type_in(page, words: str, name: str) -> None:
    page.evaluate("document.querySelectorAll('main details').forEach(each => { each.open = true; })")
    page.locator(f"main [name={name}]").fill(words)


@pytest.mark.parametrize(("what", "accident", "with_scripts", "language", "width"), matrix())
def test_the_words_are_there_again(restartable, draft, visitor, what, accident, with_scripts, language, width):
    site, restart = restartable
    form, pledge = FORMS[what], Pledge.objects.get(city__slug="montreal")
    if what == "reason":
        moderation.submit(revision=draft, by=draft.author, harm=harmless())
    page = visitor(
        base_url=site, java_script_enabled=with_scripts, locale=language, viewport={"width": width, "height": 900}
    )
    log_in(page, form.email, language)
    row = {"practice": draft.practice_id, "reason": draft.pk}.get(what, pledge.pk)
    address = form.addresses[language].format(row)
    page.goto(address)
    words = WORDS if accident != "pasted" else ("é" * 12_400 + "\nthe end, 25 kB")
    if with_scripts:
        type_in(page, words, form.box)
    else:
        box = page.locator(f"main [name={form.box}]")
        if not box.is_visible():  # the other language is folded
            page.locator(f"main details:has([name={form.box}]) > summary").click()
        box.fill(words)
    form.fill_in_the_rest(page)
    ACCIDENT[accident](page, form, language, address, restart)
    found = saved_words(what) if accident in SAVING else text_of(page, form.box)
    assert found == words
    assert len(found) == len(words)


def saved_words(what: str) -> str:
    """What the database holds of the words."""
    rows = {
        "practice": lambda: Revision.objects.get(practice__city__slug="montreal", status="draft").challenge_en,
        "pledge": lambda: Pledge.objects.get(city__slug="montreal").description_en,
        "update": lambda: ProgressUpdate.objects.get(pledge__city__slug="montreal").what_changed_en,
        "reason": lambda: Transition.objects.get(verb="send_back").reason,
    }
    return (rows[what]() or "").replace("\r\n", "\n")


def session_deleted(page, form, language, address, restart) -> None:
    Session.objects.all().delete()
    form.save(page)
    form.again(page, language).wait_for()
    words = text_of(page, form.box)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name=re.compile("new tab|nouvel onglet")).click()
    sign_in(opened.value, form.email)
    assert text_of(page, form.box) == words
    form.again(page, language).click()
    page.wait_for_url(is_left)


def signed_in_elsewhere(page, form, language, address, restart) -> None:
    other = page.context.new_page()
    other.goto(f"/{language}/")
    other.goto({"en": "/en/account/profile/", "fr": "/fr/compte/profil/"}[language])
    other.locator("nav.account button[type=submit]").click()
    other.wait_for_load_state()
    log_in(other, form.email, language)
    page.bring_to_front()
    form.save(page)
    page.locator("form[data-keep]").wait_for(state="detached")
    if form.again(page, language).count():  # without scripts, or where they came too late
        assert text_of(page, form.box)
        form.again(page, language).click()
    page.wait_for_url(is_left)


def server_restarted(page, form, language, address, restart) -> None:
    page.locator("#editing-state").get_by_text(KEPT[language]).wait_for()
    restart()
    page.goto("about:blank")
    page.go_back()


def connection_dropped(page, form, language, address, restart) -> None:
    words = text_of(page, form.box)
    page.context.set_offline(True)
    form.save(page)
    page.locator("#editing-state").get_by_text(UNKEPT[language]).wait_for()
    assert text_of(page, form.box) == words
    page.context.set_offline(False)
    page.locator("#editing-state").get_by_text(KEPT[language]).wait_for()
    page.goto("about:blank")
    page.go_back()


def language_changed(page, form, language, address, restart) -> None:
    page.get_by_role("button", name=OTHER[language]).click()
    page.wait_for_url(lambda url: f"/{language}/" not in url)


def cancelled(page, form, language, address, restart) -> None:
    page.locator("#editing .actions button[name=cancel_to]").click()
    page.wait_for_url(is_left)
    page.goto(address)


def pasted(page, form, language, address, restart) -> None:
    """With a line of 25,000 characters, or without a decision: the form is refused."""
    line = {"challenge_en": "lead_en", "description_en": "title_en"}.get(form.box, "")
    if line:
        page.locator(f"main [name={line}]").fill("t" * 25_000)
    elif form.box == "reason":
        page.locator("main [name=submitted_at_read]").evaluate("each => { each.value = ''; }")
    else:
        page.locator("main [name=obstacles_en]").fill("t" * 25_000)
    form.save(page)
    page.get_by_role("alert").wait_for()
    if form.box != "reason":
        assert len(text_of(page, line or "obstacles_en")) == 25_000
        assert re.search(r"25[,\xa0\u202f]000", page.get_by_role("alert").inner_text())
    page.goto(address)


# After these the words are saved; after the others they stand in their box again.
SAVING = ("session_deleted", "signed_in_elsewhere")
ACCIDENT = {
    each.__name__: each
    for each in (
        session_deleted, signed_in_elsewhere, server_restarted, connection_dropped, language_changed, cancelled, pasted,
    )
}  # fmt: skip


def sign_in(page, email: str) -> None:
    """Sign in on the page that a link has opened."""
    page.wait_for_load_state()
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "login" not in url)


# --- Two browsers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "choice", "language", "width"),
    [
        pytest.param(what, choice, *view, marks=[] if (what, choice, view) in BRIEF else [pytest.mark.soak])
        for BRIEF in [(("practice", "theirs", VIEWS[0]), ("pledge", "yours", VIEWS[1]))]
        for what in ("practice", "pledge")
        for choice in ("theirs", "yours")
        for view in VIEWS
    ],
)
def test_whoever_saves_second_sees_both_texts(draft, live_server, visitor, axe, what, choice, language, width):
    city = draft.practice.city
    acting_for(city, email="colleague@example.org", password=PASSWORD, name="Colleague")
    pledge = Pledge.objects.filter(city=city).first()
    essentials = ADDRESSES[language].format(draft.practice_id).replace("story", "essentials")
    address = {"practice": essentials, "pledge": PLEDGES[language].format(pledge.pk)}
    first, second = (visitor(java_script_enabled=True, viewport={"width": width, "height": 900}) for _one in range(2))
    for page, email in ((first, "montreal@scn.example"), (second, "colleague@example.org")):
        let_in(page, email)
        page.goto(address[what])
    assert second.locator("#editing-others p").count() == 1
    for page, words in ((first, "Theirs, é"), (second, "Mine, à")):
        type_in(page, words, "title_en")
    first.locator("main .actions button").first.click()
    first.wait_for_url(is_left)
    second.locator("main .actions button").first.click()
    second.get_by_role("button", name=CHOSEN[language]).wait_for()
    assert "Theirs, é" in second.locator(".theirs").inner_text()
    assert second.locator(".yours [name=title_en]").input_value() == "Mine, à"
    assert second.locator(".difference").count() == 1
    axe(second)
    second.locator(f"[name=take-title_en][value={choice}]").check()
    second.get_by_role("button", name=CHOSEN[language]).click()
    second.wait_for_url(is_left)
    row = draft if what == "practice" else pledge
    row.refresh_from_db()
    assert row.title_en == {"theirs": "Theirs, é", "yours": "Mine, à"}[choice]


@pytest.mark.parametrize(("language", "width"), [("en", 1280), pytest.param("fr", 390, marks=pytest.mark.soak)])
def test_a_search_beside_the_form_loses_nothing_without_scripts(draft, visitor, language, width):
    page = visitor(java_script_enabled=False, locale=language, viewport={"width": width, "height": 900})
    let_in(page, "montreal@scn.example")
    page.goto(ADDRESSES[language].format(draft.practice_id))
    page.locator("main [name=challenge_en]").fill(WORDS)
    page.locator("[name=find_words]").fill("Denver")
    page.locator("[name=find]").click()
    page.locator("[name=choose_city]").wait_for()
    assert text_of(page, "challenge_en") == WORDS
    page.locator("[name=find_words]").fill("Oslo")
    page.locator("[name=find_words]").press("Enter")
    page.get_by_text("Oslo", exact=True).wait_for()
    assert (text_of(page, "challenge_en"), saved_words("practice")) == (WORDS, draft.challenge_en)
    page.locator("[name=choose_city]").click()
    page.locator("[name=partner_cities]:checked").wait_for()
    assert saved_words("practice") == WORDS


def test_leaving_asks_while_words_are_not_kept_and_a_pause_keeps_them(draft, visitor, axe):
    page = visitor(java_script_enabled=True)
    let_in(page, "montreal@scn.example")
    page.goto(ADDRESSES["en"].format(draft.practice_id).replace("story", "essentials"))
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.locator("main [name=title_en]").press_sequentially("More. ")
    page.close(run_before_unload=True)
    page.locator("#editing-state").get_by_text(KEPT["en"]).wait_for()
    assert asked == ["beforeunload"]
    assert "More. " in Scratch.objects.get().fields["title_en"][0]
    axe(page)
    FORMS["practice"].save(page)  # what is kept already is saved at once
    page.wait_for_url(is_left)
    assert not Scratch.objects.exists()

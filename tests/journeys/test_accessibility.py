"""Every page, in both languages, in the light and in the dark: no violation of WCAG 2.2 AA, no sideways scrolling."""

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from commitments.models import Pledge
from digests.composing import compose_issue
from practices import moderation
from practices.models import Practice
from tests.factories import SubscriptionFactory, UserFactory
from tests.journeys.addresses import BARE, PUBLIC
from tests.journeys.conftest import log_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_public_pages(portal, visitor, axe, language, scheme):
    page = visitor(java_script_enabled=True, color_scheme=scheme)
    for path in PUBLIC[language] + BARE[language]:
        page.goto(path)
        axe(page)


@pytest.mark.parametrize(("language", "scheme"), [("en", "dark"), ("fr", "light")])
def test_the_workspace_and_the_desk(portal, visitor, axe, language, scheme):
    practice = Practice.objects.get(city__slug="montreal")
    official = practice.city.memberships.get().user
    revision = moderation.open_draft(practice=practice, by=official)
    pledge = Pledge.objects.get(city__slug="montreal")
    workspace = {
        "en": f"/en/my-city/ /en/my-city/montreal/people/ /en/my-city/montreal/pledges/new/"
        f" /en/my-city/pledges/{pledge.pk}/ /en/my-city/pledges/{pledge.pk}/report/"
        f" /en/my-city/pledges/{pledge.pk}/milestones/new/ /en/my-city/practices/{practice.pk}/"
        f" /en/my-city/practices/{practice.pk}/edit/ /en/accounts/email/ /en/accounts/2fa/ /en/accounts/sessions/",
        "fr": f"/fr/ma-ville/ /fr/ma-ville/montreal/personnes/ /fr/ma-ville/montreal/promesses/nouvelle/"
        f" /fr/ma-ville/promesses/{pledge.pk}/ /fr/ma-ville/promesses/{pledge.pk}/avancement/"
        f" /fr/ma-ville/promesses/{pledge.pk}/jalons/nouveau/ /fr/ma-ville/pratiques/{practice.pk}/"
        f" /fr/ma-ville/pratiques/{practice.pk}/modifier/ /fr/accounts/email/ /fr/accounts/2fa/ /fr/accounts/sessions/",
    }[language].split()
    page = visitor(java_script_enabled=True, color_scheme=scheme)
    log_in(page, official.email, language)
    for path in workspace:
        assert page.goto(path).status == 200
        axe(page)
    moderation.submit(revision=revision, by=official)
    page = visitor(java_script_enabled=True, color_scheme=scheme)
    log_in(page, "staff@scn.example", language)
    for path in {"en": ["/en/desk/", "/en/desk/%s/"], "fr": ["/fr/bureau/", "/fr/bureau/%s/"]}[language]:
        assert page.goto(path.replace("%s", str(revision.pk))).status == 200
        axe(page)


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fr", "dark")])
def test_the_newsletter_of_a_reader_and_its_desk(portal, visitor, axe, language, scheme):
    reader = SubscriptionFactory(topics=["city:montreal", "commitment:4"])
    issue = compose_issue("weekly", timezone.now())
    assert issue
    with override(language):
        public = [issue.get_absolute_url(), reader.get_preferences_path(), reader.get_unsubscribe_path()]
        pages = ("newsletter_desk", []), ("newsletter_next", ["monthly"]), ("newsletter_send", ["monthly"])
        desk = [reverse(name, args=args) for name, args in [*pages, ("newsletter_of_account", [])]]
    page = visitor(java_script_enabled=True, color_scheme=scheme)
    for path in public:
        assert page.goto(path).status == 200
        axe(page)
    log_in(page, "staff@scn.example", language)
    for path in desk:
        assert page.goto(path).status == 200
        axe(page)


def test_an_error_is_told_beside_its_field_and_on_top(portal, visitor, axe):
    page = visitor(java_script_enabled=True)
    log_in(page, "montreal@scn.example", "fr")
    page.goto("/fr/ma-ville/montreal/promesses/nouvelle/")
    page.get_by_role("button", name="Inscrire la promesse").click()
    summary = page.get_by_role("alert")
    summary.get_by_role("link").first.click()
    assert page.evaluate("document.activeElement.name") == "commitment"
    axe(page)


def test_someone_without_a_city_is_told_what_to_do(portal, visitor, axe):
    UserFactory(email="nobody@example.org", password="melbourne-2018")
    page = visitor(java_script_enabled=True)
    log_in(page, "nobody@example.org", "en")
    page.get_by_text("Your account does not act for a city yet.").wait_for()
    axe(page)


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_scrolls_sideways(portal, visitor, width):
    page = visitor(java_script_enabled=True, viewport={"width": width, "height": 800})
    for path in PUBLIC["fr"] + BARE["fr"]:
        page.goto(path)
        too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert (path, too_wide) == (path, 0)


def test_the_skip_link_comes_first_and_focus_is_seen(portal, visitor):
    page = visitor(java_script_enabled=True)
    page.goto("/en/cities/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"

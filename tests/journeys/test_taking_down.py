"""Within a minute: from a public practice, staff take it down with a reason, and the next request answers 410."""

import pytest
from django.urls import reverse
from django.utils.translation import override

from practices.models import Practice
from scn_portal.site.models import Takedown
from tests.journeys.conftest import log_in

pytestmark = pytest.mark.browser

WORDS = {
    "en": ("On the desk", "Take the practice down", "Reason", "This practice was taken down"),
    "fr": ("Sur le bureau", "Retirer la pratique du site", "Motif", "Cette pratique a été retirée du site"),
}


@pytest.mark.parametrize(("language", "width"), [("fr", 390), pytest.param("en", 1280, marks=pytest.mark.soak)])
def test_a_public_practice_is_down_in_three_clicks(portal, visitor, axe, language, width):
    on_the_desk, take_down, reason, gone = WORDS[language]
    practice = Practice.objects.published().exclude(city__slug="montreal").first()
    page = visitor(java_script_enabled=True, viewport={"width": width, "height": 800})
    log_in(page, "staff@scn.example", language)
    with override(language):
        public = practice.get_absolute_url()
        desk = reverse("desk_revision", args=[practice.live.pk])
    page.goto(public)
    page.get_by_role("link", name=on_the_desk).click()  # a script shows it to staff
    page.wait_for_url(f"**{desk}")
    page.get_by_role("link", name=take_down).first.click()
    axe(page)
    page.get_by_label(reason, exact=True).fill("A face can be seen.")
    page.get_by_role("button", name=take_down).click()
    page.wait_for_url(f"**{desk}")
    assert Takedown.objects.get().reason == "A face can be seen."
    stranger = visitor(viewport={"width": width, "height": 800})
    assert stranger.goto(public).status == 410
    assert stranger.get_by_role("heading", level=1).inner_text() == gone
    assert stranger.evaluate("document.documentElement.scrollWidth") <= width

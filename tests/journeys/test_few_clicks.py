"""What a focal point and a moderator do most, from sign-in on, in few clicks."""

import re

import pytest

from commitments.models import ProgressUpdate
from members.models import City, Invitation
from practices.models import Revision
from tests.factories import MilestoneFactory, PledgeFactory, RevisionFactory
from tests.journeys.conftest import log_in

pytestmark = pytest.mark.browser

MOST = {"report": 4, "milestone": 3, "invite": 3, "publish": 4, "send back": 6}


def test_a_focal_point_reports_ticks_and_invites_in_few_clicks(portal, visitor):
    city = City.objects.get(slug="mombasa")
    pledge = PledgeFactory(city=city, title_en="Clean the well", title_fr="Fr", due_on="2020-01-01")
    milestone = MilestoneFactory(pledge=pledge, title_en="Dig", title_fr="Creuser", due_on="2020-01-01")
    page = visitor()
    clicks = 0

    def click(role: str, name: str | re.Pattern) -> None:
        nonlocal clicks
        page.get_by_role(role, name=name).first.click()
        clicks += 1

    log_in(page, "mombasa@scn.example", "en")
    click("link", re.compile(r"^Report progress"))
    page.get_by_label("Status", exact=True).select_option("under_way")
    clicks += 2  # a list is opened, a line of it chosen
    page.locator("textarea[name=what_changed_en]").fill("The pump works.")
    click("button", "Publish this update")
    assert ProgressUpdate.objects.filter(pledge=pledge).count() == 1
    assert clicks <= MOST["report"]

    clicks = 0
    page.goto("/en/my-city/")
    click("link", re.compile(r"^Say how it stands"))
    click("button", re.compile(r"^Reached today"))
    milestone.refresh_from_db()
    assert milestone.done_on
    assert clicks <= MOST["milestone"]

    clicks = 0
    page.goto("/en/my-city/")
    click("link", "People and invitations")
    page.get_by_label("Email address").fill("new@example.org")
    click("button", "Send the invitation")
    assert Invitation.objects.get(city=city).email == "new@example.org"
    assert clicks <= MOST["invite"]


def test_staff_find_a_published_practice_in_two_clicks_and_one_search(portal, visitor, live_server):
    page = visitor()
    log_in(page, "staff@scn.example", "fr")
    page.get_by_role("searchbox", name="Une pratique, une promesse").fill("aarhus")
    page.get_by_role("button", name="Trouver").click()
    page.get_by_role("link", name="Le modèle d’Aarhus").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Le modèle d’Aarhus"
    assert re.search(r"/fr/bureau/\d+/$", page.url)


def test_a_public_page_leads_staff_to_the_desk_and_nobody_else(portal, visitor):
    page = visitor(java_script_enabled=True)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/desk/link" in request.url else None)
    page.goto("/en/practices/the-aarhus-model/")
    page.wait_for_load_state("networkidle")
    assert (asked, page.get_by_role("link", name="On the desk").count()) == ([], 0)
    log_in(page, "staff@scn.example", "en")
    for path in ("/en/practices/the-aarhus-model/", "/en/cities/aarhus/"):
        page.goto(path)
        page.get_by_role("link", name="On the desk").click()
        page.wait_for_url(re.compile(r"/en/desk/(city/aarhus|\d+)/$"))
    page.get_by_role("button", name="Sign out").click()
    page.goto("/en/practices/the-aarhus-model/")
    page.wait_for_load_state("networkidle")
    assert (len(asked), page.get_by_role("link", name="On the desk").count()) == (2, 0)


def test_a_moderator_publishes_and_sends_back_in_few_clicks(portal, visitor):
    city = City.objects.get(slug="mombasa")
    titles = ("Plain words", "Poor words")
    plain, poor = (RevisionFactory(practice__city=city, status="submitted", title_en=title) for title in titles)
    page = visitor()
    log_in(page, "staff@scn.example", "en")
    clicks = 1  # the button that signs in

    def click(role: str, name: str) -> None:
        nonlocal clicks
        page.get_by_role(role, name=name, exact=True).first.click()
        clicks += 1

    page.goto("/en/desk/")  # where staff land
    click("link", "Plain words")
    click("link", "Publish")
    click("button", "Publish and send the email")
    page.get_by_text("The email is on its way.").wait_for()
    assert (Revision.objects.get(pk=plain.pk).status, clicks <= MOST["publish"]) == ("published", True)

    page.goto("/en/desk/")
    clicks = 1
    click("link", "Poor words")
    click("link", "Send back")
    click("button", "No evidence")
    assert "nothing shows them" in page.get_by_label("Reason").input_value()
    click("button", "Send back with this email")
    page.get_by_text("The email is on its way.").wait_for()
    assert (Revision.objects.get(pk=poor.pk).status, clicks <= MOST["send back"]) == ("sent_back", True)

"""Who opens which page of the desk, where staff arrive, and how a public page leads them there."""

import json
import re

import pytest
from django.contrib.auth.models import Group

from members.invitations import invite_to_staff
from practices import moderation
from practices.models import Hold
from scn_portal.site.desk.tabs import TABS
from tests.factories import (
    PASSWORD,
    CityFactory,
    ModeratorFactory,
    PledgeFactory,
    RevisionFactory,
    UserFactory,
    acting_for,
    moderating_only,
    staff_for_cities,
)
from tests.real_sign_in import app_of, code_of
from tests.site.desk_rows import LISTS, submitted

pytestmark = pytest.mark.django_db


@pytest.fixture
def moderator(client):
    """A moderator, signed in."""
    user = ModeratorFactory(name="Mona")
    client.force_login(user)
    return user


# --- Who opens what --------------------------------------------------------------------------------------------------

OPEN, NONE, LOGIN = 200, 404, 302
WHO = (
    "focal point", "editor", "viewer", "stranger", "cities' staff", "moderator", "of the staff", "of their own city",
    "superuser", "superuser of the city", "nobody",
)  # fmt: skip
OFFICIALS = (NONE,) * 5  # and the staff who look after cities only
#                    moder. staff own   super super of the city nobody
ALL_OF_THE_DESK = (*OFFICIALS, OPEN, OPEN, OPEN, OPEN, OPEN, LOGIN)
NOT_FOR_THEIR_OWN_CITY = (*OFFICIALS, OPEN, OPEN, NONE, OPEN, NONE, LOGIN)
THE_STAFF_ALONE = (*OFFICIALS, NONE, OPEN, OPEN, OPEN, OPEN, LOGIN)
# {revision} is a submission, {live} a published text of the same city.
PAGES = {
    **{english: ALL_OF_THE_DESK for english, _french, _number in LISTS},
    "/en/desk/city/{city}/": ALL_OF_THE_DESK,
    "/en/desk/city/{city}/history/": NOT_FOR_THEIR_OWN_CITY,
    "/en/desk/pledges/{pledge}/": NOT_FOR_THEIR_OWN_CITY,
    "/en/desk/link/?path=/en/cities/{city}/": ALL_OF_THE_DESK,
    "/en/desk/link/?path=/en/practices/{practice}/": NOT_FOR_THEIR_OWN_CITY,
    "/en/desk/{revision}/": NOT_FOR_THEIR_OWN_CITY,
    "/en/desk/{live}/": NOT_FOR_THEIR_OWN_CITY,
    "/en/desk/{revision}/hand-over/": NOT_FOR_THEIR_OWN_CITY,
    "/en/desk/settings/": ALL_OF_THE_DESK,
    "/en/account/submissions/": ALL_OF_THE_DESK,
    "/en/desk/staff/": THE_STAFF_ALONE,
    "/en/desk/staff/{invitation}/withdraw/": THE_STAFF_ALONE,
}
POSTED = {
    "/en/desk/{revision}/take/": NOT_FOR_THEIR_OWN_CITY,
    "/en/desk/{revision}/release/": NOT_FOR_THEIR_OWN_CITY,
    "/en/desk/staff/{invitation}/again/": THE_STAFF_ALONE,
}


def somebody(who: str, city):
    match who:
        case "focal point" | "editor" | "viewer":
            return acting_for(city, who.replace(" ", "_"))
        case "stranger":
            return acting_for(CityFactory())
        case "cities' staff":
            return staff_for_cities()
        case "moderator":
            return moderating_only()
        case "nobody":
            return None
    user = UserFactory(is_superuser=True) if who.startswith("superuser") else ModeratorFactory()
    if who.endswith("city"):
        user.memberships.create(city=city, role="viewer")
    return user


@pytest.mark.parametrize("who", WHO)
def test_who_opens_which_page_of_the_desk(client, who):
    revision = submitted()
    city = revision.practice.city
    live = RevisionFactory(status="published", practice__city=city)
    names = {
        "revision": revision.pk, "live": live.pk, "city": city.slug, "practice": live.practice.slug,
        "pledge": PledgeFactory(city=city).pk,
        "invitation": invite_to_staff(email="new@example.org", language="en", by=ModeratorFactory()).pk,
    }  # fmt: skip
    if user := somebody(who, city):
        client.force_login(user)
    column = WHO.index(who)
    found = {address: client.get(address.format(**names)).status_code for address in PAGES}
    assert found == {address: row[column] for address, row in PAGES.items()}
    for address, row in POSTED.items():
        expected = {OPEN: 302, NONE: 404, LOGIN: 302}[row[column]]
        assert client.post(address.format(**names)).status_code == expected
    assert Hold.objects.exists() == (POSTED["/en/desk/{revision}/take/"][column] == OPEN)


def test_who_acts_for_a_city_reads_and_counts_nothing_of_its_submissions(client, moderator):
    own, other = submitted(title_en="Canary own"), submitted(title_en="Other")
    back = submitted(title_en="Canary back", practice__city=own.practice.city)
    moderation.send_back(revision=back, by=ModeratorFactory(), reason="Canary reason")
    moderation.publish(
        revision=submitted(title_en="Canary live", practice__city=own.practice.city), by=ModeratorFactory()
    )
    moderator.memberships.create(city=own.practice.city, role="viewer")
    addresses = [english for english, _french, _number in LISTS]
    addresses += ["/en/desk/search/?q=canary", f"/en/desk/city/{own.practice.city.slug}/"]
    for address in addresses:
        # What was typed stands in the page itself: the rows must not.
        shown = client.get(address).text.lower()
        assert [shown.count(f"canary {word}") for word in ("own", "back", "live", "reason")] == [0] * 4, address
    page = client.get("/en/desk/figures/")
    assert [number for _label, number in page.context["ages"]] == [1, 0, 0, 0, 0]
    assert sum(month.total for month in page.context["months"]) == 0
    assert [row.pk for row in client.get("/en/desk/").context["page"]] == [other.pk]


# --- Signing in, the links above the pages ---------------------------------------------------------------------------


def sign_in(client, user, app: str = "") -> list:
    answer = client.post("/en/accounts/login/", {"login": user.email, "password": PASSWORD})
    if app:
        answer = client.post(answer.url, {"code": code_of(app)})
    return [(answer.url, answer.status_code), *client.get(answer.url, follow=True).redirect_chain]


def test_staff_land_on_the_desk_and_officials_in_their_workspace(client):
    moderator = ModeratorFactory()
    assert sign_in(client, moderator, app_of(moderator)) == [("/en/desk/", 302)]
    assert client.get("/en/my-city/").url == "/en/desk/"
    assert "City workspace" not in client.get("/en/desk/").text
    client.post("/en/accounts/logout/")
    own = ModeratorFactory()
    own.memberships.create(city=CityFactory(), role="viewer")
    assert sign_in(client, own, app_of(own)) == [("/en/desk/", 302)]
    assert '<a href="/en/my-city/">City workspace</a>' in client.get("/en/desk/").text
    assert client.get("/en/my-city/").status_code == 200
    client.post("/en/accounts/logout/")
    assert sign_in(client, acting_for(CityFactory())) == [("/en/my-city/", 302)]


def test_the_admin_is_offered_to_whoever_can_do_something_there(client, moderator):
    assert ">Admin</a>" not in client.get("/en/desk/").text
    type(moderator).objects.update(is_staff=True)
    assert ">Admin</a>" in client.get("/en/desk/").text
    alone = moderating_only(is_staff=True)
    client.force_login(alone)
    assert ">Admin</a>" not in client.get("/en/desk/").text


def test_the_tabs_are_one_table(client, moderator):
    page = client.get("/en/desk/with-the-cities/").text
    tabs = re.search(r'<nav class="desk-tabs".*?</nav>', page, re.DOTALL)[0]
    assert len(re.findall("<a ", tabs)) == len(TABS)
    assert len(re.findall('aria-current="page"', tabs)) == 1


def test_a_migration_made_the_group_of_the_staff_with_its_permissions():
    group = Group.objects.get(name="Moderators")
    held = {
        f"{each.content_type.app_label}.{each.codename}" for each in group.permissions.select_related("content_type")
    }
    assert {
        "practices.moderate_revision", "members.add_invitation", "members.change_city", "digests.run_newsletter",
    } <= held  # fmt: skip


# --- On the desk -----------------------------------------------------------------------------------------------------


def test_a_public_page_is_the_same_for_staff_and_leads_them_to_the_desk_when_asked(client, moderator):
    live = RevisionFactory(status="published", practice__slug="the-well")
    pledge = PledgeFactory()
    for address, desk in {
        "/en/practices/the-well/": f"/en/desk/{live.pk}/",
        f"/en/cities/{pledge.city.slug}/": f"/en/desk/city/{pledge.city.slug}/",
        f"/en/pledges/{pledge.pk}/": f"/en/desk/pledges/{pledge.pk}/",
    }.items():
        client.force_login(moderator)
        client.cookies["desk"] = "1"
        for_staff = client.get(address)
        asked = client.get("/en/desk/link/", {"path": address})
        assert json.loads(asked.content) == {"href": desk, "label": "On the desk"}
        client.logout()
        client.cookies.clear()
        for_all = client.get(address)
        assert for_all.content == for_staff.content
        assert "cookie" not in for_all.get("Vary", "").lower()
        assert "js/desk.js" in for_all.text
        assert client.get("/en/desk/link/", {"path": address}).status_code == 302
    client.force_login(acting_for(CityFactory()))
    assert client.get("/en/desk/link/", {"path": "/en/practices/the-well/"}).status_code == 404


def test_the_hint_for_the_script_is_left_with_staff_and_taken_away_at_sign_out(client):
    sign_in(client, ModeratorFactory())
    assert (client.cookies["desk"].value, client.cookies["desk"]["samesite"]) == ("1", "Strict")
    client.post("/en/accounts/logout/")
    assert client.cookies["desk"].value == ""
    sign_in(client, acting_for(CityFactory()))
    assert client.cookies["desk"].value == ""

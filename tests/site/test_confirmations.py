"""Whatever cannot be undone asks first: a page that says what will happen, with one button, and changes nothing."""

import re

import pytest
from django.urls import reverse

from members.models import Role
from tests.factories import (
    CityFactory,
    InvitationFactory,
    ProgressUpdateFactory,
    RevisionFactory,
    acting_for,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    return CityFactory(name_en="Testford")


def an_update(city):
    update = ProgressUpdateFactory(pledge__city=city, pledge__title_en="Lone promise")
    return reverse("update_take_down", args=[update.pk]), update, lambda: update.taken_down_at is None


def a_practice(status: str, verb: str):
    def make(city):
        revision = RevisionFactory(practice__city=city, status=status, title_en="Lone practice")
        return reverse("practice_act", args=[revision.pk, verb]), revision, lambda: revision.status == status

    return make


def a_correction(city):
    old = RevisionFactory(practice__city=city, status="superseded", title_en="Lone practice")
    new = RevisionFactory(practice=old.practice, status="published", title_en="Lone practice", corrects=old)
    return reverse("practice_act", args=[new.pk, "undo"]), new, lambda: new.status == "published"


def a_person(city):
    membership = acting_for(city, Role.EDITOR, name="Ada").memberships.get()
    address = reverse("remove_person", args=[membership.pk])
    return address, membership, lambda: city.memberships.filter(pk=membership.pk).exists()


def an_invitation(city):
    invitation = InvitationFactory(city=city)
    return reverse("withdraw_invitation", args=[invitation.pk]), invitation, lambda: invitation.withdrawn_at is None


CASES = {
    "take an update down": (an_update, "Lone promise", "Take the update down"),
    "take a practice down": (a_practice("published", "archive"), "Lone practice", "Take the practice down"),
    "undo corrections": (a_correction, "Your own words", "Undo the corrections"),
    "withdraw a submission": (a_practice("submitted", "withdraw"), "Lone practice", "Withdraw the text"),
    "withdraw what is scheduled": (a_practice("scheduled", "withdraw"), "It will not appear", "Withdraw the text"),
    "remove a person": (a_person, "Remove Ada from Testford?", "Remove Ada"),
    "withdraw an invitation": (an_invitation, "stops working at once", "Withdraw the invitation"),
}


@pytest.mark.parametrize("what", CASES)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_it_asks_first_with_one_button_and_does_it_then(client, city, what, language):
    make, words, button = CASES[what]
    address, row, as_before = make(city)
    client.force_login(acting_for(city))
    page = client.get(address)
    main = page.text.partition("<main")[2].partition("</main>")[0]
    assert (page.status_code, main.count("<button")) == (200, 1)
    assert words in main
    assert re.search(rf"<button[^>]*>{re.escape(button)}</button>", main)
    row.refresh_from_db()
    assert as_before()
    if language == "fr":
        french = client.get(re.search(r'href="(/fr/[^"]+)" hreflang="fr"', " ".join(page.text.split()))[1])
        assert (french.status_code, "Revenir sans rien changer" in french.text) == (200, True)
        return
    answer = client.post(address, {"reason": "A name."} if "<textarea" in main else {})
    assert answer.status_code == 302
    if what != "remove a person":
        row.refresh_from_db()
    assert not as_before()


@pytest.mark.parametrize("what", CASES)
def test_nobody_else_is_asked(client, city, what):
    address, row, as_before = CASES[what][0](city)
    for stranger in (acting_for(CityFactory()), acting_for(city, Role.VIEWER)):
        client.force_login(stranger)
        assert (client.get(address).status_code, client.post(address).status_code) == (404, 404)
    row.refresh_from_db()
    assert as_before()


def test_no_page_of_the_workspace_does_it_with_one_click(client, city):
    """The buttons that lead to these pages are links."""
    official = acting_for(city)
    client.force_login(official)
    update = ProgressUpdateFactory(pledge__city=city)
    live = RevisionFactory(practice__city=city, status="published")
    RevisionFactory(practice=live.practice, status="submitted")
    InvitationFactory(city=city)
    acting_for(city, Role.EDITOR)
    for page in (
        reverse("pledge_workspace", args=[update.pledge_id]), reverse("practice_workspace", args=[live.practice_id]),
        reverse("my_city_people", args=[city.slug]),
    ):  # fmt: skip
        actions = re.findall(r'action="([^"]+)"', client.get(page).text)
        assert not [each for each in actions if re.search("take-down|archive|undo|withdraw|remove", each)]

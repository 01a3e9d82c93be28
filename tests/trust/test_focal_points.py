"""A city keeps a focal point: two who remove, demote or close each other at once, in the site and in the admin."""

from collections.abc import Callable
from functools import partial

import pytest
from django.test import Client
from django.urls import reverse

from members.models import Membership, Role, User, Vacancy
from tests.factories import CityFactory, UserFactory, acting_for
from tests.forms import fields_of
from tests.members.editing.test_second_writers import address_of, admin_fields
from tests.practices.test_races import at_once
from tests.turns import in_turn


def browser_of(user) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def _remove(membership: Membership, by: User) -> tuple[Client, str, dict]:
    browser, address = browser_of(by), reverse("remove_person", args=[membership.pk])
    return browser, address, fields_of(browser.get(address))


def _demote(membership: Membership, by: User) -> tuple[Client, str, dict]:
    browser, address = browser_of(by), reverse("person_role", args=[membership.pk])
    return browser, address, fields_of(browser.get(address)) | {"role": "editor"}


def _close(membership: Membership, by: User) -> tuple[Client, str, dict]:
    """In the admin, by somebody of the staff."""
    browser, address = browser_of(UserFactory(is_staff=True, is_superuser=True)), address_of(membership.user)
    form = admin_fields(browser.get(address))
    del form["is_active"]
    return browser, address, form


WAYS: dict[str, tuple[Callable, Callable]] = {
    "both remove": (_remove, _remove),
    "both demote": (_demote, _demote),
    "both close, in the admin": (_close, _close),
    "one removes, one demotes": (_remove, _demote),
    "one removes, the admin closes": (_remove, _close),
    "one demotes, the admin closes": (_demote, _close),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("group", "ways"), in_turn(["two"], list(WAYS), of=3))
def test_one_of_two_is_refused_in_words(group, ways):
    for way in ways:
        city = CityFactory()
        ada, ben = acting_for(city), acting_for(city)
        first, second = WAYS[way]
        forms = [first(ben.memberships.get(), ada), second(ada.memberships.get(), ben)]
        answers = at_once(*(partial(browser.post, address, form) for browser, address, form in forms))
        statuses = [getattr(answer, "status_code", answer) for answer in answers]
        # Whoever is no longer a focal point may not, or finds the page no more.
        assert sorted(statuses) in ([200, 302], [302, 403], [302, 404]), (way, statuses)
        left = city.memberships.filter(role=Role.FOCAL_POINT, user__is_active=True)
        assert left.count() == 1, way
        assert not Vacancy.objects.filter(city=city).exists()


@pytest.mark.django_db
def test_the_staff_may_override_with_a_reason_in_the_site_and_in_the_admin(client):
    staff = UserFactory(is_staff=True, is_superuser=True)
    for way in (_remove, _demote, _close):
        alone = acting_for(CityFactory()).memberships.get()
        browser, address, form = way(alone, staff)
        refused = browser.post(address, form)
        assert refused.status_code == 200, way
        assert "would be left without a focal point" in refused.text
        assert browser.post(address, form | {"reason": "She retired."}).status_code == 302, way
        assert Vacancy.objects.get(city=alone.city).reason == "She retired."


@pytest.mark.django_db
def test_a_role_is_given_on_the_one_that_the_page_named(client):
    """A colleague has taken the role away meanwhile: it is not given back without a word."""
    city = CityFactory()
    ada, ben, cleo = acting_for(city), acting_for(city), acting_for(city, Role.EDITOR).memberships.get()
    browser, address, form = _demote(cleo, ada)
    Membership.objects.filter(pk=cleo.pk).update(role="viewer")
    page = browser.post(address, form | {"role": "focal_point"})
    assert "Somebody has changed this role since you opened the page. It is now: Viewer." in page.text
    cleo.refresh_from_db()
    assert cleo.role == "viewer"
    assert browser.post(address, fields_of(page) | {"role": "focal_point"}).status_code == 302
    cleo.refresh_from_db()
    assert (cleo.role, ben.memberships.get().role) == ("focal_point", "focal_point")

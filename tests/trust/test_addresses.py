"""Every address × every role × every method answers as the table says. All of it in `make soak`; some in each run."""

import random
import sys

import pytest
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse

from members.invitations import invite_to_staff
from practices.models import ReasonTemplate
from tests.conftest import SEED
from tests.factories import (
    CommitmentFactory,
    ModeratorFactory,
    RevisionFactory,
    UserFactory,
    acting_for,
    moderating_only,
    staff_for_cities,
)
from tests.site.test_every_address import names, user_of, world  # noqa: F401  # a fixture
from tests.trust.address_table import (
    CITIES,
    EMPTY_IS_NOTHING,
    FORMS,
    METHODS,
    MODERATOR,
    NO_CITY,
    OPEN,
    ROLES,
    SUPERUSER,
    TAKEN_AWAY,
    expected,
    rows,
)

pytestmark = pytest.mark.django_db


def test_every_address_has_one_row():
    known = rows()
    assert set(names(get_resolver())) == known.keys() | OPEN.keys()
    assert not known.keys() & OPEN.keys()
    assert known.keys() >= (FORMS | EMPTY_IS_NOTHING)


def somebody(role: str, city):
    match role:
        case "no city":
            return UserFactory()
        case "taken away":
            former = acting_for(city)
            former.memberships.all().delete()
            return former
        case "staff for cities":
            return staff_for_cities()
        case "moderator alone":
            return moderating_only()
        case "superuser":
            return UserFactory(is_superuser=True, is_staff=True)
    return user_of(role, city)


def test_the_names_of_roles_are_those_of_the_table():
    assert (CITIES, MODERATOR, NO_CITY, SUPERUSER, TAKEN_AWAY) == (
        "staff for cities", "moderator alone", "no city", "superuser", "taken away",
    )  # fmt: skip


@pytest.fixture
def places(world) -> dict:  # noqa: F811  # the fixture
    """What stands for the path arguments of the table."""
    CommitmentFactory(number=1)
    live = RevisionFactory(status="published")
    invited = invite_to_staff(email="new@example.org", language="en", by=ModeratorFactory())
    return world | {
        "number": 1, "slug": live.practice.slug, "nothing": 99_999, "none": "0" * 32, "kind": "pledge", "one": 1,
        "staff_invitation": invited.pk, "reason": ReasonTemplate.objects.order_by("pk").first().pk,
    }  # fmt: skip


@pytest.fixture
def clients(places) -> dict[str, Client]:
    found = {role: Client(raise_request_exception=False) for role in ROLES}
    for role, client in found.items():
        if role != "nobody":
            client.force_login(somebody(role, places["row of the city"]))
    return found


def address_of(name: str, places: dict) -> str:
    arguments = OPEN[name][0] if name in OPEN else rows()[name][0]
    return reverse(name, args=[places.get(each, each) for each in arguments])


def ask(client: Client, method: str, address: str) -> int | str:
    """The status; “sign in” where that is the answer. Whatever it changed is undone, a sign-out too."""
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    with transaction.atomic():
        answer = client.generic(method, address)
        if answer.streaming:
            b"".join(answer.streaming_content)
        transaction.set_rollback(True)
    client.cookies.load(cookies)
    return "sign in" if answer.status_code == 302 and "/accounts/login/" in answer.url else answer.status_code


def is_met(said: int | str, answer: int | str) -> bool:
    return answer in (200, 302) if said == "done" else answer == said


def some_of(cells: list, count: int) -> list:
    """Each address once, and others as they come, other ones at each run."""
    draw = random.Random(SEED)
    draw.shuffle(cells)
    once = {name: (name, role, method) for name, role, method in cells}
    return [*once.values(), *cells[:count]]


@pytest.mark.parametrize("count", [0, pytest.param(10**6, marks=pytest.mark.soak)])
def test_each_role_gets_by_each_method_what_the_table_says(clients, places, count):
    cells = [(name, role, method) for name in (*rows(), *OPEN) for role in ROLES for method in METHODS]
    chosen, wrong = some_of(cells, count), {}
    for name, role, method in chosen:
        answer, said = ask(clients[role], method, address_of(name, places)), expected(name, role, method)
        if not is_met(said, answer):
            wrong[name, role, method] = f"{answer} in place of {said}"
    sys.stdout.write(f"{len(chosen)} cells\n")
    assert wrong == {}


@pytest.mark.parametrize("count", [20, pytest.param(10**6, marks=pytest.mark.soak)])
def test_the_admin_opens_to_its_staff_alone(clients, count):
    """It has its own list of addresses: what its models have, and what Django adds."""
    found = [
        f"/en/admin/{model._meta.app_label}/{model._meta.model_name}/{page}"
        for model in admin.site._registry
        for page in ("", "add/", "1/change/", "1/delete/", "1/history/")
    ] + ["/en/admin/", "/en/admin/jsi18n/", "/en/admin/password_change/", "/en/admin/autocomplete/", "/en/admin/r/1/1/"]
    outside = [role for role in ROLES if role not in (CITIES, "staff", SUPERUSER)]
    cells = [(address, role, method) for address in found for role in outside for method in ("GET", "POST")]
    wrong = {}
    for address, role, method in random.Random(SEED).sample(cells, min(count, len(cells))):
        answer = ask(clients[role], method, address)
        if answer not in ("sign in", 302, 403, 404):
            wrong[address, role, method] = answer
    assert wrong == {}


def test_a_method_that_nobody_knows_reaches_no_page(clients):
    answer = clients["superuser"].generic("PUT", "/en/nothing-here/")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, POST")
    assert clients["nobody"].generic("PUT", "/api/v1/cities").json()["error"]["code"] == "method_not_allowed"

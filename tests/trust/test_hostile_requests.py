"""Whatever is sent to whatever address, the portal answers in words and never with a fault of its own.

The values are others at each run; the header of the run says its seed, and SCN_TEST_SEED=… runs the same again.
"""

import re

import pytest
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse
from hypothesis import HealthCheck, Phase, given, note, seed, settings
from hypothesis import strategies as st

from members.editing.given_back import FORMS
from tests.conftest import SEED
from tests.factories import UserFactory
from tests.site.test_every_address import DO, READ, names, user_of, world  # noqa: F401  # a fixture
from tests.trust import hostile_values as hostile

WHO = ("nobody", "focal point", "staff", "superuser")
FAULTS = re.compile(r"Traceback|django\.db|psycopg|Exception Value|File &quot;")
ARGUMENT = re.compile(r"<(?:(\w+):)?\w+>")
HEADS = st.sampled_from(["get", "get", "get", "head", "options"])


def run(examples: int, **what):
    """Runs the decorated function so many times with values of `what`, the same ones for the same seed."""

    def decorate(function):
        some = settings(
            max_examples=examples, deadline=None, database=None, phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck), print_blob=True,
        )  # fmt: skip
        return seed(SEED)(some(given(**what)(function)))

    return decorate


@pytest.fixture
def clients(world):  # noqa: F811  # the fixture
    """By who they are."""
    people = {who: Client(raise_request_exception=False) for who in WHO}
    for who, client in people.items():
        if who == "superuser":
            client.force_login(UserFactory(is_staff=True, is_superuser=True))
        elif who != "nobody":
            client.force_login(user_of(who, world["row of the city"]))
    return people


@pytest.fixture
def addresses(world) -> list[str]:  # noqa: F811  # the fixture
    """Those that lead somewhere, and all of them with gaps for what stands in their place."""
    known = [
        reverse(name, args=[world.get(each, each) for each in arguments])
        for name, (arguments, _allowed) in (READ | DO).items()
    ]
    resolver = get_resolver()
    ours = [f"/{pattern}".replace("\\.", ".") for pattern in names(resolver).values()]
    api = ["/api/v1/cities", "/api/v1/pledges", "/api/v1/practices", "/api/v1/practices/<slug:a>", "/api/v1/updates"]
    accounts = [
        f"/en/accounts/{page}" for page in ("login/", "signup/", "password/reset/", "email/", "2fa/", "<str:a>")
    ]
    models = [f"/en/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry]
    changes = [f"{address}<int:pk>/change/" for address in models]
    return [*known, *ours, *(each.replace("/en/", "/fr/", 1) for each in known), *api, *accounts, *models, *changes]


def filled(address: str, given: list[str]) -> str:
    """The address with something in each of its gaps."""
    remaining = iter([*given, "1", "1", "1"])
    return ARGUMENT.sub(lambda gap: next(remaining), address)


def judge(answer, about: str) -> None:
    if answer.streaming:
        b"".join(answer.streaming_content)
        return
    note(about)
    assert answer.status_code < 500, (about, answer.status_code, SEED)
    is_plain = "text" in answer.get("Content-Type", "") and not answer.has_header("Content-Encoding")
    if answer.status_code >= 400 and is_plain:
        assert not FAULTS.search(answer.text), (about, SEED)


@pytest.mark.django_db
@pytest.mark.parametrize("examples", [60, pytest.param(5000, marks=pytest.mark.soak)])
def test_odd_questions_get_an_answer(clients, addresses, examples):
    @run(
        examples, who=st.sampled_from(WHO), address=st.sampled_from(addresses), how=HEADS,
        gaps=st.lists(hostile.encoded, max_size=3), query=hostile.queries, headers=hostile.headers,
    )  # fmt: skip
    def ask(who, address, how, gaps, query, headers):
        path = filled(address, gaps)
        sent = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
        with transaction.atomic():
            cookies = dict(clients[who].cookies)
            if "HTTP_COOKIE" in sent and who != "nobody":
                sent["HTTP_COOKIE"] += f"; sessionid={clients[who].cookies['sessionid'].value}"
            answer = clients[who].generic(how.upper(), path, QUERY_STRING=query, **sent)
            judge(answer, f"{who}: {how} {path}?{query} {sent}")
            transaction.set_rollback(True)
        clients[who].cookies.load({name: morsel.value for name, morsel in cookies.items()})

    ask()


@pytest.mark.django_db
@pytest.mark.parametrize("examples", [60, pytest.param(5000, marks=pytest.mark.soak)])
def test_odd_forms_get_an_answer(clients, addresses, examples):
    fields = sorted({name for form in FORMS.values() for name in form.base_fields})
    filled_in = st.dictionaries(st.sampled_from(fields), hostile.values, max_size=12).map(hostile.as_form)

    @run(
        examples, who=st.sampled_from(WHO), address=st.sampled_from(addresses),
        gaps=st.lists(hostile.encoded, max_size=3), sent=filled_in | hostile.bodies, headers=hostile.headers,
    )  # fmt: skip
    def send(who, address, gaps, sent, headers):
        path, (content_type, body) = filled(address, gaps), sent
        given = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items() if name != "Cookie"}
        with transaction.atomic():
            cookies = {name: morsel.value for name, morsel in clients[who].cookies.items()}
            answer = clients[who].generic("POST", path, body, content_type, **given)
            judge(answer, f"{who}: {path} {content_type[:90]!r} {body[:600]!r} {given}")
            transaction.set_rollback(True)
        clients[who].cookies.load(cookies)

    send()

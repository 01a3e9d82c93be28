"""Every address is public, with the parameters it reads, or answered `private, no-store`; there is no third kind.

One walk over all of them asks of each public answer: what caches may do with it, which parameters and tables it reads,
and what a reader is told who has the current one.
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.db import OperationalError, connection
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext

from scn_portal.base import generation, strangers
from scn_portal.base.database_roles.decisions import TABLES
from scn_portal.base.http import caching
from scn_portal.base.http.caching import PRIVATE, PUBLIC, PUBLIC_FOR_A_MOMENT
from scn_portal.base.http.public import public_page_at
from tests.factories import commit
from tests.site.test_every_address import world  # noqa: F401  # a fixture
from tests.trust.address_table import OPEN, rows
from tests.trust.test_addresses import address_of, places  # noqa: F401  # a fixture

pytestmark = pytest.mark.django_db

# Open to all, and not the same for all, or not to be kept.
OPEN_BUT_PRIVATE = {
    "root": "leads on by the language of the browser",
    "api_docs_door": "leads on by the language of the browser",
    "healthz": "says what is so now",
    "readyz": "says what is so now",
    "taken_down": "says what is so now",
    "concern": "says which version of a page somebody looks at now",
    "invitation": "by a token",
    "newsletter_confirm": "by a token",
    "newsletter_preferences": "by a token",
    "newsletter_unsubscribe": "by a token",
    "editing_keep": "a form",
    "file_waiting": "says how far a file is now",
}
API = ("declaration", "commitments", "cities", "pledges", "milestones", "updates", "practices", "removals")
MORE = (
    "/fr/", "/fr/villes/", "/en/search/?q=youth", "/en/search/?q=youht", "/en/practices/?q=youht&sort=newest",
    "/en/cities/?q=city&sort=name", "/en/pledges/?q=pledge&sort=due", "/en/changes/?kind=city", "/api/v1/openapi.json",
    *(f"/api/v1/{name}" for name in API),
)  # fmt: skip
# Tables that public answers read and that raise no generation, and why.
NO_TRIGGER = {
    "base_limiteduse": "counts requests: what it holds is in no answer",
    "base_generation": "the number itself",
    "members_user": "read with what was taken down, for the desk; a public page names nobody",
    "commitments_endorsementevent": "history, written by triggers with the row itself, which has one",
    "commitments_milestoneevent": "the same",
    "commitments_pledgeevent": "the same",
    "members_cityevent": "the same",
    "base_madefile": "what is not made yet, or stands in, is answered no-store",
}
_RAISING = """
    SELECT c.relname::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    JOIN pg_proc p ON p.oid = t.tgfoid WHERE p.prosrc LIKE '%scn_raise_generation%'
"""


@dataclass
class Asked:
    """What a public address answered, and what it read for that."""

    answer: HttpResponseBase
    again: HttpResponse
    queries_again: int
    parameters: set[str]
    tables: set[str] = field(default_factory=set)


@contextmanager
def parameters_read() -> Iterator[set[str]]:
    """The names of the parameters that are asked for inside the block."""
    names: set[str] = set()

    class Watched(QueryDict):
        def __getitem__(self, name: str):
            names.add(name)
            return super().__getitem__(name)

        def getlist(self, name: str, default=None):
            names.add(name)
            return super().getlist(name, default)

        def __contains__(self, name: object) -> bool:
            names.add(str(name))
            return super().__contains__(name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WSGIRequest, "GET", property(lambda request: Watched(request.META["QUERY_STRING"])))
        yield names


def ask(client: Client, address: str) -> Asked:
    with CaptureQueriesContext(connection) as asked, parameters_read() as parameters:
        answer = client.get(address)
        if answer.streaming:
            b"".join(answer.streaming_content)
    tables = {table for query in asked.captured_queries for table in re.findall(r"\w+", query["sql"])}
    with CaptureQueriesContext(connection) as asked_again:
        again = client.get(address, headers={"if-none-match": answer.get("ETag", '"none"')})
    return Asked(answer, again, len(asked_again), parameters, tables & TABLES.keys())


@pytest.fixture
def walked(client, places) -> dict[str, Asked]:  # noqa: F811  # the fixture
    """Every public address, by its path."""
    addresses = [address_of(name, places) for name in OPEN if name not in OPEN_BUT_PRIVATE]
    return {address: ask(client, address) for address in (*addresses, *MORE)}


def test_every_public_answer_may_be_kept_and_asked_for_again(walked):
    with connection.cursor() as cursor:
        cursor.execute(_RAISING)
        raising = {table for (table,) in cursor.fetchall()}
    readers: dict[str, set[str]] = defaultdict(set)
    undeclared: dict[str, set[str]] = defaultdict(set)
    wrong: dict[str, list] = {}
    for address, asked in walked.items():
        path = address.partition("?")[0]
        page, _match = public_page_at(path) or pytest.fail(f"{path} is not public")
        for table in asked.tables - raising - NO_TRIGGER.keys():
            readers[table].add(path)
        if page.reads is not None:
            undeclared[path] |= asked.parameters - page.reads
        wrong[address] = wrong_with(asked, own_policy=page.own_policy)
    assert {address: found for address, found in wrong.items() if found} == {}
    assert dict(readers) == {}
    assert {path: names for path, names in undeclared.items() if names} == {}
    assert not raising & NO_TRIGGER.keys()


def wrong_with(asked: Asked, *, own_policy: bool) -> list[object]:
    """What a cache, or a reader who has the answer, would mind."""
    answer, again = asked.answer, asked.again
    if answer.status_code == 202:  # a file that is not there yet
        return [] if answer["Cache-Control"] == PRIVATE else ["kept"]
    if answer.status_code != 200:
        said = (answer.status_code, answer["Cache-Control"])
        return [] if said == (404, PUBLIC_FOR_A_MOMENT) else [said]
    # A 304 replaces the headers of the answer that the reader has: each is the same, or left out.
    changed = {name for name, value in again.items() if answer.get(name) != value} - {"X-Request-ID"}
    expected = {
        "headers": ((answer["Cache-Control"], answer["Vary"]), (PUBLIC, "Accept-Encoding")),
        "who": ([*answer.cookies, answer.get("Last-Modified")], [None]),
        "again": ((again.status_code, again.content, asked.queries_again), (304, b"", 0)),
        "changed": (changed, set()),
        "policy": (again.has_header("Content-Security-Policy"), not own_policy),
    }
    return [(name, found) for name, (found, right) in expected.items() if found != right]


def test_everything_else_is_private(client, places):  # noqa: F811  # the fixture
    for name in {**rows(), **dict.fromkeys(OPEN_BUT_PRIVATE & OPEN.keys())}:
        address = address_of(name, places)
        if public_page_at(address):
            assert name in PUBLIC_TO_READ, name
            continue
        answer = client.get(address)
        assert (answer["Cache-Control"], answer.has_header("ETag")) == (PRIVATE, False), name


# Open to all, and in the walk of those who sign in.
PUBLIC_TO_READ = {"update_document"}


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("utm_source=x", ""),
        ("utm_source=x&region=africa&fbclid=1", "region=africa"),
        ("region=africa&region=asia&x", "region=africa&region=asia"),
        ("&&region=africa&", "region=africa"),
        ("%75tm=1&re%67ion=africa", "re%67ion=africa"),
    ],
)
def test_what_a_page_does_not_read_leads_to_its_address_without_it(client, django_assert_num_queries, given, wanted):
    with django_assert_num_queries(0):
        answer = client.get(f"/en/cities/?{given}")
    assert (answer.status_code, answer["Cache-Control"]) == (302, PRIVATE)
    assert answer["Location"] == "/en/cities/" + (f"?{wanted}" if wanted else "")


def test_where_the_address_is_too_long_to_lead_to_it_is_answered_and_kept_by_nobody(client):
    answer = client.get(f"/en/cities/?utm_source=x&q={'é' * 500}")
    assert (answer.status_code, answer["Cache-Control"]) == (200, PRIVATE)


def test_the_tag_counts_what_the_page_reads_and_not_its_order(client):
    def tag(address: str) -> str:
        return client.get(address)["ETag"]

    assert tag("/en/cities/?q=a&sort=name") == tag("/en/cities/?sort=name&q=a")
    addresses = ["/en/cities/", "/fr/villes/", "/en/cities/?q=a", "/en/cities/?q=b", "/en/practices/"]
    assert len({tag(address) for address in addresses}) == len(addresses)


def test_a_committed_change_and_another_day_end_it(client, monkeypatch):
    before = client.get("/en/cities/")["ETag"]
    generation.raise_by_hand()
    commit()
    after = client.get("/en/cities/", headers={"if-none-match": before})
    assert (after.status_code, after["ETag"] != before) == (200, True)
    monkeypatch.setattr(caching, "today", lambda: dt.date(2030, 1, 1))
    tomorrow = client.get("/en/cities/", headers={"if-none-match": after["ETag"]})
    assert (tomorrow.status_code, tomorrow["ETag"] != after["ETag"]) == (200, True)


def test_a_file_that_stays_is_asked_for_anew_after_a_take_down_alone(client, places):  # noqa: F811  # the fixture
    address = address_of("update_document", places)

    commit()
    answer = client.get(address)
    assert len(b"".join(answer)) > 0
    for taken_down, status in ((False, 304), (True, 200)):
        commit()
        generation.raise_by_hand(taken_down=taken_down)
        again = client.get(address, headers={"if-none-match": answer["ETag"]})
        assert (again.status_code, len(b"".join(again)) > 0) == (status, status == 200)


def test_what_is_sent_and_what_is_of_a_session_is_nobody_elses(client, settings):
    assert client.post("/en/newsletter/", {"email": "x"})["Cache-Control"] == PRIVATE
    client.cookies[settings.SESSION_COOKIE_NAME] = "whatever"
    answer = client.get("/en/cities/")
    assert (answer["Cache-Control"], answer.has_header("ETag")) == (PRIVATE, False)


def test_errors_and_limits_are_kept_by_nobody(client, settings, monkeypatch):
    monkeypatch.setattr(strangers, "SEARCHES", strangers.SEARCHES._replace(most=1))
    answers = [client.get("/en/search/?q=x") for _ in range(2)]
    assert [(answer.status_code, answer["Cache-Control"]) for answer in answers] == [(200, PUBLIC), (429, PRIVATE)]
    assert client.get("/en/nothing-here/")["Cache-Control"] == PRIVATE
    assert client.get("/api/v1/cities?unknown=1")["Cache-Control"] == PRIVATE
    settings.MAINTENANCE = True
    away = client.get("/en/cities/")
    assert (away.status_code, away["Cache-Control"]) == (503, PRIVATE)


def test_nothing_and_gone_are_kept_for_a_moment(client, places):  # noqa: F811  # the fixture
    for address, status in {
        "/en/cities/nowhere/": 404,
        f"/en/pledges/{places['down']}/": 410,
        "/en/countries/CA/": 301,
    }.items():
        answer = client.get(address)
        assert (answer.status_code, answer["Cache-Control"], answer.has_header("ETag")) == (
            status, PUBLIC_FOR_A_MOMENT, False,
        )  # fmt: skip


def test_a_page_that_needs_no_database_is_served_without_one(client, monkeypatch):
    def away() -> None:
        raise OperationalError

    monkeypatch.setattr(generation, "current", away)
    answer = client.get("/en/about/")
    assert (answer.status_code, answer["Cache-Control"]) == (200, PRIVATE)

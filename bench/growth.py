"""How the time and the queries of every page grow with the network.

    python -m bench.growth --save small.json                 # with the demo's database
    SCN_VAR=… python -m bench.growth --save large.json       # with one that `manage.py seed_scale` has filled
    python -m bench.growth --compare small.json large.json   # the growth of each address, and the greatest

Prints a Markdown table with a line for each address (public pages, files, API, the workspace of a city, the desk of the
staff, the lists of the admin): the median and the least time of some builds in milliseconds, and the number of queries.
`--only desk` or `--match practice` selects some of them; `--explain 5` prints the plans of the costliest queries.
Nothing is changed: everything runs in one transaction that is rolled back, in this process, without a server or a cache
of pages (`SCN_FRAGMENTS=off` also turns off that of fragments).
"""

import argparse
import json
import logging
import random
import re
import statistics
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench import production

production.use_django()

from django.contrib import admin
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from commitments.models import Milestone, Pledge, ProgressUpdate
from digests.issues.compose import collect_news
from digests.issues.news import is_collected
from members.models import Invitation, Membership, Role, User
from practices.choices import Status
from practices.models import Practice, Revision
from scn_portal.base import memory, statements
from tests import signed_in
from tests.journeys.addresses import BARE, PUBLIC
from tests.site.test_every_address import READ

CITY, STAFF, OFFICIAL = "montreal", "staff@scn.example", "montreal@scn.example"
API = (
    "/api/v1/cities", "/api/v1/cities/montreal", "/api/v1/pledges", "/api/v1/pledges?status=done", "/api/v1/milestones",
    "/api/v1/updates", "/api/v1/practices", "/api/v1/practices?q=police", "/api/v1/practices/the-aarhus-model",
    "/api/v1/removals", "/api/v1/commitments", "/api/v1/openapi.json",
)  # fmt: skip
FILES = (
    "/en/practices/feed.xml", "/en/changes/feed.xml", "/en/cities/montreal/feed.xml", "/en/commitments/4/feed.xml",
    "/en/calendar.ics", "/en/cities/montreal/calendar.ics", "/en/commitments/4/calendar.ics", "/en/cities/map.json",
    "/en/cities/montreal/badge.svg", "/sitemap.xml", "/sitemap-practices-1.xml", "/sitemap-cities-1.xml",
    "/sitemap-pledges-1.xml", "/en/charts/pledges.svg", "/en/charts/pledges.csv", "/catalog.jsonld", "/readyz",
)  # fmt: skip
# Lists narrowed in several ways at once: by values that many or few rows have, by two values of a facet, with a search
# for a common word, in other orders, further pages.
NARROWED = (
    "/en/practices/?country=KE", "/en/practices/?country=KE&theme=hate", "/en/practices/?theme=hate&theme=education",
    "/en/practices/?commitment=4&evaluation=none", "/en/practices/?commitment=4&theme=hate&target_group=young",
    "/en/practices/?commitment=4&region=east-southern-africa&language=en",
    "/en/practices/?theme=hate&commitment=4&page=2", "/en/practices/?theme=hate&commitment=4&page=20",
    "/en/practices/?q=city&theme=hate", "/en/practices/?q=city&country=KE", "/en/practices/?q=police&country=KE",
    "/en/practices/?q=city&theme=hate&theme=education", "/en/practices/?q=city&theme=hate&commitment=4",
    "/en/practices/?q=city&sort=newest", "/en/practices/?q=city&theme=hate&sort=newest", "/en/practices/?q=city&page=2",
    "/en/practices/?q=city&theme=hate&page=2", "/en/practices/?q=city&page=20", "/en/practices/?q=kobidu&theme=hate",
    "/en/pledges/?status=done&commitment=4", "/en/pledges/?country=KE&status=done", "/en/pledges/?q=city&status=done",
    "/en/pledges/?q=city&country=KE", "/en/pledges/?q=city&status=done&commitment=4", "/en/pledges/?q=city&page=2",
    "/en/pledges/?q=city&sort=recorded", "/en/pledges/?q=city&sort=due",
)  # fmt: skip
# In addition to the addresses that the tests visit: further pages, common and rare words, filters, orders.
MORE = {
    "public": (
        "/en/practices/?page=2", "/en/practices/?page=20", "/en/practices/?q=city", "/en/practices/?q=network+police",
        "/en/practices/?theme=hate", "/en/practices/?theme=hate&commitment=4", "/en/practices/?q=kobidu",
        "/en/pledges/?page=2", "/en/pledges/?q=city", "/en/pledges/?status=done", "/en/cities/?page=2",
        "/en/cities/?status=member", "/en/search/?q=city", "/en/search/?q=kobidu", "/en/search/?q=police&kind=practice",
        "/en/matrix/?page=2", "/en/countries/ca/", "/en/regions/north-america/",
        *NARROWED,
    ),
    "api": (
        "/api/v1/practices?q=city", "/api/v1/pledges?q=city", "/api/v1/cities?country=CA",
        "/api/v1/practices?q=city&theme=hate", "/api/v1/practices?q=police&country=KE",
        "/api/v1/practices?q=city&theme=hate&commitment=4", "/api/v1/practices?theme=hate&commitment=4",
        "/api/v1/pledges?q=city&status=done", "/api/v1/pledges?q=city&country=KE",
    ),
    "desk": (
        "desk?q=police", "desk?q=city", "desk?page=2", "desk?sort=-submitted", "desk_with_cities?page=2",
        "desk_with_cities?q=city", "desk_decided?page=2", "desk_decided?q=city", "desk_decided?page=1000",
        "desk_pledges?page=2", "desk_pledges?q=city", "desk_pledges?page=500", "desk_translations?page=2",
        "desk_translations?q=city", "desk_cities?page=2", "desk_cities?q=mont", "desk_search?q=police",
        "desk_search?q=montreal", "desk_search?q=person12%40scale.example", "desk_search?q=city", "desk_patrol?page=2",
        "desk_concerns?page=2",
    ),
}  # fmt: skip
BUILDS, SECONDS = 5, 6.0  # builds of a page, and the most seconds for all of them
SHOWN_SQL = 1_500  # characters of a statement, in the plans
WAIT = "30s"  # for one statement
GROUPS = ("public", "files", "api", "workspace", "desk", "admin")
COUNTED = ("public", "api", "workspace", "desk")  # the groups in `pages.growth_max`


@dataclass
class Measured:
    """An address: its median and least time in milliseconds, its queries, and the costliest (milliseconds, SQL)."""

    group: str
    address: str
    status: int
    ms: float
    least: float
    queries: int
    costly: list[tuple[float, str]] = field(default_factory=list)


# --- Addresses --------------------------------------------------------------------------------------------------------


def addresses() -> Iterator[tuple[str, str, str]]:
    """Group, name and address of everything measured; the name is the same in a small and a large network."""
    for group, paths in {"public": (*PUBLIC["en"], *BARE["en"]), "files": FILES, "api": API}.items():
        for path in (*paths, *MORE.get(group, ())):
            yield group, path, path
    held = rows()
    for name, (arguments, roles) in READ.items():
        if "nobody" not in roles and all(held.get(each, each) is not None for each in arguments):
            group = "desk" if roles == {"staff"} else "workspace"
            yield group, name, reverse(name, args=[held.get(each, each) for each in arguments])
    for wanted in MORE["desk"]:
        name, _mark, query = wanted.partition("?")
        yield "desk", wanted, f"{reverse(name)}?{query}"
    for model in admin.site._registry:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        yield "admin", model._meta.label, address
        if admin.site._registry[model].search_fields:
            yield "admin", f"{model._meta.label}?q", f"{address}?q=montr"


def rows() -> dict[str, Any]:
    """The key of one row for each name in `tests.site.test_every_address`, of the city CITY; None if there is none."""
    pledges, practices = Pledge.objects.filter(city__slug=CITY), Practice.objects.filter(city__slug=CITY)
    public = pledges.public()
    revisions = Revision.objects.filter(practice__in=practices).order_by("pk")
    queue = Revision.objects.filter(status=Status.SUBMITTED).exclude(practice__city__slug=CITY).order_by("-pk")
    writable = revisions.filter(status__in=(Status.DRAFT, Status.SENT_BACK))
    colleagues = Membership.objects.filter(city__slug=CITY).exclude(role=Role.FOCAL_POINT)
    wanted: dict[str, Any] = {
        "pledge": public, "draft": pledges.filter(published_at=None), "down": pledges.exclude(taken_down_at=None),
        "done": public.filter(status="done"), "milestone": Milestone.objects.filter(pledge__in=public),
        "update": ProgressUpdate.objects.filter(pledge__in=public), "colleague": colleagues,
        "submitted": queue, "revision": revisions, "invitation": Invitation.objects.filter(city__slug=CITY),
    }  # fmt: skip
    found: dict[str, Any] = {name: first_key(rows) for name, rows in wanted.items()}
    found |= {"practice": first_key(practices.filter(revisions__in=writable)), "person": first_key(User.objects)}
    found |= {"published": first_key(practices.filter(revisions__status=Status.PUBLISHED)), "city": CITY}
    nothing = ("update_down", "proposal", "correction", "request", "document", "update_document", "erasure", "key")
    return found | dict.fromkeys(nothing)


def first_key(rows) -> int | None:
    return rows.order_by("pk").values_list("pk", flat=True).first()


# --- Measuring --------------------------------------------------------------------------------------------------------


def clients() -> dict[str, Client]:
    """Clients by group: a reader, an official of CITY, a member of staff, a superuser. Only in this transaction."""
    signed_in.connect()
    found = {group: Client(SERVER_NAME="127.0.0.1", raise_request_exception=False) for group in GROUPS}
    found["workspace"].force_login(User.objects.get(email=OFFICIAL))
    found["desk"].force_login(User.objects.get(email=STAFF))
    found["admin"].force_login(User.objects.create(email="bench@scale.example", is_staff=True, is_superuser=True))
    return found


def as_workers_leave_it() -> None:
    """Collect the news for the newsletter desk, as a worker does every few minutes in production."""
    if not is_collected(timezone.now()):
        collect_news()


def measure(client: Client, group: str, address: str, builds: int) -> Measured:
    ask(client, address)  # compiles the templates
    with CaptureQueriesContext(connection) as captured:
        status, first = ask(client, address)
    queries = [query for query in captured.captured_queries if "SAVEPOINT" not in query["sql"]]
    taken, begun = [first], time.perf_counter()
    while len(taken) < builds and time.perf_counter() - begun < SECONDS:
        taken.append(ask(client, address)[1])
    costly = sorted(((float(query["time"]) * 1000, query["sql"]) for query in queries), reverse=True)[:3]
    return Measured(group, address, status, statistics.median(taken), min(taken), len(queries), costly)


def ask(client: Client, address: str) -> tuple[int, float]:
    """The status of the answer and its milliseconds; the status is 599 if a statement took longer than WAIT."""
    begun = time.perf_counter()
    try:
        with transaction.atomic():
            # From another network each time, since searches from one network are limited.
            response = client.get(address, REMOTE_ADDR=f"10.{random.randrange(250)}.{random.randrange(250)}.1")
            if response.streaming:
                for _piece in response:
                    pass
            status = response.status_code
    except DatabaseError:
        status = 599
    return status, (time.perf_counter() - begun) * 1000


def run(options: argparse.Namespace) -> dict[str, Measured]:
    found = {}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{WAIT}'")
        signed = clients()
        as_workers_leave_it()
        print("| address | median ms | least ms | queries |\n|---|---|---|---|")
        for group, name, address in addresses():
            if (options.only and group not in options.only) or not re.search(options.match, name):
                continue
            each = found[name] = measure(signed[group], group, address, options.builds)
            note = "" if each.status in (200, 302, 404) else f" ({each.status})"
            print(f"| `{name}`{note} | {each.ms:.0f} | {each.least:.0f} | {each.queries} |", flush=True)
        if options.explain:
            explain(found, options.explain)
        transaction.set_rollback(True)
    return found


def explain(found: dict[str, Measured], count: int) -> None:
    """The plans of the costliest queries, each statement once."""
    queries = sorted(((*query, name) for name, each in found.items() for query in each.costly), reverse=True)
    seen: set[str] = set()
    for milliseconds, whole, name in queries:
        sql, off = statements.handed_in(whole)
        shape = re.sub(r"\d+|'[^']*'", "?", sql)
        if len(seen) == count:
            return
        if shape in seen or not sql.startswith(("SELECT", "WITH")):
            continue
        seen.add(shape)
        print(f"\n### {name}: {milliseconds:.0f} ms\n\n{sql[:SHOWN_SQL]}\n")
        asked = f"EXPLAIN (ANALYZE, BUFFERS) {sql}".replace("%", "%%")
        plan = statements.fetch("default", asked, [], off=off)
        print("\n".join(line for (line,) in plan))


# --- Comparing --------------------------------------------------------------------------------------------------------


def compare(small: dict[str, dict], large: dict[str, dict], value: str) -> None:
    """Print a line for each address in both, the greatest growth first, then the figures.

    Pages that the small network does not have, such as the second page of a list, are compared with its first page. An
    address that cannot be compared only counts for the slowest page of the large network.
    """
    both = [name for name in large if name in small]
    compared = {name: before for name in both if (before := _comparable(small, large[name], name))}
    growth = {name: large[name][value] / before[value] for name, before in compared.items()}
    print("| address | small ms | large ms | growth | queries |\n|---|---|---|---|---|")
    for name in sorted(both, key=lambda name: -growth.get(name, 0)):
        before, after = compared.get(name, small[name]), large[name]
        grown = f"{growth[name]:.1f}" if name in growth else "–"
        queries = f"{before['queries']} → {after['queries']}"
        print(
            f"| `{name}`{_note(small[name], after)} | {before[value]:.0f} | {after[value]:.0f} | {grown} | {queries} |"
        )
    for group in GROUPS:
        if grown_most := [growth[name] for name in growth if large[name]["group"] == group]:
            print(f"pages.growth_max.{group}: {max(grown_most):.2f}")
    _print_worst(small, large, {name: growth[name] for name in growth if large[name]["group"] in COUNTED}, value)
    print(f"pages.large_max_ms: {max(large[name][value] for name in both):.0f}")


def _comparable(small: dict[str, dict], after: dict, name: str) -> dict | None:
    """The result in the small network to compare an address with: the same address, or the first page of its list."""
    answers = [small.get(each) for each in (name, re.sub(r"[?&]page=\d+$", "", name))]
    return next((before for before in answers if before and before["status"] == after["status"]), None)


def _note(before: dict, after: dict) -> str:
    return "" if before["status"] == after["status"] else f" ({before['status']} → {after['status']})"


def _print_worst(small: dict[str, dict], large: dict[str, dict], growth: dict[str, float], value: str) -> None:
    """Print the figures of the groups in COUNTED."""
    if growth:
        worst = max(growth, key=lambda name: growth[name])
        print(f"# {worst} grows most, to {large[worst][value]:.1f} ms")
        print(f"pages.growth_max: {growth[worst]:.2f}")
    if counted := [name for name in large if name in small and large[name]["group"] in COUNTED]:
        slowest = max(counted, key=lambda name: large[name]["ms"])
        print(f"# {slowest} takes longest in the large network")
        print(f"pages.large_median_max_ms: {large[slowest]['ms']:.1f}")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--save", type=Path)
    parser.add_argument("--compare", type=Path, nargs=2, metavar=("SMALL", "LARGE"))
    parser.add_argument(
        "--least",
        action="store_true",
        help="Compare the least times instead of medians, for a machine with other work.",
    )
    parser.add_argument("--only", nargs="*", choices=GROUPS)
    parser.add_argument("--match", default="", help="Only names that match this pattern.")
    parser.add_argument("--builds", type=int, default=BUILDS)
    parser.add_argument("--explain", type=int, default=0, metavar="N")
    options = parser.parse_args(arguments)
    if options.compare:
        small, large = (json.loads(path.read_text(encoding="utf-8")) for path in options.compare)
        compare(small, large, "least" if options.least else "ms")
        return
    logging.disable(logging.ERROR)
    memory.give_back()  # as in a web worker: otherwise collections of garbage in all of Django distort some times
    try:
        with translation.override("en"):
            found = run(options)
    finally:
        logging.disable(logging.NOTSET)
    if options.save:
        kept = {name: {k: v for k, v in asdict(each).items() if k != "costly"} for name, each in found.items()}
        options.save.write_text(json.dumps(kept, indent=1, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()

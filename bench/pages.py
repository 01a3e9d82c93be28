"""The size, the queries and the time of every public page: `python -m bench.pages`, with the demo running.

Prints a Markdown table with a line for each page that the journeys visit: the bytes of the page compressed with gzip,
in English and in French; its queries (“4, 5” if the languages differ); the median of some builds in milliseconds.
Styles and scripts of a first visit are not included; docs/measurements.md has them. Changes nothing.
"""

import os
import statistics
import time
from dataclasses import dataclass

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scn_portal.settings")
django.setup()

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.journeys.addresses import BARE, PUBLIC

BUILDS = 10


@dataclass(frozen=True)
class Measured:
    """A page: its bytes on the wire, its queries, and the median time of a build in milliseconds."""

    size: int
    queries: int
    milliseconds: float


def measured(client: Client, path: str) -> Measured:
    asked(client, path)  # compiles the templates
    with CaptureQueriesContext(connection) as queries:
        page = asked(client, path)
    query_count = len(queries)  # before the next request clears them
    return Measured(len(page), query_count, statistics.median(milliseconds(client, path) for _ in range(BUILDS)))


def asked(client: Client, path: str) -> bytes:
    response = client.get(path)
    assert response.status_code in (200, 404), path  # one of the pages is the one for 404
    assert response["Content-Encoding"] == "gzip", path
    return response.content


def milliseconds(client: Client, path: str) -> float:
    started = time.perf_counter()
    asked(client, path)
    return (time.perf_counter() - started) * 1000


def row(client: Client, english: str, french: str) -> str:
    """A line of the table, of a page in both languages."""
    both = [measured(client, path) for path in (english, french)]
    sizes = " | ".join(f"{each.size:,}" for each in both)
    queries = ", ".join(dict.fromkeys(str(each.queries) for each in both))
    time_taken = statistics.mean(each.milliseconds for each in both)
    return f"| `{english}` | {sizes} | {queries} | {time_taken:.0f} |"


if __name__ == "__main__":
    client = Client(SERVER_NAME="127.0.0.1", headers={"accept-encoding": "gzip"})
    print("| page | bytes, English | bytes, French | queries | ms |\n|---|---|---|---|---|")
    for pages in (PUBLIC, BARE):
        for english, french in zip(pages["en"], pages["fr"], strict=True):
            print(row(client, english, french), flush=True)

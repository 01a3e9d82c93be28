"""The time and the queries that public pages take: `make bench`, with the demo running.

Prints a line for each page: the median of 30 renderings in milliseconds, and the queries of one. Reads only.
"""

import os
import statistics
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scn_portal.settings")
django.setup()

from django.db import connection  # noqa: E402  Django first
from django.test import Client  # noqa: E402  Django first
from django.test.utils import CaptureQueriesContext  # noqa: E402  Django first

PAGES = ["/fr/", "/fr/villes/", "/fr/villes/montreal/", "/fr/engagements/4/", "/fr/pratiques/", "/fr/declaration/"]
BUILDS = 30


def milliseconds(client: Client, path: str) -> float:
    started = time.perf_counter()
    assert client.get(path).status_code == 200, path
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    client = Client(SERVER_NAME="127.0.0.1")
    for path in PAGES:
        milliseconds(client, path)  # compiles the templates
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        query_count = len(queries)  # before the next request clears them
        median = statistics.median(milliseconds(client, path) for _ in range(BUILDS))
        print(f"{path:24} {median:6.1f} ms  {query_count:2} queries")

"""The time that a search takes among many practices: `SCN_BENCH_ROWS=20000 make bench`, with the demo running.

Creates a database beside the configured one, fills it with invented words of natural frequency, measures, and drops it.
Prints a line for each query: the number of practices found, and the medians of 9 runs, in milliseconds, of a page with
excerpts, of the filters, and of a page of the search of everything. Does nothing without SCN_BENCH_ROWS: filling takes
minutes.
"""

import os
import random
import statistics
import time
from collections.abc import Callable

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scn_portal.settings")
django.setup()

from django.db import connection  # noqa: E402  Django first
from django.http import QueryDict  # noqa: E402  Django first
from django.test.utils import setup_databases, teardown_databases  # noqa: E402  Django first
from django.utils import timezone  # noqa: E402  Django first

from commitments.loading import load_declaration  # noqa: E402  Django first
from commitments.models import Commitment  # noqa: E402  Django first
from members.models import City, Region  # noqa: E402  Django first
from practices import vocabulary  # noqa: E402  Django first
from practices.choices import Status, TargetGroup, Theme  # noqa: E402  Django first
from practices.models import Practice, Revision, RevisionCommitment  # noqa: E402  Django first
from practices.search import PracticeSearch  # noqa: E402  Django first
from scn_portal.site.search.results import SearchResults  # noqa: E402  Django first

ROWS = int(os.environ.get("SCN_BENCH_ROWS", "0"))
RUNS = 9
# word9 is then in nearly every text, word99 in six of ten, word999 in one of eleven.
WORDS = [f"word{number}" for number in range(40_000)]
WEIGHTS = [1 / (number + 10) for number in range(len(WORDS))]
QUESTIONS = [
    "word9", "word99", "word999", "word99 word199", '"word99 word199"', "word99 -word9", "word199 or word999",
    "Benchville 7", "Benchville 7 word99", "Canada word199", "wodr9999", "",
]  # fmt: skip


def text(length: int) -> str:
    return " ".join(random.choices(WORDS, WEIGHTS, k=length))


def fill() -> None:
    """ROWS live practices of 200 cities, in both languages, of 400 words in each."""
    load_declaration()
    region = Region.objects.create(slug="somewhere", name_en="Somewhere", name_fr="Quelque part")
    codes = ("CA", "KE", "FR", "BE")
    cities = [
        City.objects.create(
            name_en=f"Benchville {number}", name_fr=f"Bancville {number}", region=region, country=codes[number % 4],
            status="member", source="bench",
        )
        for number in range(200)
    ]  # fmt: skip
    seven = list(Commitment.objects.of_melbourne())
    for start in range(0, ROWS, 1000):
        rows = range(start, min(start + 1000, ROWS))
        practices = Practice.objects.bulk_create(
            Practice(city=random.choice(cities), slug=f"bench-{number}") for number in rows
        )
        revisions = Revision.objects.bulk_create(_draft(practice) for practice in practices)
        RevisionCommitment.objects.bulk_create(
            RevisionCommitment(revision=revision, commitment=random.choice(seven)) for revision in revisions
        )
    now = timezone.now()
    Revision.objects.update(status=Status.PUBLISHED, submitted_at=now, published_at=now)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _draft(practice: Practice) -> Revision:
    lengths = {"title": 6, "summary": 40, "challenge": 110, "approach": 140, "results": 100}
    texts = {f"{name}_{code}": text(length) for name, length in lengths.items() for code in ("en", "fr")}
    themes, groups = random.sample(Theme.values, 2), random.sample(TargetGroup.values, 2)
    return Revision(practice=practice, number=1, source_language="en", themes=themes, target_groups=groups, **texts)


def median(action: Callable) -> float:
    runs = []
    for _run in range(RUNS + 1):
        started = time.perf_counter()
        action()
        runs.append((time.perf_counter() - started) * 1000)
    return statistics.median(runs[1:])


def practice_search(words: str) -> PracticeSearch:
    query = QueryDict(mutable=True)
    query["q"] = words
    return PracticeSearch(query, "en")


def first_page(search: PracticeSearch) -> list:
    return list(search.excerpts(search.revisions[:12]))


def measure(words: str) -> None:
    count = practice_search(words).revisions.count()
    page = median(lambda: first_page(practice_search(words)))
    filters = median(lambda: practice_search(words).faceted.facet_options)
    question = practice_search(words).question
    everything = median(lambda: SearchResults(question, "en")[:15]) if question else 0.0
    suggestion = median(lambda: practice_search(words).suggestion(0))
    print(
        f"{words or '(no words)':22} {count:6} found  page {page:6.1f}  filters {filters:6.1f}"
        f"  everything {everything:6.1f}  suggestion {suggestion:5.1f}"
    )


if __name__ == "__main__" and ROWS:
    random.seed(2018)
    before = setup_databases(verbosity=0, interactive=False, aliases={"default"}, serialized_aliases=[])
    try:
        fill()
        print(f"{ROWS} practices; the vocabulary: {vocabulary.refresh()} words")
        for words in QUESTIONS:
            measure(words)
    finally:
        teardown_databases(before, verbosity=0)

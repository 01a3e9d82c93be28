"""The time of a search among many practices, in the configured database: part of `make bench ARGS=scale`.

Prints the medians of some runs, in milliseconds, for the first page with excerpts for a word that half of all practices
have (`search.common_ms`) and for one that few have (`search.rare_ms`), and how many times longer the rare word takes
with `icontains` in the five longest texts, as without a search engine (`search.vs_icontains`).
"""

import statistics
import time
from collections.abc import Callable
from functools import reduce
from operator import or_

from bench import production

production.use_django()

from django.db.models import Q
from django.http import QueryDict

from practices.models import Revision
from practices.search import PracticeSearch
from scn_portal.base.search.query import parse
from scn_portal.site.search.results import SearchResults

RUNS = 2 if production.SMALL else 9
PAGE = 12
COMMON, RARE = "city", "kobidu"
TEXTS = ("title", "summary", "challenge", "approach", "results")


def median(action: Callable[[], object], runs: int = RUNS) -> float:
    """The median in milliseconds, after a run that is not counted."""
    taken = []
    for _run in range(runs + 1):
        started = time.perf_counter()
        action()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken[1:])


def first_page(words: str) -> list[Revision]:
    query = QueryDict(mutable=True)
    query["q"] = words
    search = PracticeSearch(query, "en")
    return list(search.excerpts(search.found[:PAGE]))


def by_icontains(words: str) -> list[Revision]:
    anywhere = reduce(or_, (Q(**{f"{name}_en__icontains": words}) for name in TEXTS))
    return list(Revision.objects.live().filter(anywhere).order_by("-published_at")[:PAGE])


def everything(words: str) -> list:
    return list(SearchResults(parse(words), "en")[:PAGE])


def main() -> None:
    common, rare = (median(lambda words=words: first_page(words)) for words in (COMMON, RARE))
    scanned = median(lambda: by_icontains(RARE), runs=min(3, RUNS))
    print(f"# the search of everything: {COMMON} {median(lambda: everything(COMMON)):.0f} ms, "
          f"{RARE} {median(lambda: everything(RARE)):.0f} ms; by icontains {scanned:.0f} ms")  # fmt: skip
    print(f"search.common_ms: {common:.1f}")
    print(f"search.rare_ms: {rare:.1f}")
    print(f"search.vs_icontains: {scanned / rare:.1f}", flush=True)


if __name__ == "__main__":
    main()

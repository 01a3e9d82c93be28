"""How often the search of practices finds what a reader wants, beside BM25 over the same texts.

`.venv/bin/python -m bench.search_quality.run [FILE]`, with the demo running: makes a database of its own
beside the configured one, loads the sample practices, puts each question of FILE (`questions.json`) to the search and
to bm25s (stemmed, accents folded, names of city and country added), and prints success@3 (a wanted practice is among
the first three), the mean reciprocal rank over ten, and the questions that failed.

`blind.json` was written by somebody who had seen the practices but neither the search nor its thesaurus.
"""

import json
import os
import re
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scn_portal.settings")
django.setup()

import bm25s
import Stemmer
from django.http import QueryDict
from django.test.utils import setup_databases, teardown_databases
from django.utils.translation import override

from commitments.loading import load_declaration
from members.city_csv import import_cities
from members.models import User
from practices.loading import load_sample_practices
from practices.models import Revision
from practices.search import PracticeSearch

QUESTIONS = Path(__file__).parent / "questions.json"
CITIES = Path(__file__).parents[2] / "members" / "data" / "cities.csv"
DEPTH, TOP = 10, 3

Finder = Callable[[str, str], list[str]]  # question, language -> English names of the cities, best first


def portal(question: str, language: str) -> list[str]:
    """The cities of the practices that the page of practices finds."""
    params = QueryDict(mutable=True)
    params["q"] = question
    with override(language):
        return [each.practice.city.name_en for each in PracticeSearch(params, language).revisions[:DEPTH]]


def bm25() -> Finder:
    """BM25 over every text of the practices in both languages, with the names of city and country."""
    revisions = list(Revision.objects.live().select_related("practice__city"))
    index = bm25s.BM25()
    index.index([_tokens(_everything(revision)) for revision in revisions], show_progress=False)

    def find(question: str, language: str) -> list[str]:
        found, _scores = index.retrieve([_tokens(question)], k=DEPTH, show_progress=False)
        return [revisions[number].practice.city.name_en for number in found[0]]

    return find


def _everything(revision: Revision) -> str:
    city = revision.practice.city
    texts = [getattr(revision, f"{name}_{code}") for name in Revision.TEXTS for code in ("en", "fr")]
    return " ".join(filter(None, [*texts, revision.original_name, city.name_en, city.name_fr, city.country.name]))


def _tokens(text: str) -> list[str]:
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    words = re.findall(r"[^\W_]+", plain.casefold())
    stemmers = [Stemmer.Stemmer(name) for name in ("english", "french")]
    return [stemmer.stemWord(word) for stemmer in stemmers for word in words]


def measure(questions: list[dict], find: Finder) -> tuple[int, float, list[str]]:
    """Success@3, the mean reciprocal rank, and the questions that failed."""
    hits, reciprocal, failed = 0, 0.0, []
    for question in questions:
        found = find(question["q"], question["language"])
        rank = next((place for place, city in enumerate(found, 1) if city in question["expects"]), None)
        reciprocal += 1 / rank if rank else 0
        if rank and rank <= TOP:
            hits += 1
        else:
            failed.append(f"{question['q']} ({question['kind']}): {', '.join(found[:TOP]) or 'nothing'}")
    return hits, reciprocal / len(questions), failed


def main() -> None:
    questions = json.loads(Path(sys.argv[1] if len(sys.argv) > 1 else QUESTIONS).read_text(encoding="utf-8"))
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        load_declaration()
        import_cities(CITIES.read_bytes())
        load_sample_practices(moderator=User.objects.create_superuser("bench@example.org", name="Bench"))
        for name, find in (("portal", portal), ("BM25", bm25())):
            hits, reciprocal, failed = measure(questions, find)
            print(f"# {name}: success@3 {hits} of {len(questions)} ({hits / len(questions):.0%}), MRR {reciprocal:.3f}")
            for question in failed:
                print(f"    {question}")
            if find is portal:
                print(f"search.success_at_3: {hits / len(questions):.3f}", flush=True)
    finally:
        teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    main()

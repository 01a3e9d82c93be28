"""What readers see in words: what the site is about, nothing found, the days of an issue."""

import datetime as dt

import pytest
from django.utils.translation import override

from digests.templatetags.digests import days_from

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("address", "headline"),
    [
        ("/en/", "Cities acting against hate and extremism"),
        ("/fr/", "Des villes agissent contre la haine et l’extrémisme"),
    ],
)
def test_the_home_page_says_first_what_it_is_about(client, address, headline):
    assert f"<h1>{headline}</h1>" in client.get(address).text


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/en/cities/?q=nowhere", "No cities"),
        ("/fr/villes/?q=nowhere", "Aucune ville"),
        ("/fr/tableau/?q=nowhere", "Aucune ville"),
        ("/fr/pratiques/", "Aucune pratique"),
        ("/fr/recherche/?q=nowhere", "Aucun résultat"),
        ("/en/search/?q=nowhere", "No results"),
    ],
)
def test_nothing_found_is_said_in_words(client, address, words):
    page = client.get(address).text
    assert words in " ".join(page.split())
    for zero in ("0 ville", "0 pratique", "0 résultat", "0 cit", "0 result"):
        assert zero not in page.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("start", "end", "english", "french"),
    [
        ("2026-11-17", "2026-11-24", "17 to 24 November 2026", "Du 17 au 24 novembre 2026"),
        ("2026-10-27", "2026-11-03", "27 October to 3 November 2026", "Du 27 octobre au 3 novembre 2026"),
        ("2025-12-30", "2026-01-06", "30 December 2025 to 6 January 2026", "Du 30 décembre 2025 au 6 janvier 2026"),
    ],
)
def test_the_days_of_an_issue_say_no_month_or_year_twice(start, end, english, french):
    moments = [dt.datetime.fromisoformat(f"{day}T07:00:00+00:00") for day in (start, end)]
    for language, words in (("en", english), ("fr", french)):
        with override(language):
            assert days_from(*moments) == words

"""Paths are looked up once: the answers are those of Django, and few of them are kept."""

import tracemalloc

import pytest
from django.urls import Resolver404, resolve
from django.utils.translation import override

from scn_portal.base import page_paths
from scn_portal.base.http import kept_routes
from scn_portal.base.http.public import public_page_at


@pytest.mark.parametrize(
    ("path", "language", "translated"),
    [
        ("/en/cities/", "fr", "/fr/villes/"),
        ("/en/cities/?country=KE&page=2", "fr", "/fr/villes/?country=KE&page=2"),
        ("/en/cities/montreal/", "fr", "/fr/villes/montreal/"),
        ("/en/nothing-here/?q=1", "fr", "/fr/"),
        ("/healthz", "fr", "/fr/"),
        ("/en/" + "a" * 300 + "/", "fr", "/fr/"),
    ],
)
def test_a_path_is_translated_the_same_the_second_time(path, language, translated):
    with override("en"):
        assert [page_paths.in_language(path, language) for _ in range(2)] == [translated] * 2


def test_a_path_is_read_in_the_active_language():
    with override("en"):
        in_english = page_paths.is_page("/en/cities/"), page_paths.is_page("/fr/villes/")
    with override("fr"):
        in_french = page_paths.is_page("/en/cities/"), page_paths.is_page("/fr/villes/")

    assert in_english == (True, False)
    assert in_french == (False, True)


def test_a_path_leads_to_the_same_view_the_second_time():
    with override("fr"):
        first, second = resolve("/fr/engagements/4/"), resolve("/fr/engagements/4/")

    assert first.url_name == second.url_name == "commitment_detail"
    assert first.kwargs == second.kwargs == {"number": 4}
    assert first.route == second.route


def test_no_route_of_the_other_language_is_taken():
    with override("en"):
        resolve("/en/commitments/4/")
        with pytest.raises(Resolver404):
            resolve("/fr/commitments/4/")


def test_whoever_asks_for_many_paths_fills_no_memory():
    with override("en"):
        for number in range(page_paths.MAX_KEPT + kept_routes.MAX_KEPT):
            page_paths.is_page(f"/en/cities/city-{number}/")

    assert page_paths._kept.cache_info().currsize <= page_paths.MAX_KEPT


@pytest.mark.parametrize("path", ["/en/cities/{}/", "/fr/nulle-part/{}/", "/api/v1/{}"])
def test_whoever_asks_for_long_paths_fills_no_memory_either(path):
    """One sign that is not Latin makes four bytes of each letter: 32 kB a path, as long as nginx takes them."""
    tracemalloc.start()
    try:
        for number in range(200):
            public_page_at(path.format(f"🏙{'x' * 8000}{number}"))
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()

    assert kept < 1_000_000


@pytest.mark.parametrize(
    "path", ["/api/v1/../../en/cities/", "/api/./v1/cities", "/api//v1/cities", "/api/x/..", "/api/v1/cities?limit=1"]
)
def test_what_proxies_may_read_as_another_path_is_not_public(path):
    assert public_page_at(path) is None

"""Paths are looked up once: the answers are those of Django, and few of them are kept."""

import tracemalloc

import pytest
from django.urls import Resolver404, resolve
from django.utils.translation import override

from scn_portal.base.http import routes
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
        assert [routes.in_language(path, language) for _ in range(2)] == [translated] * 2


def test_a_path_is_read_in_the_active_language():
    with override("en"):
        in_english = routes.is_page("/en/cities/"), routes.is_page("/fr/villes/")
    with override("fr"):
        in_french = routes.is_page("/en/cities/"), routes.is_page("/fr/villes/")

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


def test_answers_are_kept_for_the_latest_paths_alone():
    asked = []
    length = routes.kept_by_path(lambda path: asked.append(path) or len(path))
    paths = [f"/en/cities/city-{number}/" for number in range(routes.MAX_KEPT + 1)]
    for path in paths:
        length(path)

    length(paths[-1])
    assert len(asked) == routes.MAX_KEPT + 1

    length(paths[0])
    assert len(asked) == routes.MAX_KEPT + 2


@pytest.mark.parametrize("path", ["/en/cities/{}/", "/fr/nulle-part/{}/", "/api/v1/{}"])
def test_long_made_up_paths_do_not_fill_the_memory(path):
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

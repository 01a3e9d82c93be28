"""Fragments of pages: built once, kept here and in Redis, and never needed."""

import pytest
from django.core.cache import CacheHandler
from django.template import engines
from django.utils.translation import override

from scn_portal.base import fragments
from scn_portal.base.release import release

pytestmark = pytest.mark.usefixtures("fragments_on")

PAGE = '{% fragment "card" number %}<b>{{ asked }}</b>{% translate "Cities" %}{% endfragment %}'


class Asked:
    """How often a template asked for it."""

    count = 0

    def __str__(self) -> str:
        self.count += 1
        return f"built {self.count}"


def page(asked: Asked, number: int = 1) -> str:
    return engines["django"].from_string(PAGE).render({"asked": asked, "number": number})


def test_a_fragment_is_built_once_for_each_version_and_language():
    asked = Asked()

    first = [page(asked), page(asked), page(asked, number=2)]
    with override("fr"):
        french = page(asked)

    assert first == ["<b>built 1</b>Cities", "<b>built 1</b>Cities", "<b>built 2</b>Cities"]
    assert french == "<b>built 3</b>Villes"


def test_another_process_takes_it_from_redis():
    asked = Asked()
    first = page(asked)

    fragments.forget_here()  # as a process that has just started

    assert page(asked) == first
    assert asked.count == 1


def test_another_version_of_a_package_is_another_release(tmp_path, monkeypatch):
    """One that writes HTML, or takes out of it what is not safe."""
    before = release.__wrapped__()
    (tmp_path / "nh3-99.0.dist-info").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    assert release.__wrapped__() != before


def test_another_release_builds_its_own(monkeypatch):
    asked = Asked()
    page(asked)

    monkeypatch.setattr(fragments, "release", lambda: "another")

    assert page(asked) == "<b>built 2</b>Cities"


def test_turned_off_nothing_is_kept(settings):
    settings.FRAGMENTS = False
    asked = Asked()

    assert [page(asked), page(asked)] == ["<b>built 1</b>Cities", "<b>built 2</b>Cities"]


def test_without_redis_they_are_kept_here_alone(settings, monkeypatch, caplog):
    away = settings.CACHES["fragments"] | {"LOCATION": "redis://127.0.0.1:9/0"}  # the discard port
    monkeypatch.setattr(fragments, "caches", CacheHandler({"fragments": away}))
    asked = Asked()

    assert [page(asked), page(asked), page(asked, number=2)] == [
        "<b>built 1</b>Cities",
        "<b>built 1</b>Cities",
        "<b>built 2</b>Cities",
    ]
    assert len(caplog.records) == 1, "Redis is left alone for a while"


def test_what_is_in_it_is_escaped_as_ever():
    shown = engines["django"].from_string('{% fragment "name" name %}{{ name }}{% endfragment %}')

    assert shown.render({"name": "<script>"}) == "&lt;script&gt;"
    assert shown.render({"name": "<script>"}) == "&lt;script&gt;"

"""Addresses of many rows: the patterns are asked once, and filled in."""

import pytest
from django.urls import reverse
from django.utils.translation import override

from scn_portal.base.links import path_to


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("home", ()),
        ("practice_detail", ("the-aarhus-model",)),
        ("pledge_detail", (7,)),
        ("pledge_detail", (9_223_372_036_854_775_807,)),
        ("lead_picture", ("the-aarhus-model", "b0c1-small")),
        ("api:city", ("0",)),
        ("api:update", (1_000_000_000_000_001,)),
    ],
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_path_is_that_of_django(name, keys, language):
    with override(language):
        expected = reverse(name, args=keys)
        assert path_to(name, *keys) == expected
    assert path_to(name, *keys, language=language) == expected


def test_other_rows_of_a_kind_ask_django_no_more(monkeypatch):
    path_to("api:pledge", 1, language="en")
    monkeypatch.setattr("scn_portal.base.links.reverse", None)
    assert path_to("api:pledge", 2, language="en") == "/api/v1/pledges/2"

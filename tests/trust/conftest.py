"""Fixtures for the tests of trust."""

from collections.abc import Iterator

import pytest

from tests.trust import stack


@pytest.fixture(scope="session")
def shipped(django_db_setup, tmp_path_factory) -> Iterator[stack.Stack]:
    """The shipped stack, for all tests, with the database of the run. Tests are skipped if nginx is not installed.

    Mark a test that uses it `django_db`, and one that writes with it `django_db(transaction=True)`.
    """
    with stack.running(tmp_path_factory.mktemp("stack")) as running:
        yield running

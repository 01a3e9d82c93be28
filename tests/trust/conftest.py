"""What the tests of trust share."""

from collections.abc import Iterator

import pytest

from tests.trust import stack


@pytest.fixture(scope="session")
def shipped(django_db_setup, tmp_path_factory) -> Iterator[stack.Stack]:
    """The shipped stack, for all tests, on the database of the run. Skipped where nginx is not.

    A test that uses it is marked `django_db`; one that writes by it `django_db(transaction=True)`.
    """
    with stack.running(tmp_path_factory.mktemp("stack")) as running:
        yield running

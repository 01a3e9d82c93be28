"""The settings of a test, closed for maintenance: for a web server in a process of its own."""

from tests.settings import *  # noqa: F403  all of them, whatever they are called

MAINTENANCE = True

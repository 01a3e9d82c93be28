"""The settings of the demo, with persistent connections to PostgreSQL as in production."""

from scn_portal.settings import *  # noqa: F403  settings are read as a module
from scn_portal.settings import DATABASES

DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}

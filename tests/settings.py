"""The portal's settings for one process of the test run.

pytest-django reads the settings before any conftest.py, so the environment is set here. Servers, state folder and
addresses are those of the test run, whatever the developer's shell says.
"""

import ctypes
import os
import signal
import sys

from scn_portal.demo import embedded
from tests import template_database

VAR = template_database.VAR
# gw0, gw1, …: each process of pytest-xdist has a queue and a cache of its own. Redis has sixteen databases.
PROCESS = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


def end_with(parent: int) -> None:
    """Have the kernel kill this process once `parent` ends, even by kill -9, since nothing else would."""
    if sys.platform == "linux":
        PR_SET_PDEATHSIG = 1
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before this
            os.kill(os.getpid(), signal.SIGKILL)


for name in (
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "LINKS_KEY",
    "LINKS_KEY_FALLBACKS",
    "SECOND_FACTOR_KEY",
    "SECOND_FACTOR_KEY_FALLBACKS",
    "ALLOWED_HOSTS",
    "SITE_URL",
    "DEFAULT_FROM_EMAIL",
    "LEGAL_PUBLISHER",
    "LEGAL_HOST",
    "LEGAL_FUNDING",
    "CONTACT_EMAIL",
    "PRESS_EMAIL",
    "MEDIA_ROOT",
    "SCN_FRAGMENTS",
    "SCN_MAINTENANCE",
    "MAIL_PROVIDER",
    "ANYMAIL",
    "BOUNCES_URL",
):
    os.environ.pop(name, None)
os.environ["SCN_ENV"] = "test"
os.environ["SCN_VAR"] = str(VAR)
# A worker process that a test starts gets the test's database and mail server; see tests/celery_worker.py.
if "SCN_TEST_CHILD" not in os.environ:
    os.environ["DATABASE_URL"] = embedded.database_url(VAR)
    os.environ["REDIS_URL"] = embedded.redis_url(VAR, database=2 * PROCESS % 16)
    os.environ["CACHE_URL"] = embedded.redis_url(VAR, database=(2 * PROCESS + 1) % 16)
    os.environ["EMAIL_URL"] = "smtp://127.0.0.1:9"  # the discard port: mail goes nowhere unless a test uses `smtp`

if parent := os.environ.get("SCN_TEST_PARENT"):
    end_with(int(parent))

from scn_portal.settings import *  # noqa: E402  the environment comes first
from scn_portal.settings import (  # noqa: E402  the environment comes first
    CELERY_BEAT_SCHEDULE,
    DATABASES,
    FRESH_SECONDS,
)

# Each process counts the files that it stores.
MEDIA_ROOT = VAR / "media" / f"gw{PROCESS}"

DATABASES["default"]["TEST"] = {"TEMPLATE": template_database.name()}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one is slow on purpose
CELERY_TASK_DEFAULT_QUEUE = os.environ.get("SCN_TEST_QUEUE", "celery")  # tests/celery_worker.py has its own
CELERY_TASK_ROUTES = {}  # one worker reads the queue of the test
WHITENOISE_AUTOREFRESH = True  # static files are found on request; else each test client lists all 400
if retries := os.environ.get("SCN_TEST_BROKER_RETRIES"):  # tests/trust/test_broker_away.py
    CELERY_BROKER_CONNECTION_MAX_RETRIES = int(retries)
if seconds := os.environ.get("SCN_TEST_BEAT_SECONDS"):  # tests/scale/test_two_beats.py
    CELERY_BEAT_SCHEDULE = {name: task | {"schedule": float(seconds)} for name, task in CELERY_BEAT_SCHEDULE.items()}
# tests/trust/test_caching_proxies.py waits until answers are no longer fresh
FRESH_SECONDS = int(os.environ.get("SCN_TEST_FRESH_SECONDS", FRESH_SECONDS))

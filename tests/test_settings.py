"""What each environment asks for, tried in processes of their own: settings are read once."""

import os
import re
import subprocess
import sys

import pytest
from django.conf import settings

pytestmark = pytest.mark.slow

COMPLETE = {
    "SCN_ENV": "production",
    "SECRET_KEY": "correct-horse-battery-staple-" * 3,
    "LINKS_KEY": "another-horse-battery-staple-" * 3,
    "SECOND_FACTOR_KEY": "one-more-horse-battery-staple-" * 3,
    "ALLOWED_HOSTS": "portal.example",
    "TRUSTED_PROXY_COUNT": "1",
    "SITE_URL": "https://portal.example",
    "DATABASE_URL": "postgres://scn:secret@db.example/scn",
    "REDIS_URL": "redis://redis.example:6379/0",
    "CACHE_URL": "redis://redis.example:6379/1",
    "EMAIL_URL": "submission://user:secret@mail.example:587",
    "DEFAULT_FROM_EMAIL": "portal@portal.example",
    "LEGAL_PUBLISHER": "Publisher, 1 Some Street",
    "LEGAL_HOST": "Host, 2 Other Street",
    "CONTACT_EMAIL": "contact@portal.example",
    "MEDIA_ROOT": "/srv/scn/media",
}


def django(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m django …` with the portal's settings and this environment only."""
    return subprocess.run(
        [sys.executable, "-m", "django", *arguments],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "scn_portal.settings", "PYTHONPATH": "."}
        | environment,
        capture_output=True,
        text=True,
    )


def said_of_settings(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What `script` prints of the settings `s` in this environment only. It starts no more of Django than they need."""
    return subprocess.run(
        [sys.executable, "-c", f"from django.conf import settings as s; {script}"],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "scn_portal.settings"} | environment,
        capture_output=True,
        text=True,
    )


def test_production_with_nothing_set_names_all_that_is_missing():
    done = django("check", SCN_ENV="production")
    assert done.returncode != 0
    missing = {name for name in COMPLETE if f"'{name}': ['Environment variable not set.']" in done.stderr}
    assert missing == set(COMPLETE) - {"SCN_ENV"}


@pytest.mark.parametrize("name", [name for name in COMPLETE if name != "SCN_ENV"])
def test_production_names_the_one_value_that_is_missing(name):
    done = django("check", **{key: value for key, value in COMPLETE.items() if key != name})
    assert done.returncode != 0
    assert f"{{'{name}': ['Environment variable not set.']}}" in done.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "LINKS_KEY", "SECRET_KEY_FALLBACKS", "LINKS_KEY_FALLBACKS"])
def test_production_refuses_a_short_key(name):
    done = django("check", **COMPLETE | {name: "secret"})
    assert done.returncode != 0
    assert "at least 50 characters" in done.stderr


def test_production_refuses_a_mail_address_of_an_unknown_kind():
    done = django("check", **COMPLETE | {"EMAIL_URL": "imap://mail.example"})
    assert done.returncode != 0
    assert "EMAIL_URL: give submission://user:password@host:587" in done.stderr


def test_production_sends_no_password_in_the_clear():
    done = django("check", **COMPLETE | {"EMAIL_URL": "smtp://user:secret@mail.example:587"})
    assert done.returncode != 0
    assert "a password needs TLS" in done.stderr


@pytest.mark.parametrize("hosts", ["", "*", "portal.example,*"])
def test_production_wants_its_hosts_named(hosts):
    done = django("check", **COMPLETE | {"ALLOWED_HOSTS": hosts})
    assert done.returncode != 0
    assert "name the hosts" in done.stderr


def test_an_unknown_environment_is_refused():
    done = django("check", SCN_ENV="staging")
    assert done.returncode != 0
    assert "SCN_ENV" in done.stderr


def test_production_with_everything_set_passes_djangos_deployment_checks():
    done = django("check", "--deploy", **COMPLETE)
    assert done.returncode == 0, done.stderr
    # Only the owner of the domain can speak for its other hosts, and put it on the browsers' preload list: both are
    # hard to undo.
    hard_to_undo = {"security.W005", "security.W021"}
    assert set(re.findall(r"\(([a-z_]+\.[A-Z]\d+)\)", done.stderr)) <= hard_to_undo, done.stderr


@pytest.mark.parametrize("asked", ["", "true"])
def test_other_hosts_of_the_domain_must_have_tls_only_when_that_is_asked_for(asked):
    script = "print(s.SECURE_HSTS_SECONDS > 0, s.SECURE_HSTS_INCLUDE_SUBDOMAINS)"
    given = COMPLETE | ({"HSTS_INCLUDE_SUBDOMAINS": asked} if asked else {})
    done = said_of_settings(script, **given)
    assert done.stdout.split() == ["True", str(bool(asked))], done.stderr


def test_without_tls_in_the_public_address_nothing_insists_on_it():
    script = (
        "from django.conf import settings as s; from django.contrib.messages.storage.cookie import CookieStorage as c;"
        "from members.sign_in import known_browser as k; from members import staff_hint as h;"
        "print(s.SECURE_SSL_REDIRECT, s.SESSION_COOKIE_SECURE, *(name.startswith('__Host-') for name in"
        " (s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, c.cookie_name, k.COOKIE, h.NAME)))"
    )
    for address, insists in (("https://portal.example", " True" * 7), ("http://localhost:8000", " False" * 7)):
        done = django("shell", "--no-imports", "-c", script, **COMPLETE | {"SITE_URL": address})
        assert done.stdout.split() == insists.split(), done.stderr


def test_production_reads_no_file_of_a_running_demo(tmp_path):
    (tmp_path / "demo.env").write_text("DATABASE_URL=postgres://demo@localhost/demo\n")
    environment = {key: value for key, value in COMPLETE.items() if key != "DATABASE_URL"}
    done = django("check", **environment, SCN_VAR=str(tmp_path))
    assert "'DATABASE_URL': ['Environment variable not set.']" in done.stderr


def test_while_the_demo_runs_a_command_finds_its_addresses(tmp_path):
    (tmp_path / "demo.env").write_text(
        "SCN_ENV=demo\nSITE_URL=http://127.0.0.1:8123\nEMAIL_URL=smtp://127.0.0.1:2525\n"
    )
    done = said_of_settings("print(s.DEMO, s.SITE_URL, s.EMAIL_PORT)", SCN_VAR=str(tmp_path))
    assert done.stdout.split() == ["True", "http://127.0.0.1:8123", "2525"], done.stderr


PROVEN = '{"WEBHOOK_SECRET": "scn:correct-horse-battery-staple"}'


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"MAIL_PROVIDER": "pigeon", "ANYMAIL": PROVEN}, "MAIL_PROVIDER"),
        ({"MAIL_PROVIDER": "postmark"}, "WEBHOOK_SECRET"),
        ({"MAIL_PROVIDER": "postmark", "ANYMAIL": '{"WEBHOOK_SECRET": "scn:short"}'}, "20 characters"),
        ({"MAIL_PROVIDER": "mailgun", "ANYMAIL": PROVEN}, "MAILGUN_WEBHOOK_SIGNING_KEY"),
        ({"BOUNCES_URL": "imap://user:secret@mail.example/INBOX"}, "imaps://user:password@host/INBOX"),
        ({"BOUNCES_URL": "imaps://mail.example/INBOX"}, "imaps://user:password@host/INBOX"),
    ],
)
def test_a_provider_or_mailbox_with_bad_settings_is_refused(given, said):
    done = django("check", **COMPLETE | given)
    assert done.returncode != 0
    assert said in done.stderr
    assert "secret@mail" not in done.stderr


def test_a_provider_and_a_mailbox_are_used_where_they_are_given():
    given = {"MAIL_PROVIDER": "postmark", "ANYMAIL": PROVEN, "BOUNCES_URL": "imaps://a%40b.example:p@mail.example/In"}
    script = (
        "from django.conf import settings; from django.urls import reverse; "
        "print(reverse('anymail:postmark_tracking_webhook'), 'bounces' in settings.CELERY_BEAT_SCHEDULE)"
    )
    done = django("shell", "--command", script, **COMPLETE | given)
    assert "/mail/events/postmark/tracking/ True" in done.stdout, done.stderr


def test_production_answers_for_its_own_host_alone():
    done = said_of_settings("print(sorted(s.SITE_HOSTS))", **COMPLETE)
    assert done.stdout.strip() == "['portal.example', 'portal.example:443']", done.stderr


def test_behind_a_pooler_one_host_is_named():
    several = "postgres://scn@one.example,two.example/scn"
    refused = django("check", **COMPLETE | {"SCN_POOLER": "transaction", "DATABASE_URL": several})
    assert "behind a pooler name that alone" in refused.stderr

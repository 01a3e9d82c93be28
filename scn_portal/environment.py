"""The values of the environment, read once and checked; all errors are reported together.

`SCN_ENV` is `development` (the default), `demo`, `test` or `production`. In production, every value must be given:
without some of them, the start fails and lists them. Otherwise, defaults lead to the embedded servers in `var/`.
"""

import os
import re
import secrets
import sys
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import Env, validate
from marshmallow import ValidationError

from scn_portal.base import sentinel
from scn_portal.base.postgresql import addresses, time_outs
from scn_portal.demo import embedded

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env(eager=False)
# The state of the embedded servers. With another SCN_VAR, two can run side by side.
VAR_DIR = env.path("SCN_VAR", BASE_DIR / "var")
SCN_ENV = env.str("SCN_ENV", "development", validate=validate.OneOf(["development", "demo", "test", "production"]))
PRODUCTION = SCN_ENV == "production"
DEMO = SCN_ENV == "demo"
if not PRODUCTION and SCN_ENV != "test":
    # The addresses of a running demo, for other processes. The demo deletes the file when it stops.
    env.read_env(VAR_DIR / "demo.env", recurse=False)
    SCN_ENV = env.str("SCN_ENV", SCN_ENV)
    DEMO = SCN_ENV == "demo"


def local_key(name: str) -> str:
    """A random key of this checkout, kept in `var/`, so that signed links survive a restart."""
    path = VAR_DIR / name
    if not path.exists():
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()


def named_hosts(hosts: list[str]) -> None:
    """Refuse an empty list and `*`, since links in mails and CSRF checks rely on the host name."""
    if not hosts or "*" in hosts or "" in hosts:
        raise ValidationError("name the hosts, with commas between them; `*` is none.")


def long_enough(key: str | list[str]) -> None:
    """Require at least 50 characters for a key, or for each of several, so that it cannot be guessed."""
    if any(len(each) < 50 for each in ([key] if isinstance(key, str) else key)):
        raise ValidationError("needs at least 50 characters; `openssl rand -base64 48` makes one.")


@env.parser_for("database")
def database(url: str, **options) -> dict:
    """The entry of DATABASES for an address of one server or of several."""
    try:
        return addresses.parse(url, **options)
    except ValueError as error:
        raise ValidationError("give postgres://user:password@host:port/name.") from error


def redis_address(url: str) -> None:
    """Check the address of Redis, or of the sentinels of several. Errors do not repeat the URL: it has a password."""
    if url.startswith(sentinel.SCHEME):
        try:
            sentinel.parse(url)
        except ValueError as error:
            raise ValidationError(f"{error}") from error


def purgeable(caches: list[str]) -> None:
    """Check that each cache is of a kind that `manage.py purge` supports, and has a host."""
    kinds = ("nginx+http", "nginx+https", "varnish+http")
    if not all(urlsplit(cache).scheme in kinds and urlsplit(cache).hostname for cache in caches):
        raise ValidationError(f"give each as {' or '.join(kinds)}://host:port.")


def address_if_any(address: str) -> None:
    """Check an email address, which may be empty."""
    if address:
        validate.Email()(address)


def mailbox_address(url: str) -> None:
    """Check the address of an IMAP mailbox, if any; without TLS, it must be on this machine. Errors do not repeat the
    URL, which has a password."""
    parts = urlsplit(url)
    safe = parts.scheme == "imaps" or (parts.scheme == "imap" and parts.hostname in ("127.0.0.1", "::1", "localhost"))
    if url and not (safe and parts.hostname and parts.username and parts.password and unquote(url).isascii()):
        raise ValidationError("give imaps://user:password@host/INBOX, all in ASCII, with %40 for an @ in the name.")


def store_address(url: str) -> None:
    """Check the address of a store of files, if any. Without TLS, it must be on this machine, since files that are not
    published yet are sent there."""
    parts = urlsplit(url)
    is_safe = parts.scheme == "https" or parts.hostname in ("127.0.0.1", "::1", "localhost")
    if url and not (is_safe and parts.scheme in ("http", "https") and parts.hostname and not parts.username):
        raise ValidationError("give https://host or https://host:port, without a key in it.")


# --- Values required in production -----------------------------------------------------------------------------------

if PRODUCTION:
    SECRET_KEY = env.str("SECRET_KEY", validate=long_enough)
    LINKS_KEY = env.str("LINKS_KEY", validate=long_enough)
    # Encrypts the secrets of second steps, so that a copy of the database lets nobody in. See members/sign_in/seeds.py.
    SECOND_FACTOR_KEY = env.str("SECOND_FACTOR_KEY", validate=long_enough)
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", validate=named_hosts)
    # The number of our proxies before the application; if it is wrong, all readers share one limit on logins.
    TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", validate=validate.Range(min=0))
    SITE_URL = env.str("SITE_URL", validate=validate.URL(schemes={"http", "https"}, require_tld=False))
    DATABASES = {"default": env.database("DATABASE_URL", conn_max_age=60, conn_health_checks=True)}
    REDIS_URL = env.str("REDIS_URL", validate=redis_address)
    CACHE_URL = env.str("CACHE_URL", validate=redis_address)
    EMAIL = env.dj_email_url("EMAIL_URL")
    DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL")
    # Named in the legal notice, which the law of most countries requires.
    LEGAL_PUBLISHER = env.str("LEGAL_PUBLISHER", validate=validate.Length(min=1))
    LEGAL_HOST = env.str("LEGAL_HOST", validate=validate.Length(min=1))
    CONTACT_EMAIL = env.str("CONTACT_EMAIL", validate=validate.Email())
    # The documents attached to practices, unless MEDIA_BUCKET has them. The folder must outlive a container and be part
    # of the backup.
    MEDIA_ROOT = env.path("MEDIA_ROOT", VAR_DIR / "media") if os.environ.get("MEDIA_BUCKET") else env.path("MEDIA_ROOT")
else:
    SECRET_KEY = env.str("SECRET_KEY", "") or local_key("secret-key")
    LINKS_KEY = env.str("LINKS_KEY", "") or local_key("links-key")
    SECOND_FACTOR_KEY = env.str("SECOND_FACTOR_KEY", "") or local_key("second-factor-key")
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
    TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0)
    SITE_URL = env.str("SITE_URL", "http://127.0.0.1:8000")
    DATABASES = {"default": env.database("DATABASE_URL", embedded.database_url(VAR_DIR))}
    REDIS_URL = env.str("REDIS_URL", embedded.redis_url(VAR_DIR))
    CACHE_URL = env.str("CACHE_URL", embedded.redis_url(VAR_DIR, database=1))
    EMAIL = env.dj_email_url("EMAIL_URL", "smtp://127.0.0.1:1025")
    DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Strong Cities Network <portal@scn.example>")
    LEGAL_PUBLISHER = env.str("LEGAL_PUBLISHER", "")
    LEGAL_HOST = env.str("LEGAL_HOST", "")
    CONTACT_EMAIL = env.str("CONTACT_EMAIL", "contact@scn.example")
    MEDIA_ROOT = env.path("MEDIA_ROOT", VAR_DIR / "media")
# The kind of this process: wsgi.py sets `web`. It decides how long the process waits for the database. Metrics wait no
# longer than a page.
process = env.str(
    "SCN_PROCESS", "web" if sys.argv[1:2] == ["metrics"] else "work", validate=validate.OneOf(["web", "work"])
)
# Whether there is a pooler before PostgreSQL, and whether it gives a client a server for each `transaction` or for each
# `session`. See scn_portal/base/postgresql/pooled.py.
POOLER = env.str("SCN_POOLER", "", validate=validate.OneOf(["", "session", "transaction"]))
# Former keys, the newest first: their signatures stay valid. LINKS_KEY signs the links in mails that never expire.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", [], validate=long_enough)
LINKS_KEY_FALLBACKS = env.list("LINKS_KEY_FALLBACKS", [], validate=long_enough)
# Earlier values of SECOND_FACTOR_KEY, which still decrypt.
SECOND_FACTOR_KEY_FALLBACKS = env.list("SECOND_FACTOR_KEY_FALLBACKS", [], validate=long_enough)
# Who pays for the portal, in words; and an address for the press, which is the contact address if it is empty.
LEGAL_FUNDING = env.str("LEGAL_FUNDING", "")
PRESS_EMAIL = env.str("PRESS_EMAIL", "", validate=address_if_any)
# Whether a worker checks that the sources of submitted texts still answer. The portal asks no other hosts otherwise.
CHECK_SOURCES = env.bool("CHECK_SOURCES", PRODUCTION)
# Keeps parts of pages, see scn_portal/base/fragments.py. Off for development, where templates change.
FRAGMENTS = env.bool("SCN_FRAGMENTS", PRODUCTION)
# Answers 503 to everything but /healthz, /readyz and static files.
MAINTENANCE = env.bool("SCN_MAINTENANCE", False)
# The maximum number of newsletter mails per second, from all workers together; 0 for no limit.
DIGEST_RATE = env.int("DIGEST_RATE", 0, validate=validate.Range(min=0))
# The most megabytes for all documents and pictures of a city.
CITY_FILES_MB = env.int("CITY_FILES_MB", 500, validate=validate.Range(min=1))
# The most megabytes for files that workers have made, such as spreadsheets of everything.
MADE_FILES_MB = env.int("MADE_FILES_MB", 10_000, validate=validate.Range(min=1))
# The bucket of a store that speaks S3, instead of MEDIA_ROOT; the address of the store, unless it is Amazon's. Without
# a key, boto3 looks in its usual places: AWS_ACCESS_KEY_ID, a role of the machine.
MEDIA_BUCKET = env.str("MEDIA_BUCKET", "")
MEDIA_ENDPOINT = env.str("MEDIA_ENDPOINT", "", validate=store_address)
MEDIA_REGION = env.str("MEDIA_REGION", "us-east-1")
MEDIA_ACCESS_KEY, MEDIA_SECRET_KEY = env.str("MEDIA_ACCESS_KEY", ""), env.str("MEDIA_SECRET_KEY", "")
# Seconds until other workers may take over the batch of a worker that died.
DIGEST_CLAIM_SECONDS = env.int("DIGEST_CLAIM_SECONDS", 300, validate=validate.Range(min=2))
# The mail provider by its name in django-anymail, and the secrets of its webhook for bounces.
MAIL_PROVIDER = env.str(
    "MAIL_PROVIDER", "", validate=validate.OneOf(["", "amazon_ses", "brevo", "mailgun", "mailjet", "postmark"])
)
ANYMAIL = env.json("ANYMAIL", {})
# The mailbox that receives bounce reports: imaps://user:password@host/INBOX.
BOUNCES_URL = env.str("BOUNCES_URL", "", validate=mailbox_address)
# Makes browsers insist on TLS for every subdomain of this host, for a year.
HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_INCLUDE_SUBDOMAINS", False)
# `json` is one line of JSON for each record, for whatever collects logs.
LOG_FORMAT = env.str("LOG_FORMAT", "json" if PRODUCTION else "line", validate=validate.OneOf(["json", "line"]))
# The monitor to which unhandled errors are reported, without anything that people typed.
SENTRY_DSN = env.str("SENTRY_DSN", "")
# A folder where web processes count their requests, for `manage.py metrics`; without it, nothing is counted.
METRICS_DIR = env.str("METRICS_DIR", "")
METRICS_ADDRESS = env.str("METRICS_ADDRESS", "127.0.0.1:9101")
# The caches before the portal that `manage.py purge` tells: kind and address, such as nginx+http://127.0.0.1:80.
PURGE_CACHES = env.list("PURGE_CACHES", [], validate=purgeable)
# A file that each backup touches, so that its age is that of the last backup.
BACKUP_STAMP = env.str("BACKUP_STAMP", "")
env.seal()
if SENTRY_DSN and find_spec("sentry_sdk") is None:
    raise ImproperlyConfigured("SENTRY_DSN needs sentry-sdk: `uv sync --locked --extra sentry`.")
if MAIL_PROVIDER and find_spec("anymail") is None:
    raise ImproperlyConfigured("MAIL_PROVIDER needs django-anymail: `uv sync --locked --extra anymail`.")
webhook_secrets = ANYMAIL if isinstance(ANYMAIL, dict) else {}
if MAIL_PROVIDER and not re.fullmatch(r"[^:]+:.{20,}", str(webhook_secrets.get("WEBHOOK_SECRET", ""))):
    raise ImproperlyConfigured(
        'ANYMAIL: give {"WEBHOOK_SECRET": "name:password"}, the password of 20 characters or more.'
    )
if MAIL_PROVIDER == "mailgun" and not webhook_secrets.get("MAILGUN_WEBHOOK_SIGNING_KEY"):
    raise ImproperlyConfigured("ANYMAIL: give MAILGUN_WEBHOOK_SIGNING_KEY as well; Mailgun signs what it tells.")
if POOLER and "," in DATABASES["default"]["HOST"]:
    raise ImproperlyConfigured("DATABASE_URL: behind a pooler name that alone; it is told which server is the primary.")
if PRODUCTION and EMAIL.get("EMAIL_HOST_PASSWORD") and not (EMAIL["EMAIL_USE_TLS"] or EMAIL["EMAIL_USE_SSL"]):
    raise ImproperlyConfigured("EMAIL_URL: a password needs TLS: submission://user:password@host:587, or smtps://…:465")
if "EMAIL_BACKEND" not in EMAIL:
    raise ImproperlyConfigured("EMAIL_URL: give submission://user:password@host:587 or smtp://host:25")

DATABASES["default"] = (time_outs.WEB if process == "web" else time_outs.WORK).put_into(DATABASES["default"], POOLER)
SITE_URL = SITE_URL.rstrip("/")
# Everything that requires TLS depends on the public address.
HTTPS = SITE_URL.startswith("https://")
DEBUG = SCN_ENV == "development"


def hosts_of(url: str) -> frozenset[str]:
    """The valid Host headers for `url`: its host and port; also without the port if it is the default."""
    parts = urlsplit(url.lower())
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    usual = 443 if parts.scheme == "https" else 80
    return frozenset({f"{host}:{parts.port or usual}"} | ({f"{host}"} if parts.port in (None, usual) else set()))


# The hosts that are answered, with their port. Outside production, ALLOWED_HOSTS with any port are answered.
SITE_HOSTS = hosts_of(SITE_URL) if PRODUCTION else frozenset()

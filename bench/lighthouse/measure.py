"""Lighthouse scores of the public pages: `make lighthouse`, with the demo running. Needs node 18+ and Chromium.

The demo excludes search engines and serves static files without hashes, so a second web server is measured: it runs as
in production, on the data of the demo. Prints a table; fails if a score is below MIN_SCORE.
"""

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from scn_portal.demo import embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scn_portal.settings")

MIN_SCORE = 95
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
PAGES = (
    "/en/", "/fr/", "/en/cities/", "/fr/villes/", "/en/cities/montreal/", "/fr/villes/montreal/",
    "/en/practices/mombasa-county-action-plan/", "/fr/pratiques/mombasa-county-action-plan/",
    "/en/practices/", "/en/commitments/4/", "/en/matrix/", "/fr/a-propos/",
)  # fmt: skip
PORT = int(os.environ.get("PORT", 8140))
ADDRESS = f"http://127.0.0.1:{PORT}"
LIGHTHOUSE = [shutil.which("lighthouse")] if shutil.which("lighthouse") else ["npx", "--yes", "lighthouse@12"]
CHROMIUM = "--headless=new --no-sandbox --disable-gpu --disable-background-networking"


def production() -> dict[str, str]:
    """The environment of production, on the servers of the demo."""
    return os.environ | {
        "SCN_ENV": "production",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "LINKS_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "127.0.0.1",
        "TRUSTED_PROXY_COUNT": "0",
        "SITE_URL": ADDRESS,
        "DATABASE_URL": database_url().replace("postgres://postgres@", "postgres://scn_app@"),
        "REDIS_URL": settings.REDIS_URL,
        "CACHE_URL": settings.CACHE_URL,
        "EMAIL_URL": "smtp://127.0.0.1:1025",
        "DEFAULT_FROM_EMAIL": "Portal <portal@scn.example>",
        "LEGAL_PUBLISHER": "Measurement",
        "LEGAL_HOST": "Measurement",
        "CONTACT_EMAIL": "contact@scn.example",
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "SECOND_FACTOR_KEY": secrets.token_urlsafe(50),
    }


def database_url() -> str:
    """The address of the database for the owner of its tables."""
    return os.environ.get("DATABASE_URL") or embedded.database_url(settings.VAR_DIR)


@contextmanager
def served() -> Iterator[None]:
    """Run the portal at ADDRESS, with static files collected, compressed and hashed."""
    env = production()
    subprocess.run(
        [sys.executable, "manage.py", "database_roles"], env=env | {"DATABASE_URL": database_url()}, check=True
    )
    subprocess.run([sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"], env=env, check=True)
    web = [sys.executable, "-m", "scn_portal.serve", "--port", str(PORT), "--workers", "1"]
    process = subprocess.Popen(web, env=env, stdout=subprocess.DEVNULL)
    try:
        await_ready()
        yield
    finally:
        process.terminate()
        process.wait()


def await_ready() -> None:
    """Return once the portal is ready. Raises SystemExit if it does not start, or if a migration is missing."""
    for _ in range(100):
        try:
            urllib.request.urlopen(f"{ADDRESS}/readyz")
            return
        except urllib.error.HTTPError as error:
            raise SystemExit(f"The portal is not ready: {error.read().decode()} Start the demo again.") from error
        except OSError:
            time.sleep(0.2)
    raise SystemExit("The portal does not start.")


def figures(path: str, folder: Path) -> dict:
    """The report on one page, for a phone on a slow connection."""
    report = folder / "report.json"
    wanted = [f"--only-categories={','.join(CATEGORIES)}", "--output=json", f"--output-path={report}", "--quiet"]
    command = [*LIGHTHOUSE, ADDRESS + path, *wanted, f"--chrome-flags={CHROMIUM}"]
    # On a busy machine it sometimes loses a trace and must run again.
    if subprocess.run(command, stderr=subprocess.DEVNULL).returncode:
        subprocess.run(command, check=True)
    return json.loads(report.read_text())


def failed_audits(report: dict) -> list[str]:
    """The audits that lowered a score."""
    weighted = {ref["id"] for name in CATEGORIES for ref in report["categories"][name]["auditRefs"] if ref["weight"]}
    audits = (report["audits"][name] for name in sorted(weighted))
    return [f"{audit['id']} {audit['score']}" for audit in audits if audit["score"] not in (None, 1)]


def main() -> int:
    """Measure every page. Returns 1 if a score is below MIN_SCORE, else 0."""
    short = False
    print(f"| page | {' | '.join(CATEGORIES)} | bytes |\n|---|{'---|' * (len(CATEGORIES) + 1)}")
    with served(), tempfile.TemporaryDirectory() as folder:
        for path in sys.argv[1:] or PAGES:
            report = figures(path, Path(folder))
            scores = [round(100 * report["categories"][name]["score"]) for name in CATEGORIES]
            weight = int(report["audits"]["total-byte-weight"]["numericValue"])
            print(f"| `{path}` | {' | '.join(map(str, scores))} | {weight:,} |", flush=True)
            print("\n".join(f"  {fault}" for fault in failed_audits(report)), file=sys.stderr, flush=True)
            short |= min(scores) < MIN_SCORE
    return int(short)


if __name__ == "__main__":
    sys.exit(main())

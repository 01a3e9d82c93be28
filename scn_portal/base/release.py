"""The running release: two processes of the same release build the same pages from the same rows."""

import hashlib
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage

# The files from which pages are made. The manifest in STATIC_ROOT names static files by their content.
PACKAGES = ("scn_portal", "members", "commitments", "practices", "digests", "templates", "locale")
ENDINGS = {".py", ".html", ".txt", ".md", ".mo", ".json", ".csv", ".typ", ".svg", ".xml", ".yml"}
# The settings that pages show.
SHOWN = ("SITE_URL", "DEMO", "CONTACT_EMAIL", "PRESS_EMAIL", "LEGAL_PUBLISHER", "LEGAL_HOST", "LEGAL_FUNDING")


@cache
def release() -> str:
    """Sixteen hexadecimal digits, the same on every host that runs the same files with the same packages and settings.

    Reads all of these files once per process, so call it before work begins.
    """
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(_files()):
        digest.update(path.relative_to(settings.BASE_DIR).as_posix().encode())
        digest.update(path.read_bytes())
    digest.update(repr([sys.hexversion, *packages()]).encode())
    digest.update(str(getattr(staticfiles_storage, "manifest_hash", "")).encode())
    digest.update(repr([getattr(settings, name) for name in SHOWN]).encode())
    return digest.hexdigest()


def packages() -> list[str]:
    """The installed packages, by name and version; some of them write HTML or make it safe."""
    return sorted({path.name for place in sys.path for path in Path(place).glob("*.dist-info")})


def _files() -> Iterator[Path]:
    for package in PACKAGES:
        for path in (settings.BASE_DIR / package).rglob("*"):
            if path.suffix in ENDINGS and path.is_file():
                yield path

"""The Dockerfile, built by buildah on a base that debootstrap unpacks, and its health check, asked as Docker would.

Registries of images are not needed: the base has the Python of current Debian, as `python:3.13-slim-trixie` has.
"""

import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from tests.deployment.debian import CERTIFICATES, CannotRun, Failed, Machine, fresh, unpack
from tests.provision import apt_install

BASE = "localhost/python-of-debian"
PACKAGES = ("python3", "python3-pip", "python3-venv", "python-is-python3")
# The address has a port, which the health check must send too.
ENVIRONMENT = {
    "SECRET_KEY": "s" * 60, "LINKS_KEY": "l" * 60, "SECOND_FACTOR_KEY": "f" * 60, "TRUSTED_PROXY_COUNT": "0",
    "SITE_URL": "https://portal.example.org:8443", "ALLOWED_HOSTS": "portal.example.org",
    "DATABASE_URL": "postgres://scn_app@127.0.0.1:1/scn", "REDIS_URL": "redis://127.0.0.1:1/0",
    "CACHE_URL": "redis://127.0.0.1:1/1", "EMAIL_URL": "smtp://localhost:25",
    "DEFAULT_FROM_EMAIL": "portal@example.org",
    "LEGAL_PUBLISHER": "A publisher", "LEGAL_HOST": "A host", "CONTACT_EMAIL": "contact@example.org",
    "MEDIA_ROOT": "/app/media",
}  # fmt: skip
PG_DUMP = "from scn_portal.base.backup import postgresql as p; print([p._major(at) for at in p._candidates('pg_dump')])"


class Buildah:
    """buildah with its images in a folder of its own."""

    def __init__(self, folder: Path):
        self._storage = ["--root", str(folder / "images"), "--runroot", str(folder / "run"), "--storage-driver", "vfs"]
        self.environment = os.environ | {"BUILDAH_ISOLATION": "chroot", "TMPDIR": str(folder)}

    def command(self, *arguments: str | Path) -> list[str]:
        return ["buildah", *self._storage, *map(str, arguments)]

    def __call__(self, *arguments: str | Path) -> str:
        done = subprocess.run(self.command(*arguments), env=self.environment, capture_output=True, text=True)
        if done.returncode:
            raise Failed(f"buildah {arguments[0]}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        return done.stdout.strip()


def build_and_run(machine: Machine, work: Path, repository: Path) -> None:
    """Build the image from a clone of the repository; start it without a database and ask its health check."""
    if not shutil.which("buildah") and not apt_install("buildah"):
        raise CannotRun("buildah is not here and could not be installed.")
    folder = fresh(work / "image")
    subprocess.run(["git", "clone", "--quiet", repository, folder / "context"], check=True)
    buildah = Buildah(folder)
    import_base(buildah, unpack(work / "python", *PACKAGES))
    buildah("build", "--build-arg", f"BASE={BASE}", "--tag", "scn-portal", folder / "context")
    ask(machine, buildah, (repository / "Dockerfile").read_text())


def import_base(buildah: Buildah, tree: Path) -> None:
    for marker in tree.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
        marker.unlink()  # in the image of Docker, pip may install system-wide
    container = buildah("from", "scratch")
    buildah("copy", container, tree, "/")
    buildah("copy", container, CERTIFICATES, CERTIFICATES)
    buildah("config", "--env", f"SSL_CERT_FILE={CERTIFICATES}", "--env", f"PIP_CERT={CERTIFICATES}", container)
    buildah("commit", "--rm", container, BASE)


def ask(machine: Machine, buildah: Buildah, dockerfile: str) -> None:
    """Start CMD in the image and run HEALTHCHECK until it succeeds."""
    start, check = (json.loads(re.search(rf"{word} (\[.*\])$", dockerfile, re.M)[1]) for word in ("^CMD", "CMD"))
    container = buildah("from", "scn-portal")
    values = [part for name, value in ENVIRONMENT.items() for part in ("--env", f"{name}={value}")]
    run = [*machine.network(), *buildah.command("run", *values, container, "--")]
    web = subprocess.Popen([*run, *start], env=buildah.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        for _ in range(60):
            asked = subprocess.run([*run, *check], env=buildah.environment, capture_output=True, text=True)
            if asked.returncode == 0:
                break
            time.sleep(1)
        else:
            raise Failed(f"the image is not healthy: {asked.stderr[-3000:]}")
        user = subprocess.run([*run, "id", "--user"], env=buildah.environment, capture_output=True, text=True).stdout
        assert user.strip() not in ("", "0"), f"it runs as {user}"
        dump = (
            "from scn_portal.base.backup import postgresql as p; print([p._major(x) for x in p._candidates('pg_dump')])"
        )
        found = subprocess.run([*run, "python", "-c", dump], env=buildah.environment, capture_output=True, text=True)
        assert found.stdout.strip() == "[18]", f"pg_dump of the image: {found.stdout}{found.stderr}"
    finally:
        web.terminate()
        web.wait()

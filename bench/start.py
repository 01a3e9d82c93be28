"""How long the web server takes from its command to the first 200 of /readyz: `make bench ARGS=start`.

Cold: the code of the portal without compiled files, which are not written either; warm: with them. Installed packages
are compiled in both cases, as in the image. Uses hyperfine with curl, or else a clock of its own.
"""

import json
import os
import shlex
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from bench import production

STARTS = 1 if production.SMALL else 3

# The shell waits only for the first answer; hyperfine stops the server before the next start, and at the end.
START = "{server} >/dev/null 2>&1 & echo $! > {pid}; until curl -sfo /dev/null {address}/readyz; do sleep 0.01; done"
STOP = "test ! -s {pid} || {{ kill $(cat {pid}); while kill -0 $(cat {pid}); do sleep 0.05; done; : > {pid}; }}"


def seconds(environment: dict[str, str], folder: Path) -> float:
    """The median of the seconds from the command to the first 200, with the code in `folder`."""
    if shutil.which("hyperfine") and shutil.which("curl"):
        return by_hyperfine(environment, folder)
    return statistics.median(by_clock(environment, folder) for _start in range(STARTS))


def by_hyperfine(environment: dict[str, str], folder: Path) -> float:
    server = shlex.join(production.web_command(environment))
    with tempfile.TemporaryDirectory() as name:
        pid, found = Path(name) / "pid", Path(name) / "found.json"
        values = {"server": server, "pid": pid, "address": environment["SITE_URL"]}
        start, stop = START.format(**values), STOP.format(**values)
        subprocess.run(
            ["hyperfine", "--style", "none", "--runs", str(max(2, STARTS)), "--export-json", found, "--prepare", stop,
             "--cleanup", stop, start],
            env=os.environ | environment, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        return json.loads(found.read_text())["results"][0]["median"]


def by_clock(environment: dict[str, str], folder: Path) -> float:
    started = time.perf_counter()
    process = production.start_web(environment, folder)
    try:
        production.until_ready(int(environment["PORT"]), process)
        return time.perf_counter() - started
    finally:
        process.terminate()
        process.wait()


def copy_of_the_code(into: Path) -> Path:
    here = Path(__file__).parent.parent
    ignored = shutil.ignore_patterns("__pycache__")
    for name in production.PACKAGES:  # everything else in the folder is linked
        shutil.copytree(here / name, into / name, ignore=ignored)
    for name in ("templates", "locale", "staticfiles", "pyproject.toml", "manage.py"):
        if (here / name).exists():
            (into / name).symlink_to(here / name)
    return into


def measure(environment: dict[str, str], folder: Path) -> None:
    if not shutil.which("hyperfine") or not shutil.which("curl"):
        print("skipped hyperfine: it or curl is not installed, so starts are timed by a clock of this script")
    code = copy_of_the_code(folder)
    unwritten = environment | {"PYTHONDONTWRITEBYTECODE": "1"}
    print(f"start.cold_s: {seconds(unwritten, code):.2f}", flush=True)
    production.compile_code(environment, *production.PACKAGES, folder=code)
    print(f"start.warm_s: {seconds(environment, code):.2f}", flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        measure(production.given(), Path(folder))

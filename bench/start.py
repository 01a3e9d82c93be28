"""How long the web server takes from its command to the first 200 of /readyz: `SCN_BENCH_STARTS=3 make bench`.

On servers of its own. Cold is a copy of the code of the portal without compiled files, and none are written; warm has
them. What is installed beside it stays as it is: the image compiles it. Without SCN_BENCH_STARTS it does nothing.
"""

import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from bench import production

STARTS = int(os.environ.get("SCN_BENCH_STARTS", "0"))
# What Python code is in; the rest of the folder is linked.
PACKAGES = ("scn_portal", "members", "commitments", "practices", "digests")


def seconds(environment: dict[str, str], folder: Path) -> float:
    """From the command to the first 200, with the code in `folder`."""
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
    for name in PACKAGES:
        shutil.copytree(here / name, into / name, ignore=ignored)
    for name in ("templates", "locale", "staticfiles", "pyproject.toml", "manage.py"):
        if (here / name).exists():
            (into / name).symlink_to(here / name)
    return into


def measure(environment: dict[str, str], folder: Path) -> None:
    code = copy_of_the_code(folder)
    unwritten = environment | {"PYTHONDONTWRITEBYTECODE": "1"}
    cold = [seconds(unwritten, code) for _start in range(STARTS)]
    subprocess.run([production.PYTHON, "-m", "compileall", "-q", *PACKAGES], cwd=code, check=False)
    warm = [seconds(environment, code) for _start in range(STARTS)]
    print(f"start.cold_s: {statistics.median(cold):.2f}")
    print(f"start.warm_s: {statistics.median(warm):.2f}")


if __name__ == "__main__" and STARTS:
    with production.servers() as environment, tempfile.TemporaryDirectory() as folder:
        measure(environment, Path(folder))

"""Programs that the tests need and that are in no wheel: Chromium, gettext, nginx, Varnish, HAProxy, PgBouncer, wrk,
promtool.

`python -m tests.provision` installs them.

As root on Debian or Ubuntu, they are installed from the system's packages; otherwise only Playwright's own Chromium is.
If neither works, the tests that need them are skipped with the reason, and fail under CI.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# The headless shell draws no window and takes a third of the processor time of the whole browser.
SHELL = "chromium-headless-shell"
FETCHED = Path(__file__).parent.parent / "var" / "tools" / "promtool"
# Programs and their packages; Redis and its Sentinel are in the wheel of the demo. wrk generates load for them.
SERVERS = {
    "nginx": "nginx-light",
    "varnishd": "varnish",
    "haproxy": "haproxy",
    "pgbouncer": "pgbouncer",
    "wrk": "wrk",
}
BROWSERS = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    """The Chromium to test with: $CHROMIUM, one in PATH, or the one that Playwright installed."""
    if given := os.environ.get("CHROMIUM"):
        return given
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def apt_install(package: str) -> bool:
    """Install a Debian package. Returns False if that is not possible."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    # With RUNLEVEL=1 installed servers are not started: the tests start nginx with a configuration of their own.
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    print(f"Installing {package} with apt-get …", flush=True)
    for command in ("apt-get update -q", f"apt-get install -q -y --no-install-recommends {package}"):
        done = subprocess.run(command.split(), env=environment, stdout=subprocess.DEVNULL)
        if done.returncode:
            print(f"“{command}” failed.", flush=True)
            return False
    return True


def promtool() -> str | None:
    """Prometheus' tool that checks alert rules: one in PATH, or the one that `fetch_promtool` left."""
    return shutil.which("promtool") or (str(FETCHED) if FETCHED.exists() else None)


def fetch_promtool() -> None:
    """Extract promtool from Debian's package without installing that, which would start Prometheus."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return
    print("Fetching promtool with apt-get …", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        lists = ["apt-get update -q"] if os.geteuid() == 0 else []
        for command in (*lists, "apt-get download -q prometheus", "dpkg-deb --extract prometheus.deb content"):
            done = subprocess.run(command.split(), cwd=folder, capture_output=True)
            if done.returncode:
                print(f"“{command}” failed.", flush=True)
                return
            for package in Path(folder).glob("prometheus_*.deb"):
                package.rename(Path(folder) / "prometheus.deb")
        FETCHED.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(Path(folder) / "content" / "usr" / "bin" / "promtool", FETCHED)


def main() -> int:
    """Install what is missing. Returns 1 under CI if there is no browser, else 0."""
    if not shutil.which("xgettext"):
        apt_install("gettext")  # includes envsubst
    for program, package in SERVERS.items():
        if not shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin"):
            apt_install(package)
    if not promtool():
        fetch_promtool()
    shell_or_browser = shutil.which(SHELL) or apt_install(SHELL) or chromium() or apt_install("chromium")
    if not shell_or_browser:
        print("Installing Chromium with Playwright …", flush=True)
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if chromium():
        return 0
    print("No Chromium: the browser tests cannot run.", flush=True)
    return 1 if os.environ.get("CI") else 0


if __name__ == "__main__":
    sys.exit(main())

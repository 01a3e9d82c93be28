"""What the tests need and no wheel brings: Chromium, gettext and nginx. `python -m tests.provision` sees to them.

Root on Debian or Ubuntu gets them from the system's packages, anyone else gets Playwright's own Chromium. Where
neither works the tests that need them are skipped with the reason, and fail under CI.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

# The shell has no window to draw and takes a third of the processor time of the whole browser.
SHELL = "chromium-headless-shell"
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
    """Install a Debian package; False where that is not possible."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    # With RUNLEVEL=1 nothing that is installed is started: the tests start nginx with a configuration of their own.
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    print(f"Installing {package} with apt-get …", flush=True)
    for command in ("apt-get update -q", f"apt-get install -q -y --no-install-recommends {package}"):
        done = subprocess.run(command.split(), env=environment, stdout=subprocess.DEVNULL)
        if done.returncode:
            print(f"“{command}” failed.", flush=True)
            return False
    return True


def main() -> int:
    """Install what is missing. 1 under CI when the browser cannot be had, else 0."""
    if not shutil.which("xgettext"):
        apt_install("gettext")  # has envsubst as well
    if not shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"):
        apt_install("nginx-light")
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

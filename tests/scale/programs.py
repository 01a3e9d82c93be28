"""Finding, starting and stopping programs for several machines, from Debian or from wheels."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.trust.stack import until

PATH = f"{os.environ['PATH']}:/usr/sbin"


def program(name: str, package: str = "") -> str:
    """The path of a program. If it is not installed, the test is skipped with the reason, and fails under CI."""
    found = shutil.which(name, path=PATH)
    reason = f"no {name}: `python -m tests.provision` installs {package or name} on Debian, as root"
    if not found:
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return found


@contextmanager
def running(command: list, log: Path, answers: Callable[[], bool], **options) -> Iterator[subprocess.Popen]:
    """The program, ready to answer, in a session of its own; all its processes are ended after the block."""
    with log.open("ab") as said:
        process = subprocess.Popen(
            [str(part) for part in command], stdout=said, stderr=said, start_new_session=True, **options
        )
    try:
        until(answers, log, process)
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen, seconds: float = 20) -> None:
    """Ask the process to end, and kill it if it does not."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

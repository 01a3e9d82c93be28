"""Child processes that live and die together: the web server, the worker and beat of the demo."""

import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from queue import Empty, SimpleQueue

STOP_SECONDS = 15


class Processes:
    """Starts named processes, each with a log of its own in `log_dir`; leaving the block stops them all."""

    def __init__(self, log_dir: Path, environment: dict[str, str]):
        self.log_dir = log_dir
        self.environment = environment
        self.running: dict[str, subprocess.Popen] = {}
        self.ended: SimpleQueue[str] = SimpleQueue()
        log_dir.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, *command: str | Path) -> None:
        """Start `command`. It has a session of its own, so that Ctrl-C in the terminal reaches us alone."""
        with self.log(name).open("wb") as output:
            process = subprocess.Popen(
                command, env=self.environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        self.running[name] = process
        threading.Thread(target=self._watch, args=(name, process), daemon=True).start()

    def _watch(self, name: str, process: subprocess.Popen) -> None:
        process.wait()
        self.ended.put(name)

    def wait(self, timeout: float | None = None) -> str:
        """Wait until one of the processes ends; its name, or nothing when `timeout` seconds have passed."""
        try:
            return self.ended.get(timeout=timeout)
        except Empty:
            return ""

    def log(self, name: str) -> Path:
        """The file that holds what the process says."""
        return self.log_dir / f"{name}.log"

    def last_words(self, name: str) -> str:
        """The end of the log of a process, for the message about its death."""
        return "\n".join(self.log(name).read_text(errors="replace").splitlines()[-15:])

    def __enter__(self) -> "Processes":
        return self

    def __exit__(self, *exception) -> None:
        """Ask all to stop, the last started first, and end what has not stopped in time."""
        for process in reversed(self.running.values()):
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in reversed(self.running.values()):
            try:
                process.wait(max(0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass
            self._end_group(process)

    def _end_group(self, process: subprocess.Popen) -> None:
        """End what is left of a process and of the children that it left behind."""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        process.wait()

"""The child processes of the demo: web server, worker and beat."""

import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from queue import Empty, SimpleQueue

STOP_SECONDS = 15


class Processes:
    """Named processes, each with its own log in `log_dir`. A context manager: leaving the block stops them all."""

    def __init__(self, log_dir: Path, environment: dict[str, str]):
        self.log_dir = log_dir
        self.environment = environment
        self.running: dict[str, subprocess.Popen] = {}
        self.ended: SimpleQueue[str] = SimpleQueue()
        log_dir.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, *command: str | Path) -> None:
        """Start `command`, in its own session, so that Ctrl-C in the terminal reaches only the parent."""
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
        """Wait until a process ends and return its name; "" after `timeout` seconds."""
        try:
            return self.ended.get(timeout=timeout)
        except Empty:
            return ""

    def log(self, name: str) -> Path:
        """The log file of a process."""
        return self.log_dir / f"{name}.log"

    def log_tail(self, name: str) -> str:
        """The last 15 lines of the log of a process."""
        return "\n".join(self.log(name).read_text(errors="replace").splitlines()[-15:])

    def __enter__(self) -> "Processes":
        return self

    def __exit__(self, *exception) -> None:
        """Terminate all, the last started first; kill those that have not stopped after STOP_SECONDS."""
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
        """Kill what is left of a process and of its children."""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        process.wait()

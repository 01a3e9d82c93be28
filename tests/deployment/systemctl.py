#!/usr/bin/python3
"""Stands in for systemctl where systemd cannot run: starts and stops what the units say. Runs on its own.

Honoured: ExecStart, ExecStartPre, ExecReload, ExecStop, Type, User, Group, Environment, EnvironmentFile,
WorkingDirectory, UMask, StateDirectory, RuntimeDirectory, ReadWritePaths, and of the hardening ProtectSystem=strict,
PrivateTmp, NoNewPrivileges and CapabilityBoundingSet. All else of a unit is ignored.
"""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

UNITS = [Path("/etc/systemd/system"), Path("/usr/lib/systemd/system")]
STATE, LOGS = Path("/run/units"), Path("/var/log/units")
SECONDS = 60


class Unit:
    """A unit and its directives; several lines of one directive are a list."""

    def __init__(self, name: str):
        self.name = name if "." in name else f"{name}.service"
        for folder in UNITS:
            if (path := folder / self.name).exists():
                break
        else:
            sys.exit(f"Unit {self.name} could not be found.")
        text = re.sub(r"\\\n\s*", " ", path.read_text())
        lines = [line.split("=", 1) for line in text.splitlines() if re.match(r"[A-Za-z]+=", line)]
        self.lines = [(key, value.strip()) for key, value in lines]
        self.pid_file = STATE / f"{self.name}.pid"
        self.log = LOGS / f"{self.name.removesuffix('.service')}.log"

    def all(self, key: str) -> list[str]:
        return [value for name, value in self.lines if name == key and value]

    def one(self, key: str, default: str = "") -> str:
        return values[-1] if (values := self.all(key)) else default

    @property
    def pid(self) -> int:
        try:
            pid = int(self.pid_file.read_text())
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (OSError, ValueError):
            return 0
        return 0 if state == "Z" else pid


def environment(unit: Unit) -> dict[str, str]:
    """The whole environment of the process, as with systemd."""
    found = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "LANG": "C.UTF-8"}
    if user := unit.one("User"):
        entry = subprocess.run(["getent", "passwd", user], capture_output=True, text=True, check=True).stdout.split(":")
        found |= {"USER": user, "LOGNAME": user, "HOME": entry[5]}
    for line in unit.all("Environment"):
        found |= dict(part.split("=", 1) for part in shlex.split(line))
    for name in unit.all("EnvironmentFile"):
        for line in Path(name.removeprefix("-")).read_text().splitlines():
            if line.strip() and not line.startswith(("#", ";")):
                key, value = line.split("=", 1)
                found[key] = re.sub(r'^(["\'])(.*)\1$', r"\2", value.strip())
    return found


def directories(unit: Unit) -> list[str]:
    """The folders that the unit may write to. Folders that systemd would create are created."""
    paths = [path.removeprefix("-") for line in unit.all("ReadWritePaths") for path in line.split()]
    for key, base in (("StateDirectory", "/var/lib"), ("RuntimeDirectory", "/run"), ("LogsDirectory", "/var/log")):
        for name in unit.one(key).split():
            folder = Path(base) / name
            folder.mkdir(parents=True, exist_ok=True)
            subprocess.run(["chown", f"{unit.one('User', 'root')}:{unit.one('Group', 'root')}", folder], check=True)
            paths.append(str(folder))
    return [path for path in paths if Path(path).exists()]


def command(unit: Unit, line: str) -> list[str]:
    """The command of a line, as the user of the unit, in a file system that is read-only as far as the unit says."""
    argv = shlex.split(line.lstrip("-@:+!"))
    if user := unit.one("User"):
        limits = ["--no-new-privs"] if unit.one("NoNewPrivileges") == "yes" else []
        limits += ["--inh-caps=-all", "--bounding-set=-all"] if ("CapabilityBoundingSet", "") in unit.lines else []
        group = unit.one("Group") or user
        argv = ["setpriv", f"--reuid={user}", f"--regid={group}", "--init-groups", *limits, *argv]
    if unit.one("ProtectSystem") == "strict":
        steps = ["mount --make-rprivate /"]
        steps += [f"mount --bind {shlex.quote(path)} {shlex.quote(path)}" for path in directories(unit)]
        steps += ["mount -o remount,bind,ro /"]
        if unit.one("PrivateTmp") in ("yes", "true"):
            steps += ["mount -t tmpfs -o mode=1777 tmpfs /tmp", "mount -t tmpfs -o mode=1777 tmpfs /var/tmp"]
        argv = ["unshare", "--mount", "sh", "-ec", "; ".join(steps) + '; exec "$@"', "sh", *argv]
    return argv


def run(unit: Unit, line: str) -> None:
    """Run a line to its end; a failure ends this program, unless the line begins with `-`."""
    with unit.log.open("ab") as log:
        done = subprocess.run(command(unit, line), stdout=log, stderr=log, stdin=subprocess.DEVNULL, **options(unit))
    if done.returncode and "-" not in re.match(r"[-@:+!]*", line)[0]:
        sys.exit(f"Job for {unit.name} failed ({done.returncode}).\n{unit.log.read_text()[-4000:]}")


def options(unit: Unit) -> dict:
    return {
        "env": environment(unit),
        "cwd": unit.one("WorkingDirectory", "/"),
        "umask": int(unit.one("UMask", "022"), 8),
    }


def start(name: str) -> None:
    unit = Unit(name)
    if unit.name == "postgresql.service":  # does nothing itself: a generator makes one unit for each cluster
        return clusters("start")
    if unit.pid or unit.name.endswith(".timer"):
        return None
    for line in unit.all("ExecStartPre"):
        run(unit, line)
    if unit.one("Type") in ("oneshot", "forking"):
        for line in unit.all("ExecStart"):
            run(unit, line)
        return None
    return launch(unit)


def launch(unit: Unit) -> None:
    """Start a process that keeps running. With Type=notify, wait until it says that it is ready."""
    given = options(unit)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        path = STATE / f"{unit.name}.notify"
        path.unlink(missing_ok=True)
        notified.bind(str(path))
        path.chmod(0o777)
        notified.settimeout(SECONDS)
        if unit.one("Type") == "notify":
            given["env"]["NOTIFY_SOCKET"] = str(path)
        with unit.log.open("ab") as log:
            argv = command(unit, unit.one("ExecStart"))
            streams = {"stdout": log, "stderr": log, "stdin": subprocess.DEVNULL}
            process = subprocess.Popen(argv, start_new_session=True, **streams, **given)
        unit.pid_file.write_text(str(process.pid))
        while unit.one("Type") == "notify" and b"READY=1" not in notified.recv(4096):
            pass


def stop(name: str) -> None:
    unit = Unit(name)
    if unit.name == "postgresql.service":
        return clusters("stop")
    for line in unit.all("ExecStop"):
        run(unit, line)
    if pid := unit.pid:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + SECONDS
        while unit.pid and time.monotonic() < deadline:
            time.sleep(0.1)
        if unit.pid:
            os.killpg(pid, signal.SIGKILL)
            sys.exit(f"{unit.name} did not stop within {SECONDS} s.\n{unit.log.read_text()[-4000:]}")
    unit.pid_file.unlink(missing_ok=True)
    return None


def clusters(verb: str) -> None:
    for folder in Path("/etc/postgresql").glob("*/*"):
        arguments = ["pg_ctlcluster", "--skip-systemctl-redirect", folder.parent.name, folder.name]
        running = subprocess.run([*arguments, "status"], stdout=subprocess.DEVNULL).returncode == 0
        if running != (verb == "start"):
            subprocess.run([*arguments, verb, *(["--mode", "fast"] if verb == "stop" else [])], check=True)


def reload(name: str) -> None:
    unit = Unit(name)
    for line in unit.all("ExecReload"):
        run(unit, line)


def restart(name: str) -> None:
    stop(name)
    start(name)


def main() -> None:
    STATE.mkdir(parents=True, exist_ok=True)
    LOGS.mkdir(parents=True, exist_ok=True)
    if network := os.environ.get("MACHINE_NETWORK"):  # whatever the network of the commands: units have this one
        with Path(network).open() as file:
            os.setns(file, os.CLONE_NEWNET)
    verb, *given = sys.argv[1:]
    names = [each for each in given if not each.startswith("-")]
    if verb == "daemon-reload":
        return
    if verb == "is-active":
        sys.exit(0 if all(Unit(name).pid for name in names) else 3)
    if verb == "enable":
        [Unit(name) for name in names]
        verb = "start" if "--now" in given else "is-enabled"
    if verb != "is-enabled":
        for name in names:
            {"start": start, "stop": stop, "restart": restart, "reload": reload}[verb](name)


if __name__ == "__main__":
    main()

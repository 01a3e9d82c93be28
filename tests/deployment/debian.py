"""A fresh Debian in a folder, and running commands in it."""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.provision import apt_install

RELEASE = "trixie"
APT = Path("/etc/apt")
# The certificates with which this machine trusts the mirrors that it reaches: Debian's own, or those of its network.
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ANSWER_SECONDS = 300
PLENTY_KILOBYTES = 12_000_000


class CannotRun(Exception):
    """Why this machine cannot run the test."""


class Failed(Exception):
    """A command failed; the message is what it wrote."""


def mirror() -> str:
    """DEBIAN_MIRROR, or the mirror of this machine's own packages. Raises CannotRun if neither is known."""
    if given := os.environ.get("DEBIAN_MIRROR"):
        return given
    for sources in [APT / "sources.list", *sorted((APT / "sources.list.d").glob("*"))]:
        text = sources.read_text() if sources.is_file() else ""
        if found := re.search(r"^(?:URIs:|deb\b.*?)\s*(https?://\S+/debian)/?(?:\s|$)", text, re.M):
            return found[1]
    raise CannotRun("No mirror of Debian is known: name one as DEBIAN_MIRROR.")


def unpack(folder: Path, *packages: str) -> Path:
    """A minimal Debian in `folder`, with `packages`, left by an earlier run, or new. Raises CannotRun if there is
    none."""
    if (folder / "etc/debian_version").exists() and (folder / ".complete").exists():
        return folder
    need_tools()
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    include = ",".join(("ca-certificates", *packages))
    done = subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={include}", f"--keyring={KEYRING}", RELEASE, folder, mirror()],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise CannotRun(
            f"debootstrap could not get Debian {RELEASE} from {mirror()}:\n{done.stdout[-800:]}{done.stderr[-800:]}"
        )
    (folder / ".complete").touch()
    return folder


def need_tools() -> None:
    """Raise CannotRun unless this runs as root on a Debian with debootstrap, whose keyring knows the release."""
    if os.geteuid() != 0:
        raise CannotRun("it needs root, to unpack Debian into a folder and to run it there.")
    if not shutil.which("debootstrap") and not apt_install("debootstrap"):
        raise CannotRun("debootstrap is not here and could not be installed.")
    if not Path(f"/usr/share/debootstrap/scripts/{RELEASE}").exists() or not KEYRING.exists():
        raise CannotRun(f"the debootstrap or the keyring of this machine does not know Debian {RELEASE}.")
    if subprocess.run(["unshare", "--mount", "--pid", "--net", "--fork", "true"]).returncode:
        raise CannotRun("the kernel gives no namespaces here.")


def fresh(folder: Path) -> Path:
    """An empty folder, in memory if there is enough: what is unpacked and deleted again needs no disk."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    available = re.search(r"MemAvailable: +(\d+)", Path("/proc/meminfo").read_text())
    if available and int(available[1]) > PLENTY_KILOBYTES:
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=True)
    return folder


class Machine:
    """A Debian in a folder that runs: to be made in mount and process namespaces of its own, see `__main__`.

    Commands marked `online` see the network of this machine; all others, and every server, only a loopback.
    """

    def __init__(self, base: Path, root: Path, environment: dict[str, str]):
        self.root = root
        self.environment = {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
        self.environment |= {"SSL_CERT_FILE": CERTIFICATES}
        self.environment |= environment
        fresh(root)
        subprocess.run(["cp", "--archive", f"{base}/.", root], check=True)
        for mount in (
            ["--bind", str(root), str(root)],  # so that a unit can make it read-only for itself
            ["-t", "proc", "proc", f"{root}/proc"],
            ["--rbind", "/dev", f"{root}/dev"],
            ["-t", "tmpfs", "-o", "mode=755", "tmpfs", f"{root}/run"],
        ):
            subprocess.run(["mount", *mount], check=True)
        self._network = self._loopback()
        self.environment["MACHINE_NETWORK"] = f"/proc/{self._network.pid}/ns/net"
        self._provide()

    def _loopback(self) -> subprocess.Popen:
        up = "ip link set lo up && echo up && exec sleep infinity"
        holder = subprocess.Popen(["unshare", "--net", "sh", "-c", up], stdout=subprocess.PIPE)
        assert holder.stdout
        holder.stdout.readline()
        return holder

    def _provide(self) -> None:
        """Set up what a machine in a data centre has from the start: names, a clock, certificates, and an init
        system."""
        hosts = f"127.0.0.1 localhost {self.environment['HOST']}\n::1 localhost\n"
        (self.root / "etc/hosts").write_text(hosts)
        for name in ("/etc/resolv.conf", CERTIFICATES):
            shutil.copy(name, self.path(name))
        # The unpacked files need not survive a power cut.
        (self.root / "etc/dpkg/dpkg.cfg.d/unsafe-io").write_text("force-unsafe-io\n")
        policy = self.root / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n")  # Debian's own scripts find no init system to start anything with
        policy.chmod(0o755)
        systemctl = self.root / "usr/local/sbin/systemctl"
        shutil.copy(Path(__file__).with_name("systemctl.py"), systemctl)
        systemctl.chmod(0o755)

    def inside(self, *, online: bool = False) -> list[str]:
        """The beginning of a command line that runs on the machine."""
        network = [] if online else self.network()
        return [*network, "chroot", str(self.root)]

    def network(self) -> list[str]:
        """The beginning of a command line that runs on this machine, in the network of that one."""
        return ["nsenter", f"--net={self.environment['MACHINE_NETWORK']}"]

    def run(self, commands: str, *, online: bool = False) -> str:
        """Run commands in bash and return what they wrote; Failed at the first that fails."""
        done = subprocess.run(
            [*self.inside(online=online), "bash", "-euo", "pipefail", "-c", commands],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        if done.returncode:
            raise Failed(f"{commands}\n→ {done.returncode}\n{done.stdout[-6000:]}")
        return done.stdout

    def answer(self, commands: str, answers: Sequence[tuple[str, str]]) -> str:
        """Run commands in a terminal, and type the answers to its questions, given as patterns, one after the other."""
        pid, terminal = pty.fork()
        if pid == 0:
            argv = [*self.inside(), "bash", "-euo", "pipefail", "-c", commands]
            os.execvpe(argv[0], argv, self.environment)
        said = ""
        for question, typed in answers:
            said += read_until(terminal, question, said)
            os.write(terminal, typed.encode() + b"\n")
        said += read_until(terminal, "", said)
        if status := os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
            raise Failed(f"{commands}\n→ {status}\n{said}")
        return said

    def path(self, name: str) -> Path:
        """The path on this machine of a path on that one."""
        return self.root / name.lstrip("/")

    def log(self, unit: str) -> str:
        """The output of a unit."""
        return self.path(f"/var/log/units/{unit}.log").read_text(errors="replace")


def read_until(terminal: int, question: str, before: str) -> str:
    """The output of the terminal until `question`, or until its end if that is "". Raises Failed if nothing comes."""
    said = ""
    deadline = time.monotonic() + ANSWER_SECONDS
    while not (question and re.search(question, said)):
        if not select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0]:
            raise Failed(f"no “{question}” in the terminal:\n{before}{said}")
        try:
            part = os.read(terminal, 4096)
        except OSError:  # Linux reports the end of a terminal like this
            part = b""
        if not part:
            if question:
                raise Failed(f"it ended before “{question}”:\n{before}{said}")
            return said
        said += part.decode(errors="replace")
    return said


def say(text: str) -> None:
    print(text, flush=True)
    sys.stdout.flush()

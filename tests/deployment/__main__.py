"""`python -m tests.deployment`: all steps, in the order in which an administrator does them."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.deployment import image, journey
from tests.deployment.debian import CannotRun, Failed, Machine, say, unpack
from tests.deployment.page import INSTALLING, by_name

REPOSITORY = Path(__file__).parents[2]
HOST = "portal.example.org"
DIRECTOR, PASSWORD = f"director@{HOST}", "four-words-nobody-guesses"
# What the administrator does by hand, or what a machine in a data centre has, is done here by the test, after the block
# with that name.
STAND_INS = {
    # Debian starts a mail server when it is installed. This one knows two people, and no other server.
    "packages": """
        useradd --create-home director && useradd --create-home official
        postconf -e "mydestination=$HOST" "maillog_file=/var/log/mail.log" "inet_interfaces=loopback-only"
        postfix start && systemctl start nginx
    """,
    "environment": """
        sed --in-place 's/^LEGAL_PUBLISHER=.*/LEGAL_PUBLISHER="A publisher, 1 Some Street"/' /etc/scn-portal/portal.env
    """,
    # No certificate authority can be reached from here.
    "units": """
        folder=/etc/letsencrypt/live/$HOST
        mkdir --parents $folder
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$HOST" -addext "subjectAltName=DNS:$HOST" \
            -keyout $folder/privkey.pem -out $folder/fullchain.pem 2> /dev/null
        cp $folder/fullchain.pem /usr/local/share/ca-certificates/portal.crt
        update-ca-certificates > /dev/null
    """,
}
ANSWERS = ((r"(?i)e-?mail.*: ", DIRECTOR), (r"(?i)name.*: ", "The Director"), ("Password: ", PASSWORD),
           (r"Password \(again\): ", PASSWORD))  # fmt: skip
TABLES = """
    SELECT format('SELECT %L, count(*), md5(coalesce(string_agg(t::text, '','' ORDER BY t::text), '''')) FROM %I t',
        tablename, tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1
    \\gexec
"""


@contextmanager
def step(what: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    say(f"{time.monotonic() - began:6.1f} s  {what}")


def perform(machine: Machine, name: str) -> str:
    """Run a block of the page, and then what the test does after it."""
    block = by_name()[name]
    with step(f"“{name}” of the page"):
        if block.terminal:
            said = machine.answer(block.commands, ANSWERS)
        else:
            said = machine.run(block.commands, online=block.online)
        if name in STAND_INS:
            machine.run(STAND_INS[name])
    return said


def ready(answer: str) -> None:
    """Assert that `answer` of /readyz says that nothing is wrong."""
    for part in ("database", "redis", "migrations"):
        assert f'"{part}": "ok"' in answer, answer


def install(machine: Machine) -> None:
    for name in INSTALLING:
        said = perform(machine, name)
        if name == "check":
            ready(said)
            machine.run("systemctl is-active scn-web scn-worker scn-files scn-beat scn-metrics")
    with step("systemd-analyze on the units"):
        machine.run("apt-get install --yes --no-install-recommends systemd", online=True)
        machine.run("systemd-analyze verify /etc/systemd/system/scn-*")
        machine.run("systemd-analyze calendar '*-*-* 02:15:00'")


def contents(machine: Machine) -> tuple[str, str]:
    """Every table, by its rows and a hash of them all, and every file by its hash."""
    rows = machine.run(f"runuser --user postgres -- psql --quiet --no-align --tuples-only scn <<'SQL'\n{TABLES}\nSQL")
    return rows, machine.run("cd /var/lib/scn-portal/media && find . -type f | sort | xargs sha256sum")


def save_and_restore(machine: Machine) -> None:
    """A backup, then an empty cluster, an empty folder and an empty Redis, then the backup again."""
    machine.run("systemctl stop scn-beat scn-worker scn-files scn-web")
    perform(machine, "backup")
    machine.run("test -e /var/lib/scn-portal/metrics/last-backup && ls /var/backups/scn-portal/2*/SHA256SUMS")
    before = contents(machine)
    machine.run("""
        systemctl stop postgresql
        version=$(ls /etc/postgresql)
        pg_dropcluster "$version" main
        pg_createcluster "$version" main > /dev/null
        rm --recursive /var/lib/scn-portal/media/*
        redis-cli flushall
    """)
    perform(machine, "database")
    said = perform(machine, "restore")
    assert "Everything is as it was saved." in said, said
    after = contents(machine)
    assert after == before, "\n".join(set(after[0].splitlines()) ^ set(before[0].splitlines()))
    rows = [line.split("|") for line in before[0].splitlines()]
    files = len(before[1].splitlines())
    assert files
    say(f"          {len(rows)} tables with {sum(int(row[1]) for row in rows)} rows and {files} files came back equal")
    machine.run("systemctl start scn-web scn-worker scn-files scn-beat")
    ready(perform(machine, "check"))


def inside(work: Path) -> None:
    """The part of the test that runs in the namespaces of the machine."""
    environment = {"HOST": HOST, "SOURCE": "file:///srv/source.git"}
    machine = Machine(work / "base", work / "machine", environment)
    subprocess.run(["git", "clone", "--quiet", "--bare", REPOSITORY, machine.path("/srv/source.git")], check=True)
    try:
        install(machine)
        with step("first sign-in, an invitation by mail, a document of 9 MB through nginx"):
            visit(machine, "first")
        save_and_restore(machine)
        with step("signing in on the restored portal, the document is there"):
            visit(machine, "again")
        perform(machine, "upgrade")
        ready(perform(machine, "check"))
        with step("the image, built and healthy"):
            image.build_and_run(machine, work, REPOSITORY)
    except (Failed, AssertionError) as error:
        for log in sorted(machine.path("/var/log/units").glob("*.log")):
            say(f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}")
        sys.exit(f"Failed: {error}")


def visit(machine: Machine, what: str) -> None:
    """Run a browser in the network of the machine."""
    command = [*machine.network(), sys.executable, "-m", "tests.deployment.journey", what, str(machine.root), HOST]
    done = subprocess.run([*command, DIRECTOR, PASSWORD], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise Failed(done.stdout)


def main() -> int:
    if sys.argv[1:2] == ["inside"]:
        inside(Path(sys.argv[2]))
        return 0
    given = os.environ.get("SCN_DEPLOY")
    work = Path(given or tempfile.mkdtemp(prefix="scn-deploy-"))
    try:
        with step(f"a fresh Debian in {work}"):
            unpack(work / "base")
        return in_namespaces([sys.executable, "-m", "tests.deployment", "inside", str(work)])
    except CannotRun as why:
        say(f"Not run: {why}")
        return 1
    finally:
        for folder in (work / "machine", work / "image") if given else (work,):
            shutil.rmtree(folder, ignore_errors=True)


def in_namespaces(command: list[str]) -> int:
    """Run a command with mounts and processes of its own: all processes that it starts end with it."""
    # bash adopts the processes whose parents have ended, as an init process does.
    shell = ["bash", "-c", 'mount --make-rprivate / && echo "127.0.0.1 localhost $0" > /tmp/hosts.$$ && '
             'mount --bind /tmp/hosts.$$ /etc/hosts && rm /tmp/hosts.$$; "$@" & wait $!', HOST]  # fmt: skip
    unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    return subprocess.run([*unshare, *shell, *command], cwd=REPOSITORY).returncode


assert journey  # imported here, but it runs in a process of its own
if __name__ == "__main__":
    sys.exit(main())

"""`make demo` and its end, as a newcomer meets them, on a port and a state folder of its own."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from django.conf import settings

from scn_portal.demo.mail import free_port

pytestmark = pytest.mark.slow


@contextmanager
def demo(*command: str, port: int, var: Path) -> Iterator[tuple[subprocess.Popen, list[str]]]:
    """The demo, ready: its process, and what it has said. Ended after the block, if the test has not."""
    given = ("PATH", "HOME", "LANG")
    environment = {name: os.environ[name] for name in given if name in os.environ}
    process = subprocess.Popen(
        command or (sys.executable, "manage.py", "demo"),
        cwd=settings.BASE_DIR,
        env=environment | {"PORT": str(port), "SCN_VAR": str(var)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    said = []
    assert process.stdout
    try:
        for line in process.stdout:
            said.append(line)
            if "Ctrl-C stops everything" in line:
                break
        else:
            pytest.fail("".join(said))
        yield process, said
    finally:
        if process.poll() is None:
            process.terminate()
        with process.stdout:
            said.extend(process.stdout)  # until the last of those that hold the pipe has ended
        process.wait(30)


def of(var: Path) -> list[str]:
    """The commands of living processes that name `var`, in their command or their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() == psutil.STATUS_ZOMBIE or process.pid == os.getpid():
                continue
            if any(str(var) in part for part in process.cmdline()) or process.environ().get("SCN_VAR") == str(var):
                found.append(" ".join(process.cmdline()))
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def get(address: str) -> tuple[int, str]:
    with urllib.request.urlopen(address, timeout=20) as response:
        return response.status, response.read().decode()


def manage(*arguments: str, var: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`manage.py …` from another terminal of the same checkout."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "SCN_VAR": str(var)} | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def var(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("demo") / "var"


def test_the_demo_runs_and_a_signal_ends_all_of_it(var):
    port = free_port()
    with demo(port=port, var=var) as (process, said):
        address = f"http://127.0.0.1:{port}"
        assert any(address in line for line in said)
        for account in ("staff", "montreal", "mombasa", "editor.montreal", "viewer.montreal"):
            assert any(f"    {account}@scn.example" in line for line in said)

        assert get(f"{address}/healthz")[0] == 200
        assert get(f"{address}/readyz")[0] == 200
        assert "Mombasa" in get(f"{address}/en/cities/?q=mombasa")[1]

        # Another terminal needs no setting to reach the same database, mail and addresses.
        script = (
            "from django.core.mail import send_mail; from members.models import User; from django.conf import settings;"
            "send_mail('From a shell', 'Written in a test.', None, ['someone@scn.example']);"
            "print(User.objects.filter(email__endswith='@scn.example').count(), settings.SITE_URL)"
        )
        shell = manage("shell", "--no-imports", "-c", script, var=var)
        assert shell.stdout.split() == ["5", address], shell.stderr
        assert "From a shell" in get(f"{address}/dev/mail/")[1]
        (kept,) = (mail for mail in (var / "mail").glob("*.eml") if b"Written in a test." in mail.read_bytes())
        assert "Written in a test." in get(f"{address}/dev/mail/{kept.stem}/")[1]
        with pytest.raises(urllib.error.HTTPError, match="404"):
            get(f"{address}/dev/mail/..%2Fsecret-key/")

        second = manage("demo", var=var, PORT=str(free_port()))
        assert second.returncode == 1
        assert f"A demo runs at {address}/" in second.stderr
        assert get(f"{address}/healthz")[0] == 200

        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert of(var) == []
    assert not (var / "demo.env").exists()


def test_ctrl_c_in_the_terminal_of_make_ends_all_of_it(var):
    """A terminal sends SIGINT to the whole foreground group: to make and to the demo that it runs."""
    with demo("make", "demo", port=free_port(), var=var) as (make, _said):
        os.killpg(make.pid, signal.SIGINT)
        make.wait(30)
    assert of(var) == []
    assert not (var / "demo.env").exists()


def test_when_one_process_dies_all_are_stopped_and_it_is_named(var):
    with demo(port=free_port(), var=var) as (process, said):
        (worker,) = [child for child in psutil.Process(process.pid).children() if "worker" in child.cmdline()]
        worker.kill()
        assert process.wait(30) == 1
    assert "“worker” stopped" in "".join(said)
    assert of(var) == []


def test_a_taken_port_is_said_plainly(var):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = manage("demo", var=var, PORT=str(port))
    assert refused.returncode == 1
    assert f"Port {port} is taken" in refused.stderr
    assert of(var) == []


@pytest.mark.parametrize("port", ["0", "70000", "http"])
def test_what_is_no_port_is_refused(var, port):
    refused = manage("demo", var=var, PORT=port)
    assert refused.returncode == 1
    assert f"PORT={port} is not a port" in refused.stderr


def test_the_demo_refuses_production(var):
    production = {
        "SCN_ENV": "production",
        "SECRET_KEY": "x" * 50,
        "LINKS_KEY": "x" * 50,
        "ALLOWED_HOSTS": "portal.example",
        "TRUSTED_PROXY_COUNT": "1",
        "SITE_URL": "https://portal.example",
        "DATABASE_URL": "postgres://db.example/scn",
        "REDIS_URL": "redis://redis.example/0",
        "CACHE_URL": "redis://redis.example/1",
        "EMAIL_URL": "smtp://mail.example",
        "DEFAULT_FROM_EMAIL": "portal@portal.example",
        "LEGAL_PUBLISHER": "A publisher",
        "LEGAL_HOST": "A host",
        "CONTACT_EMAIL": "contact@portal.example",
        "MEDIA_ROOT": str(var / "media"),
        "SECOND_FACTOR_KEY": "x" * 50,
    }
    refused = manage("demo", var=var, **production)
    assert refused.returncode == 1
    assert "does not run with SCN_ENV=production" in refused.stderr

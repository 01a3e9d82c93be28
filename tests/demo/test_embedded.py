"""PostgreSQL and Redis from wheels: addresses, starting, stopping, and what is left by a killed process."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import dj_database_url
import psutil
import psycopg
import pytest
import redis

from scn_portal.demo import embedded

pytestmark = pytest.mark.slow

LONG = "a-checkout-in-a-folder-with-a-long-name"
KEEP_RUNNING = """
import sys, pathlib
from scn_portal.demo import embedded
with embedded.running(pathlib.Path(sys.argv[1])):
    print("running", flush=True)
    sys.stdin.read()
"""


def ask_postgres(folder: Path) -> str:
    address = dj_database_url.parse(embedded.database_url(folder))
    with psycopg.connect(host=address["HOST"], user=address["USER"], dbname=address["NAME"]) as connection:
        (answer,) = connection.execute("SELECT lower('É') || current_database()").fetchone()
        return answer


def ask_redis(folder: Path) -> bool:
    with redis.Redis.from_url(embedded.redis_url(folder)) as client:
        return client.ping()


def servers_of(folder: Path) -> list[psutil.Process]:
    """The living server processes whose command names `folder`."""
    found = []
    for process in psutil.process_iter():
        try:
            line = " ".join(process.cmdline())
        except psutil.NoSuchProcess:
            continue
        if str(folder) in line and ("bin/postgres" in line or "redis-server" in line):
            found.append(process)
    return found


@pytest.fixture
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("servers") / "Var"


@pytest.fixture(scope="module")
def _once_run(tmp_path_factory) -> Path:
    """A folder whose servers have run and are stopped: making a cluster takes longer than all that is asked of it."""
    folder = tmp_path_factory.mktemp("once") / "Var"
    with embedded.running(folder):
        pass
    return folder


@pytest.fixture
def run_before(folder, _once_run) -> Path:
    """A folder in which both have run before."""
    subprocess.run(["cp", "--archive", _once_run, folder], check=True)
    return folder


def test_addresses_need_no_server_and_keep_their_case(folder):
    assert dj_database_url.parse(embedded.database_url(folder))["HOST"] == str(folder / "postgres")
    assert embedded.redis_url(folder, database=3) == f"unix://{folder}/redis.sock?db=3"
    assert not folder.exists()


def test_a_long_path_moves_the_sockets_to_a_short_one(tmp_path):
    deep = tmp_path.joinpath(*[LONG] * 4)
    assert len(str(embedded.server_dir(deep))) < 100 < len(str(deep))
    assert embedded.server_dir(deep) == embedded.server_dir(deep)
    assert embedded.server_dir(deep) != embedded.server_dir(deep / "other")


def test_both_answer_inside_the_block_and_are_gone_after_it(folder):
    with embedded.running(folder):
        assert ask_postgres(folder) == "éscn"
        assert ask_redis(folder)
    assert servers_of(folder) == []
    with embedded.running(folder):
        assert ask_postgres(folder) == "éscn"


def test_they_run_where_the_path_is_too_long_for_a_socket(tmp_path):
    deep = tmp_path.joinpath(*[LONG] * 4)
    with embedded.running(deep):
        assert ask_postgres(deep) == "éscn"
        assert ask_redis(deep)
    embedded.forget(deep)
    assert not embedded.server_dir(deep).exists()


def test_a_second_process_is_refused_with_the_number_of_the_first(run_before):
    with embedded.running(run_before):
        other = subprocess.run(
            [sys.executable, "-c", KEEP_RUNNING, run_before], stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        assert f"Process {os.getpid()} already runs the servers in {run_before}" in other.stderr
        assert ask_postgres(run_before) == "éscn"


def test_what_a_killed_process_leaves_is_taken_over_and_stopped(run_before):
    with subprocess.Popen(
        [sys.executable, "-c", KEEP_RUNNING, run_before], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as victim:
        assert victim.stdout.readline() == b"running\n"
        victim.send_signal(signal.SIGKILL)
    assert servers_of(run_before)
    with embedded.running(run_before):
        assert ask_postgres(run_before) == "éscn"
        assert ask_redis(run_before)
    assert servers_of(run_before) == []


def test_a_stale_process_number_does_not_pass_for_a_server(run_before):
    with embedded.running(run_before):
        pid_file = (run_before / "postgres" / "postmaster.pid").read_text()
    # As after a reboot: the file is there, and its number belongs to some other process.
    (run_before / "postgres" / "postmaster.pid").write_text("\n".join([str(os.getpid()), *pid_file.splitlines()[1:]]))
    with embedded.running(run_before):
        assert ask_postgres(run_before) == "éscn"


def test_a_damaged_folder_fails_with_the_reason(run_before):
    (run_before / "postgres" / "postgresql.conf").write_text("no such setting = 1\n")
    reason = pytest.raises(embedded.EmbeddedServerError, match=r"(?s)PostgreSQL did not start.*postgresql\.conf")
    with reason, embedded.running(run_before):
        pass
    assert servers_of(run_before) == []

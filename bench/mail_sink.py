"""A mail server for benchmarks, in a process of its own, which counts mails and discards them."""

import asyncio
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Sink(asyncio.Protocol):
    """Takes every mail. `VRFY` returns how many it took and for how many addresses; `VRFY again` resets the count."""

    taken = 0
    addresses: set[bytes] = set()

    def connection_made(self, transport) -> None:
        self.transport, self.buffer, self.in_mail = transport, bytearray(), False
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self.in_mail and self.buffer.endswith(b"\r\n.\r\n"):
            self.buffer.clear()
            self.in_mail = False
            Sink.taken += 1
            self.transport.write(b"250 taken\r\n")
        elif not self.in_mail and self.buffer.endswith(b"\r\n"):
            commands = bytes(self.buffer).splitlines(keepends=True)
            self.buffer.clear()
            self.transport.write(b"".join(map(self.answer, commands)))

    def answer(self, command: bytes) -> bytes:
        verb = command[:4].upper()
        if verb == b"DATA":
            self.in_mail = True
            return b"354 go on\r\n"
        if verb == b"RCPT":
            Sink.addresses.add(command.split(b"<")[1].split(b">")[0])
        if verb == b"VRFY":
            counts = b"252 %d %d\r\n" % (Sink.taken, len(Sink.addresses))
            if b"again" in command:
                Sink.taken = 0
                Sink.addresses.clear()
            return counts
        if verb == b"EHLO":
            return b"250 sink\r\n"
        return b"221 bye\r\n" if verb == b"QUIT" else b"250 sink\r\n"


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port)
    await server.serve_forever()


@contextmanager
def sink() -> Iterator[int]:
    """The port of a mail server in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "bench.mail_sink", str(port)])
    try:
        until(lambda: socket.create_connection(("127.0.0.1", port), 1).close() is None)
        yield port
    finally:
        process.kill()
        process.wait()


def until(done: Callable[[], bool], seconds: float = 900) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if done():
                return
        except ConnectionRefusedError:
            pass
        time.sleep(0.2)  # more often would slow down what is measured
    raise SystemExit("It took too long.")


def taken(port: int, begin_again: bool = False) -> tuple[int, int]:
    """How many mails the sink has taken, and for how many addresses."""
    with smtplib.SMTP("127.0.0.1", port) as server:
        _code, counts = server.verify("again" if begin_again else "so-far")
    mails, addresses = counts.split()
    return int(mails), int(addresses)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))

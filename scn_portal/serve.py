"""The web server: `python -m scn_portal.serve`, used by the image, systemd and the demo.

It is granian, with two additions to its own command: a worker that dies is always replaced, and at once; and the parent
loads the portal before it starts workers, so each begins with everything in memory, most of it shared.
"""

import argparse
import os
import time
from importlib import import_module

from django.conf import settings
from granian.constants import Interfaces
from granian.server.mp import MPServer

from scn_portal.base import draining, memory
from scn_portal.base.http import routes

# If workers die this soon after their start, this many times in a row, the server gives up.
AT_ONCE_SECONDS = 2
DEATHS_AT_ONCE = 10
# Seconds after a stop until unfinished requests are ended. Docker waits ten seconds before it kills everything.
STOP_SECONDS = 8
# Seconds between two checks of the memory of the workers.
RSS_SECONDS = 30


class Server(MPServer):
    """Granian that outlives its workers.

    Its own loop ends the whole server when one worker dies twice within 5.5 seconds, and can miss a death while it
    replaces another worker.
    """

    deaths_at_once = 0
    drain_seconds = 0.0

    def _serve_loop(self, spawn_target, target_loader) -> None:
        ends_at = None
        while self.main_loop_interrupt.wait(None if ends_at is None else max(0.0, ends_at - time.monotonic())):
            self.main_loop_interrupt.clear()  # first, so that later events wake the loop again
            if self.interrupt_signal:
                if ends_at is not None:  # asked twice
                    return
                self.interrupt_signal = False
                ends_at = time.monotonic() + self._drain()
            if not self._replace_the_dead(spawn_target, target_loader):
                return
            if self.reload_signal:
                self._reload(spawn_target, target_loader)
            if self.rss_signal:
                self.rss_signal = False
                self._handle_rss_signal(spawn_target, target_loader)
                self._watch_workers_rss()

    def _drain(self) -> float:
        """Make `/readyz` send new requests to other hosts. Returns the seconds for which this host still serves."""
        if self.drain_seconds:
            draining.begin()
        return self.drain_seconds

    def _replace_the_dead(self, spawn_target, target_loader) -> bool:
        """Replace the workers that have died. False if this is useless, since they die at once again and again."""
        while self.interrupt_children:
            number = self.interrupt_children[0]
            lived = time.monotonic() - self.wrks[number].birth
            self.deaths_at_once = self.deaths_at_once + 1 if lived < AT_ONCE_SECONDS else 0
            if self.deaths_at_once == DEATHS_AT_ONCE:
                return False
            self.interrupt_children.pop(0)
            self._respawn_workers([number], spawn_target, target_loader)
        return True


def load_portal() -> None:
    """Import everything that a request needs. Errors in the settings end the server here, with their message."""
    import_module("scn_portal.wsgi")  # sets Django up
    import_module(settings.ROOT_URLCONF)
    routes.collect_names()
    # These objects stay; garbage collection in a worker would only copy them out of the shared memory.
    memory.give_back()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m scn_portal.serve", description="The web server of the portal.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=2, help="processes; one of two may die without a gap")
    parser.add_argument("--threads", type=int, default=4, help="requests at once in each")
    parser.add_argument(
        "--max-rss",
        type=int,
        default=250,
        help="megabytes; a worker beyond is replaced, its successor first (a safety: none grows so far by itself)",
    )
    parser.add_argument(
        "--drain",
        type=float,
        default=float(os.environ.get("DRAIN_SECONDS", 0)),
        help="seconds to serve on after being asked to stop, while /readyz says so: behind a balancer (DRAIN_SECONDS)",
    )
    given = parser.parse_args()
    memory.keep_small()
    load_portal()
    server = Server(
        "scn_portal.wsgi:application",
        address=given.host,
        port=given.port,
        interface=Interfaces.WSGI,
        workers=given.workers,
        blocking_threads=given.threads,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        workers_max_rss=given.max_rss,
        rss_sample_interval=RSS_SECONDS,
    )
    server.drain_seconds = given.drain
    server.serve()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scn_portal.settings")
    main()

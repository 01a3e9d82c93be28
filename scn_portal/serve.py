"""The web server: `python -m scn_portal.serve`, as the image, systemd and the demo run it.

It is granian, with two things that its own command has not: a worker that dies is always replaced, and at once. The
parent loads the portal before it starts workers, so each begins with everything in memory, most of it shared.
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

# Whoever dies this soon after their start so many times in a row would do so for ever.
AT_ONCE_SECONDS = 2
DEATHS_AT_ONCE = 10
# A request that is not done so long after a stop is given up. Docker waits ten seconds before it kills everything.
STOP_SECONDS = 8
# How often it is looked at what the workers take.
RSS_SECONDS = 30


class Server(MPServer):
    """Granian that outlives its workers.

    Its own loop ends the whole server when one worker dies twice within 5.5 seconds, and can miss a death that comes
    while it replaces another.
    """

    deaths_at_once = 0
    drain_seconds = 0.0

    def _serve_loop(self, spawn_target, target_loader) -> None:
        ends_at = None
        while self.main_loop_interrupt.wait(None if ends_at is None else max(0.0, ends_at - time.monotonic())):
            self.main_loop_interrupt.clear()  # first: what happens from here on wakes the loop again
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
        """Have `/readyz` send new requests to other hosts; for how many seconds this one serves on."""
        if self.drain_seconds:
            draining.begin()
        return self.drain_seconds

    def _replace_the_dead(self, spawn_target, target_loader) -> bool:
        """False where that is of no use."""
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
    """Import all that a request needs; what is wrong with the settings ends the server here, and says so."""
    import_module("scn_portal.wsgi")  # sets Django up
    import_module(settings.ROOT_URLCONF)
    routes.collect_names()
    # What is here stays: the collector of a worker would only copy it out of the memory that all share.
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

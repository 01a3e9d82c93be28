from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from prometheus_client import CollectorRegistry, start_wsgi_server
from prometheus_client.multiprocess import MultiProcessCollector

from scn_portal.site.monitoring.state import StateCollector


class Command(BaseCommand):
    help = (
        "Serve the metrics of the portal, in the format of Prometheus, at METRICS_ADDRESS: an inner address, which no "
        "proxy leads to."
    )
    # It has to answer even if the database is down.
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def handle(self, *args, **options) -> None:
        host, port = address(settings.METRICS_ADDRESS)
        try:
            server, thread = start_wsgi_server(port, host, registry())
        except OSError as error:
            raise CommandError(f"METRICS_ADDRESS {settings.METRICS_ADDRESS}: {error.strerror}") from error
        self.stdout.write(f"http://{host}:{server.server_port}/metrics")
        self.stdout.flush()
        thread.join()


def address(text: str) -> tuple[str, int]:
    """Host and port of `text`. Raises CommandError if it is no address."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise CommandError(
            f"METRICS_ADDRESS {text}: give an address of this machine and a port, such as 127.0.0.1:9101."
        )
    return host.strip("[]"), int(port)


def registry() -> CollectorRegistry:
    """The metrics that web processes count, if they do, and the state of the portal."""
    registry = CollectorRegistry()
    if settings.METRICS_DIR:
        Path(settings.METRICS_DIR).mkdir(parents=True, exist_ok=True)
        MultiProcessCollector(registry, path=settings.METRICS_DIR)
    registry.register(StateCollector())
    return registry

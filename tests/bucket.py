"""moto, a server for S3, in a process of its own; and stores with faults."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import boto3
import requests
from django.conf import settings

from scn_portal.demo.mail import free_port
from tests.digests.faults import until
from tests.web_server import stop_with_parent

BUCKET = "files-of-cities"
KEYS = {"access_key": "test", "secret_key": "test"}


class Moto:
    """The server. `client` is a client of boto3, to see what is really there."""

    def __init__(self):
        self.url = f"http://127.0.0.1:{free_port()}"
        self.client = boto3.client(
            "s3", endpoint_url=self.url, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
        )

    def __enter__(self) -> "Moto":
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", self.url.rpartition(":")[2]]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._process = subprocess.Popen(command, env=os.environ, preexec_fn=stop_with_parent, **quiet)
        until(self._answers, 60)
        return self

    def __exit__(self, *exception) -> None:
        self._process.kill()
        self._process.wait()

    def _answers(self) -> bool:
        assert self._process.poll() is None
        try:
            return requests.get(f"{self.url}/moto-api/", timeout=10).ok
        except requests.ConnectionError:
            return False

    def empty(self) -> None:
        """Reset the server to one new, empty bucket."""
        requests.post(f"{self.url}/moto-api/reset", timeout=60)
        self.client.create_bucket(Bucket=BUCKET)

    def keep_versions(self) -> None:
        self.client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})

    def names(self) -> set[str]:
        return {each["Key"] for each in self.client.list_objects_v2(Bucket=BUCKET).get("Contents", ())}


def storages_on(url: str) -> dict:
    """STORAGES with the files of the portal in BUCKET at `url`."""
    options = {"bucket_name": BUCKET, "endpoint_url": url, "region_name": "us-east-1", **KEYS}
    return settings.STORAGES | {
        "default": {"BACKEND": "scn_portal.base.documents.bucket.BucketStorage", "OPTIONS": options}
    }


@contextmanager
def store_that(answers: Callable[[socket.socket], None]) -> Iterator[str]:
    """The address of a store that calls `answers` with each connection after it has read a request."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connected, _address = server.accept()
                except OSError:
                    return
                threading.Thread(target=handle, args=(connected,), daemon=True).start()

        def handle(connected: socket.socket) -> None:
            with connected:
                try:
                    connected.recv(65536)
                    answers(connected)
                except OSError:
                    pass  # the client has given up

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)

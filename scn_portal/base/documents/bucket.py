"""Files in a bucket of a store that speaks S3, if MEDIA_BUCKET names one.

The bucket is private: readers get a file from the portal, which has checked that they may read it. Only the settings
name this module, so that processes that need no file do not load boto3 (forty megabytes). If the store is away or slow,
the portal gives up after some seconds: reading a file raises StoreAway, and saving one raises ValidationError, for the
form.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.exceptions import ValidationError
from django.core.files.base import File
from storages.backends.s3 import S3Storage

from scn_portal.base.documents.storage import STORE_AWAY, Listed, StoreAway

logger = logging.getLogger(__name__)

# Two attempts without an answer take about twenty seconds, which is the longest that a reader waits for any page.
CONNECT_SECONDS, READ_SECONDS, ATTEMPTS = 3, 7, 2
# The longest time for a whole file, in case the store sends only a few bytes at a time.
WHOLE_FILE_SECONDS = 20
PIECE = 256 * 1024  # bytes; files larger than four pieces are on disk while they are sent on


class BucketStorage(S3Storage):
    """The files of MEDIA_BUCKET. One client serves all threads, since each client takes twelve megabytes."""

    def __init__(self, **options: Any):
        addressing = "path" if options.get("endpoint_url") else "auto"
        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
            signature_version="s3v4",
            s3={"addressing_style": addressing},
            # Stores other than Amazon's do not know the newer checksums.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        super().__init__(client_config=config, default_acl=None, **options)
        self._lock, self._client = threading.Lock(), None

    @property
    def client(self) -> Any:
        with self._lock:
            if self._client is None:
                session = boto3.Session(self.access_key or None, self.secret_key or None)
                self._client = session.client(
                    "s3", region_name=self.region_name, endpoint_url=self.endpoint_url, config=self.client_config
                )
            return self._client

    # --- The interface of a storage of Django ------------------------------------------------------------------------

    def _open(self, name: str, mode: str = "rb") -> File:
        """The file, read completely before anything of it is passed on. Raises FileNotFoundError or StoreAway."""
        with self._answers(name):
            body = self.client.get_object(Bucket=self.bucket_name, Key=self._key(name))["Body"]
            return File(_whole(body), name=name)

    def _save(self, name: str, content: File) -> str:
        """Raises ValidationError if the store does not accept the file. If it has been stored all the same, the sweep
        deletes it."""
        content.seek(0)
        try:
            with self._answers(name):
                self.client.put_object(Bucket=self.bucket_name, Key=self._key(name), Body=content)
        except StoreAway as error:
            raise ValidationError(STORE_AWAY, code="store_away") from error
        return name

    def delete(self, name: str) -> None:
        """Delete the file. If this fails now, the daily sweep deletes it, since it no longer belongs to a row."""
        try:
            with self._answers(name):
                self.client.delete_object(Bucket=self.bucket_name, Key=self._key(name))
        except StoreAway:
            logger.warning("The file %s could not be deleted now: the daily sweep does it.", name)

    def exists(self, name: str) -> bool:
        try:
            self.size(name)
        except FileNotFoundError:
            return False
        return True

    def size(self, name: str) -> int:
        """The size in bytes. Raises FileNotFoundError or StoreAway."""
        with self._answers(name):
            return self.client.head_object(Bucket=self.bucket_name, Key=self._key(name))["ContentLength"]

    def url(self, name: str, *given: Any, **options: Any) -> str:
        raise ValueError("A file in the bucket has no address of its own: the portal serves it.")

    # --- More for the portal -----------------------------------------------------------------------------------------

    def listed(self, folder: str) -> Iterator[Listed]:
        """The files of a folder. Raises StoreAway."""
        with self._answers(folder):
            pages = self.client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.bucket_name, Prefix=f"{self._key(folder)}/"):
                for each in page.get("Contents", ()):
                    yield Listed(each["Key"], each["LastModified"].timestamp())

    def keeps_versions(self) -> bool:
        """Whether files that are deleted or replaced in the bucket can be brought back. Raises StoreAway."""
        with self._answers(self.bucket_name):
            return self.client.get_bucket_versioning(Bucket=self.bucket_name).get("Status") == "Enabled"

    def bring_back(self, name: str) -> bool:
        """Undo the deletion of a file; False if the bucket has no version of it. Raises StoreAway."""
        key = self._key(name)
        with self._answers(name):
            versions = self.client.list_object_versions(Bucket=self.bucket_name, Prefix=key)
            markers = [each for each in versions.get("DeleteMarkers", ()) if each["Key"] == key]
            for each in markers:
                self.client.delete_object(Bucket=self.bucket_name, Key=key, VersionId=each["VersionId"])
        return self.exists(name)

    def _key(self, name: str) -> str:
        return self._normalize_name(name)

    @contextmanager
    def _answers(self, name: str) -> Iterator[None]:
        """Raises FileNotFoundError if there is no such file, and StoreAway for any other problem with the store."""
        try:
            yield
        except ClientError as error:
            if error.response["ResponseMetadata"].get("HTTPStatusCode") == 404 and _is_about_a_file(error):
                raise FileNotFoundError(name) from error
            raise _away(error) from error
        except BotoCoreError as error:
            raise _away(error) from error


def _is_about_a_file(error: ClientError) -> bool:
    """Whether a 404 is about a file; if the bucket itself is missing, every file would seem to be missing."""
    return error.response.get("Error", {}).get("Code") != "NoSuchBucket"


def _away(error: Exception) -> StoreAway:
    logger.error("The store of files does not answer as it should: %s", error)
    return StoreAway(str(error))


def _whole(body: Any) -> SpooledTemporaryFile:
    deadline = time.monotonic() + WHOLE_FILE_SECONDS
    whole = SpooledTemporaryFile(max_size=4 * PIECE)  # noqa: SIM115  the reader closes it
    try:
        while piece := body.read(PIECE):
            whole.write(piece)
            if time.monotonic() > deadline:
                raise StoreAway(f"a file took longer than {WHOLE_FILE_SECONDS} seconds")
    except Exception:
        whole.close()
        raise
    finally:
        body.close()
    whole.seek(0)
    return whole

"""For files in a bucket: they stay there, and the versions that the bucket keeps are their backup."""

from collections.abc import Iterable

from django.conf import settings
from django.core.files.storage import default_storage

from scn_portal.base.backup.manifest import BackupError, Manifest
from scn_portal.base.documents import folders
from scn_portal.base.documents.storage import StoreAway


def refuse_without_versions() -> None:
    """Raise BackupError if the bucket keeps no versions, so that files deleted after the backup would be lost."""
    try:
        keeps = default_storage.keeps_versions()
    except StoreAway as error:
        raise BackupError(f"The bucket {settings.MEDIA_BUCKET} cannot be asked: {error}") from error
    if not keeps:
        raise BackupError(
            f"The files are in the bucket {settings.MEDIA_BUCKET}, which keeps no versions: what is deleted there is "
            "lost, and this backup would not have it. Turn its versioning on; see docs/operations.md, “Files in a "
            "bucket”."
        )


def refuse_other_place(saved: Manifest, files: int) -> None:
    """Raise BackupError if the files of a backup are not in the place given by the settings."""
    if saved.bucket and not settings.MEDIA_BUCKET:
        raise BackupError(
            f"The files of this backup are in the bucket {saved.bucket}. Name it, or a copy of it, in MEDIA_BUCKET. "
            "Nothing was changed."
        )
    if files and settings.MEDIA_BUCKET:
        raise BackupError(
            f"This backup has {files} files, and MEDIA_BUCKET is set. Restore it into a folder, without MEDIA_BUCKET, "
            "then copy that into the bucket. Nothing was changed."
        )


def missing_among(names: set[str]) -> set[str]:
    """Those of `names` that the bucket does not have. Raises BackupError."""
    try:
        return names - {each.name for folder in folders.folders() for each in default_storage.listed(folder.name)}
    except StoreAway as error:
        raise BackupError(f"The bucket {settings.MEDIA_BUCKET} cannot be asked: {error}") from error


def bring_back(names: Iterable[str]) -> list[str]:
    """Undo the deletion of files. Returns the names of those without a version in the bucket. Raises BackupError."""
    try:
        return sorted(name for name in names if not default_storage.bring_back(name))
    except StoreAway as error:
        raise BackupError(f"The bucket {settings.MEDIA_BUCKET} cannot be asked: {error}") from error

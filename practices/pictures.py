"""The lead picture of a revision: all its changes, and its two files.

The files never change: another picture has another key. A later revision shares them until it gets its own.
"""

from functools import partial
from pathlib import PurePath

from django.core.files.storage import default_storage
from django.db import transaction

from practices.models import Revision
from scn_portal.base.documents.uploads import LeadPicture
from scn_portal.base.links import path_to

SMALL = "-small"  # at the end of the key of the small picture
COLUMNS = ("picture", "picture_width", "picture_height", "picture_alt_fr", "picture_alt_en", "picture_credit",
           "picture_taken_down_at")  # fmt: skip


def key_of(revision: Revision) -> str:
    """The name of the picture in addresses, without its ending."""
    return PurePath(revision.picture.name).stem


def file_named(key: str) -> str:
    """The name in the storage of the picture with `key`, which may be that of the small one."""
    return f"pictures/{key}.jpg"


def path_of(revision: Revision, *, small: bool = False) -> str:
    """The public path of the picture of `revision`, read with its practice."""
    return path_to("lead_picture", revision.practice.slug, key_of(revision) + SMALL * small)


def put(revision: Revision, picture: LeadPicture, *, before: str) -> None:
    """Store the files of `picture`, and delete those named `before` after the commit. The caller saves the rest."""
    revision.picture_width, revision.picture_height = picture.width, picture.height
    revision.picture_taken_down_at = None
    revision.picture.save(picture.content.name, picture.content, save=False)
    default_storage.save(file_named(key_of(revision) + SMALL), picture.small)
    _forget(before)


def remove(revision: Revision) -> None:
    """Remove the picture and the words about it from a draft."""
    before = revision.picture.name
    revision.picture = revision.picture_credit = revision.picture_alt_fr = revision.picture_alt_en = ""
    revision.picture_width = revision.picture_height = revision.picture_taken_down_at = None
    revision.save(update_fields=COLUMNS)
    _forget(before)


def _forget(name: str) -> None:
    if name:
        transaction.on_commit(partial(_delete_if_unused, name))


def _delete_if_unused(name: str) -> None:
    if not Revision.objects.filter(picture=name).exists():
        default_storage.delete(name)
        default_storage.delete(file_named(PurePath(name).stem + SMALL))

"""The files of the practices of a city, and their sizes. Revisions share files: each file counts once."""

from django.db.models import Sum

from members.models import City
from practices import pictures
from practices.models import Attachment, Revision
from scn_portal.base.documents.folders import Folder, size_of


def _names_of_pictures(revisions) -> list[str]:
    """The names of both files of each picture."""
    keys = [pictures.key_of(each) for each in revisions.exclude(picture="").only("picture").distinct("picture")]
    return [pictures.file_named(key + ending) for key in keys for ending in ("", pictures.SMALL)]


def _bytes_of_pictures(city: City) -> int:
    names = _names_of_pictures(Revision.objects.filter(practice__city=city).order_by("picture"))
    return sum(map(_size, names))


def _size(name: str) -> int:
    try:
        return size_of(name)
    except FileNotFoundError:
        return 0


def _bytes_of_attachments(city: City) -> int:
    files = Attachment.objects.filter(revision__practice__city=city).order_by().values("file", "size").distinct()
    return files.aggregate(bytes=Sum("size"))["bytes"] or 0


ATTACHMENTS = Folder(
    "attachments",
    names=lambda: Attachment.objects.order_by().values_list("file", flat=True).distinct(),
    bytes_of=_bytes_of_attachments,
)
PICTURES = Folder(
    "pictures",
    names=lambda: _names_of_pictures(Revision.objects.order_by("picture")),
    bytes_of=_bytes_of_pictures,
)

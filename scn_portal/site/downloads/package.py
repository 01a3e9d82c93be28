"""All files in one ZIP, with a datapackage.json that describes them (Data Package, version 2)."""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import IO, Any

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponseBase, JsonResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from scn_portal.base.api.schemas import in_each_language
from scn_portal.base.generation import Generation
from scn_portal.base.http.public import public_page
from scn_portal.base.licence import ATTRIBUTION, LICENCE, LICENCE_NAME
from scn_portal.base.links import absolute_url
from scn_portal.base.made_files import asking
from scn_portal.base.made_files.about import About
from scn_portal.base.made_files.answers import not_yet
from scn_portal.base.made_files.delivering import delivered
from scn_portal.base.made_files.making import Work, snapshot
from scn_portal.base.made_files.wanted import Wanted
from scn_portal.base.strangers import PACKAGES, counted_download
from scn_portal.site.downloads.cells import SEPARATOR
from scn_portal.site.downloads.columns import Column, Words, labels_of
from scn_portal.site.downloads.dataset import SCHEMA_VERSION, Dataset, ForeignKey
from scn_portal.site.downloads.datasets import DATASETS, contents, contents_now, last_change
from scn_portal.site.downloads.rows import AT_ONCE, ROWS_PER_CHUNK, Chunked, few
from scn_portal.site.downloads.tables import Table
from scn_portal.site.downloads.views import address_of, open_to_all, table_wanted, write_table

NAME = "strong-cities-network"
TITLE = _("Strong Cities Network: cities, pledges and practices")
DESCRIPTION = _(
    "What the local governments of the Strong Cities Network have promised under the seven commitments of the Melbourne"
    " Declaration, how it stands, and the practices that they share to prevent hate and extremism."
)
KEYWORDS = {
    "en": ["cities", "local government", "prevention", "extremism", "hate", "Melbourne Declaration"],
    "fr": ["villes", "collectivités locales", "prévention", "extrémisme", "haine", "Déclaration de Melbourne"],
}
PROFILES = "https://datapackage.org/profiles/2.0"
EPOCH = datetime(1980, 1, 1, tzinfo=UTC)  # the earliest time that a ZIP can store
BYTES_PER_CHUNK = 1024 * 1024
Descriptor = dict[str, Any]


# --- datapackage.json ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Written:
    """A file of the package after it was written: its size in bytes and its SHA-256."""

    bytes: int
    sha256: str


def descriptor(resources: list[Descriptor], changed: datetime | None) -> Descriptor:
    """The datapackage.json of `resources`. `changed` is when their content last changed."""
    day = f"+{changed:%Y%m%d}" if changed else ""
    return {
        "$schema": f"{PROFILES}/datapackage.json",
        "name": NAME,
        "id": absolute_url(reverse("data_package")),
        **in_both("title", TITLE),
        **in_both("description", DESCRIPTION),
        "homepage": absolute_url(page_in("en", "open_data")),
        "version": f"{SCHEMA_VERSION}{day}",
        **({"created": changed.astimezone(UTC).isoformat().replace("+00:00", "Z")} if changed else {}),
        "licenses": [{"name": "CC-BY-4.0", "path": LICENCE, "title": LICENCE_NAME}],
        "sources": [{"title": ATTRIBUTION, "path": settings.SITE_URL}],
        "contributors": [
            {"title": ATTRIBUTION, "path": settings.SITE_URL, "email": settings.CONTACT_EMAIL, "roles": ["publisher"]}
        ],
        "keywords": [*KEYWORDS["en"], *KEYWORDS["fr"]],
        "languages": ["en", "fr"],
        "resources": resources,
    }


def resource(dataset: Dataset, path: str, written: Written | None = None) -> Descriptor:
    """A dataset as a resource, its CSV at `path`."""
    known = {"bytes": written.bytes, "hash": f"sha256:{written.sha256}"} if written else {}
    return {
        "$schema": f"{PROFILES}/dataresource.json",
        "name": dataset.name,
        "path": path,
        "type": "table",
        **in_both("title", dataset.title),
        **in_both("description", dataset.description),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        **known,
        "schema": table_schema(dataset),
    }


def table_schema(dataset: Dataset) -> Descriptor:
    """The columns and keys of `dataset`."""
    return {
        "$schema": f"{PROFILES}/tableschema.json",
        "fields": [_field(column, dataset.key) for column in dataset.columns],
        "primaryKey": list(dataset.key),
        "foreignKeys": [_foreign_key(key) for key in dataset.foreign_keys],
        "missingValues": [""],
    }


def _field(column: Column, key: tuple[str, ...]) -> Descriptor:
    field = {
        "name": column.key,
        "type": column.type,
        **in_both("title", column.title),
        **in_both("description", column.meaning),
        **({"format": column.format} if column.format else {}),
        **({"delimiter": SEPARATOR, "itemType": column.items} if column.items else {}),
        "example": column.example,
        **_categories(column),
    }
    constraints = _constraints(column, unique=(column.key,) == key)
    return field | ({"constraints": constraints} if constraints else {})


def _constraints(column: Column, *, unique: bool) -> Descriptor:
    codes = column.codes and column.type != "list"
    return {
        **({"required": True} if column.required else {}),
        **({"unique": True} if unique else {}),
        **({"pattern": column.pattern} if column.pattern else {}),
        **({"enum": list(labels_of(column.codes, "en"))} if codes and column.codes else {}),
    }


def _categories(column: Column) -> Descriptor:
    """The codes of a column with their labels."""
    if not column.codes:
        return {}
    french = labels_of(column.codes, "fr")
    labels = labels_of(column.codes, "en").items()
    return {"categories": [{"value": code, "label": label, "label_fr": french[code]} for code, label in labels]}


def _foreign_key(key: ForeignKey) -> Descriptor:
    return {"fields": [key.column], "reference": {"resource": key.dataset, "fields": [key.of]}}


def page_in(language: str, name: str) -> str:
    """The path of the page `name` in `language`, whatever the language of the request, since these files have no
    language."""
    with override(language):
        return reverse(name)


def in_both(name: str, words: Words) -> dict[str, str]:
    """`words` in English under `name`, and in French under `name` with `_fr`."""
    both = in_each_language(lambda: str(words))
    return {name: both["en"], f"{name}_fr": both["fr"]}


@public_page()
def datapackage_json(request: HttpRequest) -> JsonResponse:
    """The datapackage.json of the single files, at their own addresses."""
    resources = [resource(dataset, absolute_url(address_of(name, "csv"))) for name, dataset in DATASETS.items()]
    described = descriptor(resources, last_change(contents()))
    return open_to_all(JsonResponse(described, json_dumps_params={"ensure_ascii": False}))


# --- The ZIP ---------------------------------------------------------------------------------------------------------

WHOLE = Wanted("package", "zip", {})
NO_MOMENT = Generation(0, 0)  # of files that are not kept


@public_page()
@counted_download(PACKAGES)
def data_package(request: HttpRequest) -> HttpResponseBase:
    """All files in one ZIP: written at once if the rows are few, else made by a worker. The bytes are the same as long
    as nothing changes."""
    file = asking.find(WHOLE)
    if file is None and (at_once := _at_once()):
        return _with_headers(at_once)
    made = delivered(request, WHOLE, file, "application/zip")
    return _with_headers(made) if made else not_yet(request, WHOLE)


def _at_once() -> HttpResponseBase | None:
    """The ZIP, if all rows of all files together cost about as much as a page; else None."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
    with snapshot(), Work(file, NO_MOMENT) as work:
        rows = {name: few(dataset.all_rows()) for name, dataset in DATASETS.items()}
        if sum(AT_ONCE + 1 if read is None else len(read) for read in rows.values()) > AT_ONCE:
            file.close()
            return None
        write_package(work, rows)
    file.seek(0)
    return FileResponse(file, content_type="application/zip")


def _with_headers(response: HttpResponseBase) -> HttpResponseBase:
    response["Content-Disposition"] = f'attachment; filename="{NAME}.zip"'
    response["Content-Language"] = "en, fr"
    return open_to_all(response)


def make_package(parameters: dict[str, str], work: Work) -> None:
    """The function that a worker runs for WHOLE."""
    write_package(work, {name: Chunked(dataset.all_rows()) for name, dataset in DATASETS.items()})


def about_package(parameters: dict[str, str]) -> About:
    """The title of the ZIP, and its address."""
    return About(f"{TITLE} (ZIP)", reverse("data_package"))


def write_package(work: Work, rows: Mapping[str, Any]) -> None:
    """Write the ZIP with the `rows` of each dataset. The caller has opened a snapshot, so that everything is from one
    moment. A large part is also kept as a separate file."""
    done = Progress(work, sum(map(len, rows.values())))
    changed = last_change(contents_now())
    with zipfile.ZipFile(work.file, "w", zipfile.ZIP_DEFLATED) as package:
        resources = []
        for name, dataset in DATASETS.items():
            part = _part(work, dataset, done.of(rows[name]))
            resources.append(resource(dataset, f"{name}.csv", _write_part(package, f"{name}.csv", part, changed)))
        described = json.dumps(descriptor(resources, changed), ensure_ascii=False, indent=2)
        package.writestr(_entry("datapackage.json", changed), described)


class Progress:
    """Tells how many of all rows of a package have been read."""

    def __init__(self, work: Work, total: int) -> None:
        self._work, self._total, self._read = work, max(total, 1), 0

    def of(self, rows: Any) -> "Counted":
        """`rows`, counted while they are read."""
        return Counted(rows, self._one_more)

    def _one_more(self) -> None:
        self._read += 1
        if self._read % ROWS_PER_CHUNK == 0:
            self._work.say(self._read / self._total)


@dataclass(frozen=True)
class Counted:
    """Rows, with a function that is called for each row that is read."""

    rows: Any
    one_more: Callable[[], None]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Any]:
        for row in self.rows:
            self.one_more()
            yield row


def _part(work: Work, dataset: Dataset, rows: Counted) -> IO[bytes]:
    # A small file is not kept, since it is made at once when somebody asks for it. Nor is a part with other rows than
    # the file with this name.
    keep = len(rows) > AT_ONCE and dataset.whole is None
    table = Table(dataset.name, dataset.name, {}, dataset.columns, rows)
    write = partial(write_table, table=table, dataset=dataset, format="csv")
    return work.part(table_wanted(dataset.name, "csv", "", "en"), write, keep=keep)


def _write_part(package: zipfile.ZipFile, name: str, part: IO[bytes], changed: datetime | None) -> Written:
    size, digest = 0, hashlib.sha256()
    with package.open(_entry(name, changed), "w", force_zip64=True) as entry:
        while chunk := part.read(BYTES_PER_CHUNK):
            entry.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    return Written(size, digest.hexdigest())


def _entry(name: str, changed: datetime | None) -> zipfile.ZipInfo:
    """An entry with the time of the last change: with the time of the request, no two packages would be the same."""
    moment = max(changed or EPOCH, EPOCH).astimezone(UTC)
    entry = zipfile.ZipInfo(name, moment.timetuple()[:6])
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    return entry


urlpatterns = [
    path("data/datapackage.json", datapackage_json, name="datapackage_json"),
    path(f"data/{NAME}.zip", data_package, name="data_package"),
]

"""Every file in one ZIP, with a datapackage.json that says what is in them (Data Package, version 2)."""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any

from django.conf import settings
from django.db import connection, transaction
from django.http import FileResponse, HttpRequest, HttpResponseBase, JsonResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from scn_portal.base.api.schemas import in_each_language
from scn_portal.base.http.public import public_page
from scn_portal.base.licence import ATTRIBUTION, LICENCE, LICENCE_NAME
from scn_portal.base.links import absolute_url
from scn_portal.base.strangers import PACKAGES, counted_download
from scn_portal.site.downloads.cells import SEPARATOR
from scn_portal.site.downloads.columns import Column, Words, labels_of
from scn_portal.site.downloads.dataset import ROWS_PER_CHUNK, SCHEMA_VERSION, Dataset, ForeignKey
from scn_portal.site.downloads.datasets import DATASETS, contents, last_change
from scn_portal.site.downloads.tables import Table, as_csv
from scn_portal.site.downloads.views import address_of, open_to_all

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
EPOCH = datetime(1980, 1, 1, tzinfo=UTC)  # the first moment that a ZIP can hold
Descriptor = dict[str, Any]


# --- datapackage.json ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Written:
    """A file of the package: its size in bytes and its SHA-256."""

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
    """The path of the page `name` in `language`, which is not that of the request: these files have none."""
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


@public_page()
@counted_download(PACKAGES)
def data_package(request: HttpRequest) -> HttpResponseBase:
    """Every file in one ZIP: the same bytes as long as nothing changes."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
    write_package(file)
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=f"{NAME}.zip")
    response["Content-Language"] = "en, fr"
    return open_to_all(response)


def write_package(file: IO[bytes]) -> None:
    """Write the ZIP to `file`, a row at a time, everything as it was at one moment."""
    with snapshot(), zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        changed = last_change(contents())
        resources = [
            resource(dataset, f"{name}.csv", _write_rows(package, f"{name}.csv", dataset, changed))
            for name, dataset in DATASETS.items()
        ]
        described = json.dumps(descriptor(resources, changed), ensure_ascii=False, indent=2)
        package.writestr(_entry("datapackage.json", changed), described)


def _write_rows(package: zipfile.ZipFile, name: str, dataset: Dataset, changed: datetime | None) -> Written:
    table = Table(name, name, {}, dataset.columns, dataset.all_rows().iterator(chunk_size=ROWS_PER_CHUNK))
    size, digest = 0, hashlib.sha256()
    with package.open(_entry(name, changed), "w") as entry:
        for chunk in map(str.encode, as_csv(table)):
            entry.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    return Written(size, digest.hexdigest())


def _entry(name: str, changed: datetime | None) -> zipfile.ZipInfo:
    """An entry dated by its content: with the time of the request, no two packages would be the same."""
    moment = max(changed or EPOCH, EPOCH).astimezone(UTC)
    entry = zipfile.ZipInfo(name, moment.timetuple()[:6])
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    return entry


@contextmanager
def snapshot() -> Iterator[None]:
    """Everything read within is of one moment, so that no row refers to one that came later.

    Within another transaction, it is as that one has it.
    """
    begun_here = not connection.in_atomic_block
    with transaction.atomic():
        if begun_here:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


urlpatterns = [
    path("data/datapackage.json", datapackage_json, name="datapackage_json"),
    path(f"data/{NAME}.zip", data_package, name="data_package"),
]

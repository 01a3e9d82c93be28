"""The datasets for search engines: a DataCatalog in the vocabulary of schema.org."""

from django.urls import reverse
from django.utils.translation import override

from scn_portal.base.languages import CODES
from scn_portal.base.licence import LICENCE
from scn_portal.base.links import absolute_url
from scn_portal.site.downloads.dataset import SCHEMA_VERSION, Content, Dataset
from scn_portal.site.downloads.datasets import DATASETS
from scn_portal.site.downloads.package import DESCRIPTION, KEYWORDS, TITLE
from scn_portal.site.downloads.views import MEDIA_TYPES, address_of
from scn_portal.site.sharing.structured_data import Data, organization


def data_catalogue(language: str, contents: dict[str, Content] | None = None) -> Data:
    """All datasets, in `language`; with dates if their `contents` are given."""
    with override(language):
        datasets = [_dataset(each, language, (contents or {}).get(name)) for name, each in DATASETS.items()]
        return {
            "@type": "DataCatalog",
            "@id": absolute_url(reverse("open_data")),
            "name": str(TITLE),
            "description": str(DESCRIPTION),
            "url": absolute_url(reverse("open_data")),
            "inLanguage": list(CODES),
            **_shared(language),
            "dataset": [_package(language), *datasets],
        }


def _shared(language: str) -> Data:
    """What the catalogue and each dataset have in common."""
    return {
        "license": LICENCE,
        "publisher": organization(),
        "creator": organization(),
        "isAccessibleForFree": True,
        "keywords": KEYWORDS[language],
    }


def _package(language: str) -> Data:
    zipped = _file(reverse("data_package"), "application/zip")
    return _described(language, str(TITLE), str(DESCRIPTION), reverse("open_data"), [zipped])


def _dataset(dataset: Dataset, language: str, content: Content | None) -> Data:
    files = [_file(address_of(dataset.name, format, language), MEDIA_TYPES[format]) for format in dataset.formats]
    page = f"{reverse('data_dictionary')}#{dataset.name}"
    described = _described(language, str(dataset.title), str(dataset.description), page, files)
    variables = [column.key for column in dataset.columns]
    return described | {"identifier": dataset.name, "variableMeasured": variables} | {**_dated(content)}


def _described(language: str, name: str, description: str, path: str, files: list[Data]) -> Data:
    return {
        "@type": "Dataset",
        "@id": absolute_url(path),
        "name": name,
        "description": description,
        "url": absolute_url(path),
        "inLanguage": list(CODES),
        "version": SCHEMA_VERSION,
        "includedInDataCatalog": {"@id": absolute_url(reverse("open_data"))},
        **_shared(language),
        "distribution": files,
    }


def _file(path: str, media_type: str) -> Data:
    return {"@type": "DataDownload", "contentUrl": absolute_url(path), "encodingFormat": media_type}


def _dated(content: Content | None) -> dict[str, str]:
    if content is None:
        return {}
    dates = {"datePublished": content.published_at, "dateModified": content.modified_at}
    period = {"temporalCoverage": f"{content.since}/{content.until}"} if content.since else {}
    return {name: moment.isoformat() for name, moment in dates.items() if moment} | period

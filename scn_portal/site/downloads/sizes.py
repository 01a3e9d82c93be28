"""The sizes of the files, for the catalogue.

A size is known only after the file is written. The size of a file with few rows is cached as long as its content does
not change. The size of a larger file is known only if a worker has made the current file.
"""

import datetime as dt
import tempfile
from functools import lru_cache

from django.http import QueryDict
from django.utils.translation import override

from scn_portal.base.made_files import asking
from scn_portal.base.made_files.making import Work, snapshot
from scn_portal.site.downloads.dataset import Content
from scn_portal.site.downloads.datasets import DATASETS, last_change
from scn_portal.site.downloads.package import NO_MOMENT, WHOLE, write_package
from scn_portal.site.downloads.rows import AT_ONCE
from scn_portal.site.downloads.views import table_of, table_wanted, write_table


class Sizes:
    """The sizes of all files in bytes, for the contents `found`: one query if any of them is made by a worker."""

    def __init__(self, found: dict[str, Content]) -> None:
        self._found = found
        many = [table_wanted(name, format, "", "en") for name in found if not self._has_few(name)
                for format in DATASETS[name].formats]  # fmt: skip
        self._of_made = asking.current_sizes([*many, WHOLE]) if many else {}

    def file(self, name: str, format: str) -> int | None:
        if self._has_few(name):
            return _file_size(name, format, self._found[name].modified_at, self._found[name].rows)
        return self._of_made.get(table_wanted(name, format, "", "en").key)

    def package(self) -> int | None:
        """The size of the ZIP; None if it is made by a worker and the current one does not exist yet."""
        if sum(content.rows for content in self._found.values()) <= AT_ONCE:
            return _package_size(last_change(self._found))
        return self._of_made.get(WHOLE.key)

    def _has_few(self, name: str) -> bool:
        return self._found[name].rows <= AT_ONCE


@lru_cache(maxsize=128)
def _file_size(name: str, format: str, changed: dt.datetime | None, rows: int) -> int:
    """The size of a file with few rows. `changed` and `rows` are there only as the key of the cache."""
    dataset = DATASETS[name]
    with override("en"), tempfile.TemporaryFile() as file:
        found = dataset.read(QueryDict(), "en")
        write_table(file, table_of(dataset, format, found.query, found.rows), dataset, format)
        return file.seek(0, 2)


@lru_cache(maxsize=8)
def _package_size(changed: dt.datetime | None) -> int:
    with tempfile.TemporaryFile() as file:
        with snapshot(), Work(file, NO_MOMENT) as work:
            write_package(work, {name: list(dataset.all_rows()) for name, dataset in DATASETS.items()})
        return file.seek(0, 2)

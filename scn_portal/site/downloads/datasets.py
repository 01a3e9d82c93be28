"""The datasets to download: which rows, in which columns.

The rows of each dataset are read in one query. They have only what the public sees: listed cities, live revisions,
updates that were not taken down, and no names of people.
"""

import datetime as dt
from collections.abc import Mapping

from scn_portal.base import kept_counts
from scn_portal.base.models import PublicRecord
from scn_portal.site.downloads.cities import CITIES, COMMITMENTS, ENDORSEMENTS, MATRIX
from scn_portal.site.downloads.dataset import Content, Dataset
from scn_portal.site.downloads.pledges import MILESTONES, PLEDGES, UPDATES
from scn_portal.site.downloads.practices import PRACTICES

# The names under which the numbers of large datasets are kept.
LIST, ROWS, PUBLISHED, SINCE, UNTIL = "datasets", "rows", "published", "since", "until"
# Datasets that others refer to come first.
DATASETS: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (CITIES, COMMITMENTS, PLEDGES, MILESTONES, UPDATES, PRACTICES, ENDORSEMENTS, MATRIX)
}


def contents() -> dict[str, Content]:
    """The content of each dataset: two queries if the numbers are kept, as they are for many rows; else they are
    counted, with one more query for each dataset."""
    kept = kept_counts.read(LIST).get(LIST)
    last_changes = PublicRecord.objects.last_changes()
    return _contents_from(kept.counts, last_changes) if kept else _counted(last_changes)


def contents_now() -> dict[str, Content]:
    """The current content of each dataset, counted: one query for each dataset, and one for when they last changed."""
    return _counted(PublicRecord.objects.last_changes())


def count() -> dict[tuple[str, str], int]:
    """The numbers to keep: for each dataset the number of its rows, and its first and last dates, each as part of a
    value with the number 1. The time of the last change is read each time instead."""
    kept: dict[tuple[str, str], int] = {}
    for name, dataset in DATASETS.items():
        content = dataset.undated_content()
        first = content.published_at.isoformat() if content.published_at else ""
        dates = {PUBLISHED: first, SINCE: content.since, UNTIL: content.until}
        kept[ROWS, name] = content.rows
        kept |= {(about, f"{name}:{value}"): 1 for about, value in dates.items() if value}
    return kept


def _counted(last_changes: Mapping[str, dt.datetime]) -> dict[str, Content]:
    return {name: dataset.content(last_changes) for name, dataset in DATASETS.items()}


def _contents_from(
    counts: Mapping[tuple[str, str], int], last_changes: Mapping[str, dt.datetime]
) -> dict[str, Content]:
    """The content of each dataset from the numbers that `count` returned."""
    dates = {(about, value.partition(":")[0]): value.partition(":")[2] for about, value in counts if about != ROWS}
    return {name: _content(dataset, counts[ROWS, name], dates, last_changes) for name, dataset in DATASETS.items()}


def _content(
    dataset: Dataset, rows: int, dates: Mapping[tuple[str, str], str], last_changes: Mapping[str, dt.datetime]
) -> Content:
    first, since, until = (dates.get((about, dataset.name)) for about in (PUBLISHED, SINCE, UNTIL))
    published_at = dt.datetime.fromisoformat(first) if first else None
    return Content(rows, published_at, dataset.last_change(last_changes), since, until)


def last_change(contents: dict[str, Content]) -> dt.datetime | None:
    """The time when anything last changed or was removed. It never goes back in time."""
    return max((content.modified_at for content in contents.values() if content.modified_at), default=None)

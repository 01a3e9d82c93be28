"""The datasets to download: which rows, in which columns.

The rows of each are read in one query. Only what the public sees: listed cities, live revisions, updates that were not
taken down, and no names of people.
"""

import datetime as dt
from typing import Any

from scn_portal.base.made_files.numbers import counted
from scn_portal.base.models import PublicRecord
from scn_portal.site.downloads.cities import CITIES, COMMITMENTS, ENDORSEMENTS, MATRIX
from scn_portal.site.downloads.dataset import Content, Dataset
from scn_portal.site.downloads.pledges import MILESTONES, PLEDGES, UPDATES
from scn_portal.site.downloads.practices import PRACTICES

# Those that others refer to come first.
DATASETS: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (CITIES, COMMITMENTS, PLEDGES, MILESTONES, UPDATES, PRACTICES, ENDORSEMENTS, MATRIX)
}


def contents() -> dict[str, Content]:
    """What each dataset holds: counted now, with a query a dataset, or as it was lately where there are many rows."""
    found = counted("contents", "en", count_contents, rows=lambda told: sum(each["rows"] for each in told.values()))
    return {name: Content.told(content) for name, content in found.items()}


def contents_now() -> dict[str, Content]:
    """What each dataset holds now: one query a dataset, and one for when they last changed."""
    last_changes = PublicRecord.objects.last_changes()
    return {name: dataset.content(last_changes) for name, dataset in DATASETS.items()}


def count_contents() -> dict[str, Any]:
    """The same as JSON."""
    return {name: content.as_json() for name, content in contents_now().items()}


def last_change(contents: dict[str, Content]) -> dt.datetime | None:
    """When anything last changed or was removed: never earlier than it was before."""
    return max((content.modified_at for content in contents.values() if content.modified_at), default=None)

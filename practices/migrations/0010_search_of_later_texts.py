"""The claim and what was added in words to groups and themes are found by the search.

PostgreSQL before 17 cannot change the expression of a generated column, and Django never does, so each column is dropped
and made again, in one transaction: the release before, still running, knows the columns by the same names and never
sees them missing. The table is written once more, which takes seconds for some ten thousand revisions.
"""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations

from scn_portal.base.search.full_text import CONFIGURATIONS, searchable

INDEXES = {"fr": "practices_r_search__871b5e_gin", "en": "practices_r_search__a03380_gin"}


def column(code: str):
    def named(*names: str) -> tuple[str, ...]:
        return tuple(f"{name}_{code}" for name in names)

    return searchable(
        CONFIGURATIONS[code],
        A=(*named("title"), "original_name"),
        B=named("claim", "summary"),
        C=named("challenge", "approach", "results", "evidence", "lessons", "transfer"),
        D=named("lead", "partners", "resources", "safeguards", "target_groups_other", "themes_other"),
    )


class Migration(migrations.Migration):
    dependencies = [("practices", "0009_practice_as_evidence")]

    operations = [
        operation
        for code, index in INDEXES.items()
        for operation in (
            migrations.RemoveIndex("revision", index),
            migrations.RemoveField("revision", f"search_{code}"),
            migrations.AddField("revision", f"search_{code}", column(code)),
            migrations.AddIndex("revision", GinIndex(fields=[f"search_{code}"], name=index)),
        )
    ]

"""Full-text search in two languages: the columns that hold what is searched, and what a reader's words ask of them.

The configurations `scn_french`, `scn_english` and `scn_names` are made by the migrations of members: stemmed French,
stemmed English, and words as they stand; accents are ignored in all three. So `eleves` finds « élèves ».
"""

from django.contrib.postgres.search import CombinedSearchVector, SearchVector, SearchVectorField
from django.db import models

CONFIGURATIONS = {"fr": "scn_french", "en": "scn_english"}
NAMES = "scn_names"


def searchable(configuration: str, **fields: tuple[str, ...]) -> models.GeneratedField:
    """A column with the words of `fields` for search, kept by the database: weight="title" fields, by weight A to D.

    `searchable("scn_french", A=("title_fr",), B=("summary_fr",))`.
    """
    expression: SearchVector | CombinedSearchVector | None = None
    for weight, names in sorted(fields.items()):
        for name in names:
            vector = SearchVector(name, weight=weight, config=configuration)
            expression = vector if expression is None else expression + vector
    return models.GeneratedField(expression=expression, output_field=SearchVectorField(), db_persist=True)

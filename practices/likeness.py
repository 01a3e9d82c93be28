"""Practices whose summary is very similar to another one.

Computing the similarity of two texts means comparing all their letters. So only texts that share the most telling words
are compared. These are the rarest words, by the statistics that the database keeps of the search columns anyway.
"""

from itertools import combinations

from django.contrib.postgres.search import TrigramSimilarity
from django.db import connection
from django.db.models import BooleanField, F, FloatField, Func, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Greatest

from practices.choices import Status
from practices.models import Revision, SearchedRevision, WaitingRevision
from scn_portal.base.languages import CODES
from scn_portal.base.search.full_text import CONFIGURATIONS

# The least trigram similarity of two summaries that count as very similar.
VERY_LIKE = 0.6
MAX_LIKE = 3
# A copied summary keeps at least SHARED of the TELLING rarest words.
TELLING, SHARED = 5, 2
MAX_COMPARED = 200
_RAREST = """
    SELECT said.code, array_agg(said.word ORDER BY said.place) FROM (
        SELECT summary.code, word,
            row_number() OVER (
                PARTITION BY summary.code ORDER BY known.share NULLS FIRST, length(word) DESC, word
            ) AS place
        FROM unnest(%s::text[], %s::text[], %s::text[]) AS summary (code, configuration, words)
        CROSS JOIN LATERAL unnest(tsvector_to_array(to_tsvector(configuration::regconfig, words))) AS word
        LEFT JOIN LATERAL (
            SELECT share FROM pg_stats CROSS JOIN LATERAL
                unnest(most_common_elems::text::text[], most_common_elem_freqs) AS common (element, share)
            WHERE schemaname = current_schema AND tablename = 'practices_revision'
                AND attname = 'search_' || summary.code AND element = word
        ) AS known ON TRUE
    ) AS said WHERE said.place <= %s GROUP BY said.code
"""


class Matches(Func):
    """Whether a search column matches the second expression, a text in the syntax of tsquery."""

    template = "%(expressions)s::tsquery"
    arg_joiner = " @@ "
    output_field = BooleanField()


def very_like(revision: Revision) -> list[Revision]:
    """The public revisions of other practices, and other submissions of its city, with nearly the same summary; the
    most similar first."""
    summaries = {code: text for code in CODES if (text := getattr(revision, f"summary_{code}"))}
    if not summaries:
        return []
    none = Value(0.0, output_field=FloatField())
    scores = [Coalesce(TrigramSimilarity(f"summary_{code}", text), none) for code, text in summaries.items()]
    compared = Revision.objects.filter(pk__in=_keys_to_compare(revision, summaries))
    scored = compared.annotate(likeness=Greatest(none, *scores)).filter(likeness__gte=VERY_LIKE)
    return list(scored.without_long_texts().select_related("practice__city").order_by("-likeness", "pk")[:MAX_LIKE])


def _keys_to_compare(revision: Revision, summaries: dict[str, str]) -> QuerySet:
    """The keys of the revisions that `revision` is compared with: those with SHARED of the most telling words of one of
    `summaries`."""
    condition = Q(pk__in=[])
    for code, words in _telling_words(summaries).items():
        condition |= Q(Matches(F(f"search_{code}"), Value(_query_for_shared_words(words))))
    # Public revisions are found in the narrow copy, which is faster to read.
    public = SearchedRevision.objects.filter(condition).exclude(revision__practice=revision.practice)
    city = revision.practice.city_id
    waiting = WaitingRevision.objects.filter(status=Status.SUBMITTED, city=city).exclude(practice=revision.practice)
    besides = Revision.objects.filter(condition, pk__in=waiting.values("pk")).order_by()
    return public.order_by().values("pk")[:MAX_COMPARED].union(besides.values("pk")[:MAX_COMPARED], all=True)


def _telling_words(summaries: dict[str, str]) -> dict[str, list[str]]:
    """By language, the rarest words of each summary as the search stores them, the rarest first."""
    configurations = [CONFIGURATIONS[code] for code in summaries]
    with connection.cursor() as cursor:
        cursor.execute(_RAREST, [list(summaries), configurations, list(summaries.values()), TELLING])
        return dict(cursor.fetchall())


def _query_for_shared_words(words: list[str]) -> str:
    """A tsquery that matches SHARED of `words`, or the only word."""
    quoted = ["'" + word.replace("\\", "\\\\").replace("'", "''") + "'" for word in words]
    return " | ".join(f"({' & '.join(some)})" for some in combinations(quoted, min(SHARED, len(quoted))))

"""The words of the public texts, and suggestions for words that no public text has.

The list is made from everything that the public can search: live revisions, commitments, the names and the pledges of
listed cities. It may be a few minutes old, so a word is suggested only if a public text has it now.
"""

from typing import Protocol, Self, TypeVar

from django.db import connection, transaction
from rapidfuzz.distance import OSA

from practices.models import Word
from practices.models.word import MAX_LENGTH
from scn_portal.base.languages import CODES
from scn_portal.base.search.query import SearchQuery, Term, plain_words

MIN_LENGTH = 4
MAX_WORDS = 6
CANDIDATES = 8


# One row for each text. ts_stat reads it, and counts the texts that have each word.
_TEXTS = """
SELECT to_tsvector('simple', concat_ws(' ', original_name, title_{0}, claim_{0}, summary_{0}, challenge_{0},
    approach_{0}, lead_{0}, partners_{0}, resources_{0}, results_{0}, evidence_{0}, lessons_{0}, transfer_{0},
    safeguards_{0}, target_groups_other_{0}, themes_other_{0}))
    FROM practices_revision r JOIN practices_practice p ON p.id = r.practice_id JOIN members_city c ON c.id = p.city_id
    WHERE r.status = 'published' AND c.hidden_at IS NULL
UNION ALL SELECT to_tsvector('simple', concat_ws(' ', p.title_{0}, p.description_{0}, p.target_{0}, p.baseline_{0},
    p.indicator_name_{0}, p.partners_{0}, p.also_said_{0}))
    FROM commitments_pledge p JOIN members_city c ON c.id = p.city_id WHERE c.status <> 'former'
    AND c.hidden_at IS NULL
    AND p.published_at IS NOT NULL AND p.taken_down_at IS NULL
UNION ALL SELECT to_tsvector('simple', concat_ws(' ', c.title_{0}, c.short_{0}, c.wording_{0}))
    FROM commitments_commitment c JOIN commitments_declaration d ON d.id = c.declaration_id
    WHERE d.slug = 'melbourne-2018'
UNION ALL SELECT to_tsvector('simple', name_{0}) FROM members_city WHERE status <> 'former' AND hidden_at IS NULL
"""
_REFRESH = """
WITH found AS (
    SELECT %s AS language, word, lower(unaccent(word)) AS plain, ndoc AS texts FROM ts_stat(%s)
    WHERE length(word) BETWEEN %s AND %s AND word !~ '[[:digit:][:punct:]]'
), gone AS (
    DELETE FROM practices_word w WHERE w.language = %s AND NOT EXISTS (SELECT FROM found f WHERE f.word = w.word)
)
INSERT INTO practices_word (language, word, plain, texts) SELECT language, word, plain, texts FROM found
ON CONFLICT (language, word) DO UPDATE SET texts = EXCLUDED.texts WHERE practices_word.texts <> EXCLUDED.texts
"""


@transaction.atomic
def refresh() -> int:
    """Bring the list up to date with the public texts. Returns how many words it holds."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE practices_word IN SHARE ROW EXCLUSIVE MODE")  # one at a time
        for code in CODES:
            cursor.execute(_REFRESH, [code, _TEXTS.format(code), MIN_LENGTH, MAX_LENGTH, code])
    return Word.objects.count()


# Whether something public has {0}, a column, in either language. With OFFSET 0 the subquery is planned by itself and
# uses the index; without it, the planner would read the table to find a first row.
_PUBLIC = """(
    EXISTS (SELECT FROM (SELECT FROM practices_searchedrevision r WHERE
        r.search_fr @@ plainto_tsquery('scn_french', {0}) OR r.search_en @@ plainto_tsquery('scn_english', {0})
        OFFSET 0) AS r)
    OR EXISTS (SELECT FROM commitments_pledge p JOIN members_city c ON c.id = p.city_id WHERE c.status <> 'former'
    AND c.hidden_at IS NULL
        AND p.published_at IS NOT NULL AND p.taken_down_at IS NULL
        AND (p.search_fr @@ plainto_tsquery('scn_french', {0}) OR p.search_en @@ plainto_tsquery('scn_english', {0})))
    OR EXISTS (SELECT FROM commitments_commitment
        WHERE search_fr @@ plainto_tsquery('scn_french', {0}) OR search_en @@ plainto_tsquery('scn_english', {0}))
    OR EXISTS (SELECT FROM members_city WHERE status <> 'former' AND hidden_at IS NULL
        AND search @@ plainto_tsquery('scn_names', {0}))
)"""
_NEAREST = f"""
SELECT typed.place - 1, near.word, near.language, near.texts
FROM unnest(%s::text[]) WITH ORDINALITY AS typed (plain, place)
CROSS JOIN LATERAL (
    SELECT word, language, texts FROM practices_word WHERE plain %% typed.plain
    ORDER BY similarity(plain, typed.plain) DESC, texts DESC, word LIMIT {CANDIDATES}
) AS near
WHERE NOT {_PUBLIC.format("typed.plain")} AND {_PUBLIC.format("near.word")}
"""


def suggestion(query: SearchQuery, language: str) -> str:
    """`query` with known words in place of those that no public text has; "" if there are none. One database query.

    Phrases and exclusions stay as they are.
    """
    typed = {term: words[0] for term in query.wanted if len(words := plain_words(term.words)) == 1}
    typed = {term: word for term, word in typed.items() if not term.is_phrase and MIN_LENGTH <= len(word) <= MAX_LENGTH}
    terms = list(typed)[:MAX_WORDS]
    if not terms:
        return ""
    with connection.cursor() as cursor:
        cursor.execute(_NEAREST, [[typed[term] for term in terms]])
        found = cursor.fetchall()
    meant: dict[Term, tuple] = {}
    for place, word, of, texts in found:
        term = terms[place]
        edits = OSA.distance(typed[term], "".join(plain_words(word)))
        candidate = (edits, of != language, -texts, word)
        if edits <= max(1, len(typed[term]) // 3) and candidate < meant.get(term, (MAX_LENGTH,)):
            meant[term] = candidate
    return query.with_words({term: best[-1] for term, best in meant.items()}) if meant else ""


class WordSearch(Protocol):
    """A search for words. It may have other filters."""

    @property
    def suggested(self) -> str:
        """Known words in place of those that no public text has; "" if there are none."""

    @property
    def finds_nothing(self) -> bool:
        """Whether nothing has any of the words."""

    @property
    def finds_all_words(self) -> bool:
        """Whether something has all of the words."""

    def with_words(self, words: str) -> Self:
        """The same search for other words."""


Search = TypeVar("Search", bound=WordSearch)


def corrected(search: Search) -> Search | None:
    """The search for the words that were probably meant, if the typed words find nothing and the other words find
    something that has all of them; else None. A word that a public text has is never replaced, nor a word in quotes."""
    if not search.finds_nothing or not search.suggested:
        return None
    meant = search.with_words(search.suggested)
    return meant if meant.finds_all_words else None

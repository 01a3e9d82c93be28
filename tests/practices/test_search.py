"""Practices are found by their words, in both languages, and by their place; nothing but what is public is found."""

import pytest
from django.contrib.postgres.indexes import GinIndex
from django.db import connection
from django.test.utils import CaptureQueriesContext

from practices import vocabulary
from practices.choices import Status
from practices.models import SearchedRevision
from scn_portal.base.search.query import parse
from tests.factories import CityFactory, RevisionFactory
from tests.practices.searching import BOTH, asked, practice, titles

pytestmark = pytest.mark.django_db


@BOTH
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("élève", "Des élèves médiateurs"),
        ("eleves", "Des élèves médiateurs"),
        ("ÉLÈVES", "Des élèves médiateurs"),
        ("mediateur", "Des élèves médiateurs"),
        ("l'élève", "Des élèves médiateurs"),
        ("les élèves", "Des élèves médiateurs"),
        ("frontline workers", "Training a frontline worker"),
        ("the workers", "Training a frontline worker"),
        ("train", "Training a frontline worker"),
    ],
)
def test_endings_accents_and_capitals_do_not_matter_whatever_the_language_of_the_reader(language, typed, found):
    practice(fr="Des élèves médiateurs")
    practice(en="Training a frontline worker")
    assert titles(typed, language) == [found]


@BOTH
def test_a_stop_word_with_an_accent_asks_for_nothing(language):
    practice(fr="Aide aux victimes")
    assert titles("aide à victimes", language) == ["Aide aux victimes"]


def test_a_phrase_is_found_in_its_order_alone():
    practice(en="Police trained by youth")
    practice(en="A youth police")
    assert titles('"youth police"') == titles("“youth police”") == titles("« youth police »") == ["A youth police"]
    assert set(titles("youth police")) == {"Police trained by youth", "A youth police"}


def test_what_is_excluded_is_so_in_either_language_and_in_the_place():
    lyon = CityFactory(name_en="Lyontest", name_fr="Lyontest")
    practice(en="Violence and youth", fr="Violence et jeunes")
    practice(en="Violence and schools", fr="Violence et écoles", city=lyon)
    assert titles("violence -youth") == ["Violence and schools"]
    assert titles("violence -jeunes") == ["Violence and schools"]
    assert titles('violence -"et jeunes"') == ["Violence and schools"]
    assert titles("violence -lyontest") == ["Violence and youth"]
    assert titles("-jeunes") == ["Violence and schools"]
    assert titles("violence -the") == titles("violence")


def test_either_side_of_or_will_do():
    for title in ("Prison", "Police", "School"):
        practice(en=title)
    assert set(titles("prison or police")) == set(titles("prison OU police")) == {"Prison", "Police"}
    assert titles("prison police") == []


@pytest.mark.parametrize(
    "typed",
    [
        "Montréaltest jeunes", "jeunes montrealtest", "Canada jeunes", "jeunes CANADA", '"Montréaltest" jeunes',
        "jeunes à Montréaltest", "jeunes au Canada",
    ],
)  # fmt: skip
def test_a_city_or_a_country_is_a_word_like_any_other(typed):
    practice(fr="Jeunes médiateurs", city=CityFactory(name_fr="Montréaltest", name_en="Montrealtest", country="CA"))
    practice(fr="Aide aux aînés", city=CityFactory(name_fr="Montréaltest-Nord", name_en="North", country="CA"))
    practice(fr="Jeunes reporters", city=CityFactory(country="KE"))
    assert titles(typed) == ["Jeunes médiateurs"]


@pytest.mark.parametrize(
    ("typed", "country"),
    [
        ("United Kingdom", "GB"), ("Royaume-Uni", "GB"), ("royaume uni", "GB"), ("uk", "GB"), ("Côte d’Ivoire", "CI"),
        ("cote d'ivoire", "CI"), ("England", "GB"), ("pays de galles", "GB"), ("États-Unis", "US"), ("usa", "US"),
        ("Kosovo", "XK"),
    ],
)  # fmt: skip
def test_countries_are_known_by_their_names_in_both_languages(typed, country):
    practice(en="Mediation", city=CityFactory(country=country))
    practice(en="Boxing", city=CityFactory(country="JP"))
    assert titles(typed) == titles(f"{typed} mediation") == ["Mediation"]
    assert titles(f"{typed} boxing") == []


def test_a_word_of_a_longer_country_is_not_that_country():
    practice(en="Mediation", city=CityFactory(country="GB"))
    assert titles("united") == titles("kingdom mediation") == []


@pytest.mark.parametrize("typed", ["Kenyan mediation", "Kenyans", "médiation kényane"])
def test_what_a_country_s_people_are_called_names_the_country(typed):
    practice(en="Mediation", fr="Médiation", city=CityFactory(country="KE"))
    practice(en="Mediation elsewhere", city=CityFactory(country="JP"))
    assert titles(typed) == ["Mediation"]


def test_what_the_people_of_a_city_are_called_names_the_city():
    practice(en="Mediation", city=CityFactory(name_en="Montréal", country="CA"))
    assert titles("Montrealers mediation") == titles("médiation montréalaise") == ["Mediation"]


# --- Some of the words -----------------------------------------------------------------------------------------------


def loosened(words: str) -> list[str]:
    return [row.title_en or row.title_fr for row in asked(words).revisions]


def test_where_nothing_has_all_the_words_what_has_some_is_shown_the_rarer_first():
    practice(en="Mediation in schools")
    practice(en="Schools for all")
    practice(en="Boxing")
    for number in range(5):
        practice(en=f"School number {number}")
    assert titles("mediation schools zeppelin") == []
    assert loosened("mediation schools zeppelin")[0] == "Mediation in schools"
    assert "Boxing" not in loosened("mediation schools zeppelin")
    assert asked("mediation schools zeppelin").loosened == "all"
    assert asked("mediation").loosened == ""


def test_a_few_that_have_all_the_words_come_before_those_that_have_some():
    practice(en="Mediation and boxing")
    practice(en="Boxing boxing boxing")
    assert loosened("mediation boxing") == ["Mediation and boxing", "Boxing boxing boxing"]
    assert asked("mediation boxing").loosened == "some"


def test_synonyms_are_found_after_the_words_themselves_and_in_the_other_language():
    practice(en="A helpline for teenagers")
    practice(fr="Des jeunes médiateurs")
    practice(en="Young people mediate")
    assert titles("young people")[0] == "Young people mediate"
    assert set(titles("young people")) == {"Young people mediate", "A helpline for teenagers", "Des jeunes médiateurs"}


def test_what_was_quoted_or_excluded_stays_so_where_words_are_left_out():
    practice(en="Peer mediation in schools", city=CityFactory(name_en="Left", country="KE"))
    practice(en="Mediation by peers")
    assert loosened('"peer mediation" zeppelin') == ["Peer mediation in schools"]
    assert loosened("mediation zeppelin -schools") == ["Mediation by peers"]
    assert loosened("mediation zeppelin -Kenya") == ["Mediation by peers"]


def test_a_page_says_that_words_were_left_out(client):
    practice(en="Mediation in schools")
    assert "No practice has all of these words." in client.get("/en/practices/", {"q": "mediation zeppelin"}).text
    assert (
        "Aucune pratique ne contient tous ces mots." in client.get("/fr/pratiques/", {"q": "mediation zeppelin"}).text
    )
    assert "Nothing has all of these words." in client.get("/en/search/", {"q": "mediation zeppelin"}).text
    assert "all of these words" not in client.get("/en/practices/", {"q": "mediation"}).text


# --- Order ----------------------------------------------------------------------------------------------------------


def test_the_best_come_first_or_the_newest_when_asked_for():
    practice(en="Elsewhere", challenge_en="Somebody said mediation once.")
    practice(en="Mediation")
    practice(en="A summary", summary_en="Mediation at length.")
    assert titles("mediation") == ["Mediation", "A summary", "Elsewhere"]
    assert titles("mediation", sort="newest") == ["A summary", "Mediation", "Elsewhere"]
    assert titles("mediation", sort="bogus") == titles("mediation")
    assert titles("", sort="relevance") == titles("")


def test_a_text_in_the_language_of_the_reader_is_a_little_ahead():
    practice(en="Radicalisation")
    practice(fr="Radicalisation")
    assert [row.source_language for row in asked("radicalisation", "en").revisions] == ["en", "fr"]
    assert [row.source_language for row in asked("radicalisation", "fr").revisions] == ["fr", "en"]


def test_what_a_city_did_comes_before_what_mentions_it():
    practice(en="A mention", summary_en="As in Testcaster.")
    practice(en="Of the city", city=CityFactory(name_en="Testcaster"))
    assert titles("testcaster") == ["Of the city", "A mention"]


# --- Nothing but what is public --------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [status for status in Status if status != Status.PUBLISHED])
def test_only_live_revisions_are_found_counted_or_suggested(status):
    live = RevisionFactory(status="published", title_en="Public words", themes=["exit"])
    RevisionFactory(practice=live.practice, status=status, title_en="Zanzibarian secret", themes=["hate"])
    vocabulary.refresh()
    assert titles("zanzibarian") == []
    assert titles("public") == ["Public words"]
    assert asked("zanzibarien").suggestion(0) == ""
    assert not vocabulary.Word.objects.filter(plain__startswith="zanz").exists()
    offered = {facet.name: [option.value for option in facet.options] for facet in asked("").faceted.facet_options}
    assert offered["theme"] == ["exit"]
    assert titles("", theme="hate") == []


# --- Any question has an answer --------------------------------------------------------------------------------------

NONSENSE = [
    "!!!", "'", '"', '""', '"unbalanced', "-", "--", '-"', "- -", ":*&|!()", "a:*", "!a", "(a|b)&c", "<->", "\\", "\0",
    "a\0b", "or", "or or", "or violence", "violence or", "the", "le la les", "%_%", "{{ 1 }}", "\ue000", "\ud800", "😀",
    "x" * 10_000, "a " * 5_000, "-a " * 5_000, '"a b" ' * 2_000, "é" * 10_000, "or " * 3_000, "\u202eabc", "1",
    "a" * 50,
]  # fmt: skip


@pytest.mark.parametrize("typed", NONSENSE, ids=range(len(NONSENSE)))
def test_no_question_fails(words, typed):
    question = asked(typed)
    list(question.excerpts(question.revisions[:12]))
    assert question.revisions.count() <= 2
    assert len(question.faceted.facet_options) == 7
    assert isinstance(question.suggestion(0), str)
    assert len(question.words) <= 200


def test_a_question_is_read_as_far_as_it_is_bounded():
    assert parse("  two \n\t words ").text == "two words"
    assert len(parse("word " * 1000).wanted) == 12
    assert not parse("!!!")
    assert parse("saint-denis").wanted[0].words == "saint-denis"


# --- The indexes -----------------------------------------------------------------------------------------------------


_OTHER_INDEXES = """
    SELECT indexrelid::regclass::text FROM pg_index
    WHERE indrelid = %s::regclass AND NOT indisprimary AND indexrelid::regclass::text <> ALL(%s)
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""


@pytest.mark.parametrize("typed", ["mediation", '"youth mediation"', "mediation -police", "mediation or police"])
def test_the_indexes_of_both_languages_can_be_used(words, typed):
    names = [index.name for index in SearchedRevision._meta.indexes if isinstance(index, GinIndex)]
    assert len(names) == 2
    with connection.cursor() as cursor:
        # Among a few rows, each index of the live ones is as good.
        cursor.execute(_OTHER_INDEXES, [SearchedRevision._meta.db_table, names])
        cursor.execute(f"DROP INDEX {', '.join(name for (name,) in cursor.fetchall())}")
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        with CaptureQueriesContext(connection) as asked_for:
            list(asked(typed).matches.complete)
        (found,) = [each["sql"] for each in asked_for if "typed_0" in each["sql"]]
        cursor.execute("EXPLAIN " + found[found.index("WITH ") :])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "BitmapOr" in plan, plan
    assert all(f"Bitmap Index Scan on {name}" in plan for name in names), plan


@pytest.mark.parametrize(
    ("field", "words", "typed"),
    [
        ("claim_en", "Mentors keep dropouts at school.", "dropout"),
        ("target_groups_other_fr", "Bergers et éleveurs", "éleveur"),
        ("themes_other_en", "Beekeeping", "beekeeping"),
    ],
)
def test_the_claim_and_what_is_added_in_words_are_found_and_shown(field, words, typed):
    practice(en="Help", fr="Aide", **{field: words})
    assert titles(typed) == ["Help"]

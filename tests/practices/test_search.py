"""Practices are found by their words, in both languages, and by their place; nothing but what is public is found."""

import re

import pytest
from django.contrib.postgres.indexes import GinIndex
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from members.models import City
from practices import vocabulary
from practices.choices import Status
from practices.models import Practice, Revision, SearchedRevision
from practices.search import PracticeSearch
from scn_portal.base.search.excerpts import START, excerpt, excerpt_html, marked_title, title_html
from scn_portal.base.search.query import parse
from scn_portal.base.templatetags.search import found_excerpt, found_title
from tests.factories import CityFactory, CommitmentFactory, PledgeFactory, RevisionFactory, moved

pytestmark = pytest.mark.django_db


def practice(city=None, **words) -> Revision:
    """A live revision; `fr` and `en` are its titles, and a text in one language alone is written in it."""
    french, english = words.pop("fr", None), words.pop("en", None)
    language = "en" if english else "fr"
    fields = {"source_language": language, "title_fr": french, "title_en": english, "summary_en": None} | words
    if city:
        fields["practice__city"] = city
    return RevisionFactory(status="published", commitments=[], **fields)


def asked(words: str, language: str = "en", **others) -> PracticeSearch:
    query = QueryDict(mutable=True)
    query.update({"q": words} | others)
    return PracticeSearch(query, language)


def excerpts(words: str, language: str = "en", part: slice = slice(0, 12)) -> list[Revision]:
    question = asked(words, language)
    return list(question.excerpts(question.revisions[part]))


def titles(words: str, language: str = "en", **others) -> list[str]:
    """The titles of what has all the words, in order."""
    search = asked(words, language, **others)
    return [row.title_en or row.title_fr for row in search.in_order(search.complete)]


BOTH = pytest.mark.parametrize("language", ["en", "fr"])


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


# --- Order and excerpts ----------------------------------------------------------------------------------------------


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


def shown(words: str, language: str = "en") -> Revision:
    (row,) = excerpts(words, language)
    return row


def test_an_excerpt_marks_what_answers_in_the_language_where_it_stands():
    practice(
        fr="Titre", summary_fr="Rien ici.", approach_fr="On forme des **élèves** [médiateurs](https://a.example/x)."
    )
    row = shown("eleve mediateur")
    lines = excerpt(row)
    assert lines.language == "fr"
    assert "des <mark>élèves</mark> <mark>médiateurs</mark>" in excerpt_html(lines)
    assert "a.example" not in lines.value
    assert found_excerpt(row).startswith('<span lang="fr">')
    assert "(in French)" in found_excerpt(row)


def test_the_reader_is_given_lines_in_their_language_where_it_answers_too():
    practice(fr="Radicalisation", summary_fr="La radicalisation.", en="Radicalisation", summary_en="On radicalisation.")
    assert {code: excerpt(shown("radicalisation", code)).language for code in ("en", "fr")} == {"en": "en", "fr": "fr"}


def test_an_excerpt_of_several_texts_or_of_a_list_holds_only_the_lines_that_match():
    RevisionFactory(
        status="published", summary_en="It began at central level.", challenge_en="The mediators were missed.",
        approach_en="- a house\n- two mediators\n- a car",
    )  # fmt: skip
    (row,) = excerpts("mediators")
    shown = excerpt_html(excerpt(row))
    assert shown == "The <mark>mediators</mark> were missed. … two <mark>mediators</mark> …"


def test_a_text_that_matches_by_its_title_alone_opens_with_its_first_words_where_asked():
    RevisionFactory(status="published", title_en="Mediators", summary_en="They go to school. There they stay.")
    (row,) = excerpts("mediators")
    assert found_excerpt(row) == ""
    assert found_excerpt(row, opening=True).startswith("They go to school.")


def test_a_text_that_does_not_hold_the_words_has_no_excerpt():
    practice(en="Mediation", summary_en="Nothing of it here.")
    row = shown("mediation")
    assert not excerpt(row)
    assert found_excerpt(row) == ""
    assert found_title(row) == "<mark>Mediation</mark>"


def test_a_title_in_the_other_language_is_labelled_and_marked():
    practice(fr="Des élèves")
    assert found_title(shown("eleves")) == (
        '<span lang="fr">Des <mark>élèves</mark></span> <small class="language-note">(in French)</small>'
    )


@pytest.mark.parametrize("nasty", ["<script>alert(1)</script>", "<b>x</b>", '" onclick="x', "\ue000x\ue001", "&lt;"])
def test_what_a_writer_typed_stays_text(nasty):
    practice(en=f"Mediation {nasty}", summary_en=f"Before {nasty} mediation after.")
    row = shown("mediation")
    for html in (excerpt_html(excerpt(row)), title_html(marked_title(row, "title", "en"))):
        assert html.count("<mark>") == html.count("</mark>") == 1
        assert "<" not in html.replace("<mark>", "").replace("</mark>", "")
        assert '"' not in html
        assert START not in html


def test_a_row_that_nobody_searched_for_shows_its_title_as_it_is():
    row = practice(en="A <b>title</b>")
    assert found_title(row) == escape("A <b>title</b>")
    assert found_excerpt(row) == ""


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


def test_a_word_is_no_longer_suggested_the_moment_its_city_has_left():
    pledge = PledgeFactory(title_en="Zanzibarian words")
    vocabulary.refresh()
    assert asked("zanzibarien").suggestion(0) == "zanzibarian"
    City.objects.filter(pk=pledge.city_id).update(status="former")
    assert asked("zanzibarien").suggestion(0) == ""


@pytest.mark.parametrize("words", ["", "peace"])
def test_a_page_has_its_own_rows_in_their_order_and_draws_no_excerpt_of_another(words):
    for number in range(5):
        practice(en="Peace " * (number + 1), summary_en="Peace at home")
    question = asked(words)
    page = question.excerpts(question.revisions[2:4])
    assert list(page) == list(question.revisions)[2:4]
    query = str(page.query)
    assert ("ts_headline" in query.lower()) == bool(words)
    # Either the rows of the page by their keys, or nothing that is worth leaving out for others.
    assert re.search(r"IN \(\d+, \d+\)", query) if words else "OFFSET 2" in query


@pytest.mark.parametrize("words", ["", "peace"])
def test_the_signs_that_mark_what_was_found_are_no_marks_where_a_writer_pasted_them(words):
    practice(en="\ue000Peace\ue001 at \ue000home")
    (row,) = excerpts(words)
    assert found_title(row) == ("<mark>Peace</mark> at home" if words else "Peace at home")


def test_a_word_is_no_longer_suggested_the_moment_it_is_taken_down():
    row = RevisionFactory(status="published", title_en="Zanzibarian words")
    vocabulary.refresh()
    assert asked("zanzibarien").suggestion(0) == "Zanzibarian".lower()
    moved(Revision.objects.filter(pk=row.pk), status=Status.ARCHIVED)
    assert asked("zanzibarien").suggestion(0) == ""


# --- Suggestions -----------------------------------------------------------------------------------------------------


@pytest.fixture
def words():
    """A vocabulary of two practices, a city, a pledge and a commitment."""
    practice(en="Preventing violence together", city=CityFactory(name_en="Koboko", name_fr="Koboko"))
    practice(fr="Médiation par les élèves")
    PledgeFactory(title_en="Mentoring", commitment=CommitmentFactory(short_en="Partnerships"))
    former = CityFactory(name_en="Formerly", name_fr="Formerly", status="former")
    PledgeFactory(city=former, title_en="Abandonments")
    vocabulary.refresh()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("violense", "violence"), ("vioelnce", "violence"), ("violnce together", "violence together"),
        ("médaition", "médiation"), ("mediatoin", "médiation"), ("Kobolo", "koboko"), ("mentroing", "mentoring"),
        ("partnershps", "partnerships"), ('violense "togeter"', 'violence "togeter"'),
        ("violense -toogether", "violence -toogether"), ("violense violense", "violence violence"),
    ],
)  # fmt: skip
@BOTH
def test_a_slip_of_the_finger_is_understood(words, language, typed, meant):
    assert asked(typed, language).suggestion(0) == meant


@pytest.mark.parametrize(
    "typed", ["violence", "prevented", "xyzzyxyzzy", "the", "vio", "", "!!!", "'", "formerlly", "abandonmnets"]
)
def test_a_known_word_or_one_like_none_is_left_alone(words, typed):
    assert asked(typed).suggestion(0) == ""


def test_who_has_found_something_is_not_corrected(words):
    assert asked("violense").suggestion(1) == ""


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/en/practices/", "No practice has “violense”. These have “violence”."),
        (
            "/fr/pratiques/",
            "Aucune pratique ne contient «\u202fviolense\u202f». Celles-ci contiennent «\u202fviolence\u202f».",
        ),
    ],
)
def test_where_nothing_has_a_word_the_list_shows_what_was_meant(words, client, address, said):
    page = client.get(address, {"q": "violense"})
    assert " ".join(said.split()) in " ".join(page.text.split())
    assert [row.live.title_en for row in page.context["practices"]] == ["Preventing violence together"]
    assert 'href="?q=%22violense%22"' in page.text
    assert page.context["faceted"].query == "q=violence"  # what is downloaded is what is shown


@pytest.mark.parametrize("typed", ['"violense"', "violence", "violence togeter", "Kobolo xyzzyxyzzy", "xyzzyxyzzy"])
def test_a_right_word_or_one_in_quotes_is_never_replaced(words, client, typed):
    context = client.get("/en/practices/", {"q": typed}).context
    assert (context["typed"], context["search"].words) == ("", typed)


def test_the_vocabulary_follows_the_texts(words):
    before = set(vocabulary.Word.objects.values_list("language", "word"))
    assert {("en", "violence"), ("fr", "médiation"), ("en", "koboko"), ("fr", "koboko")} <= before
    moved(Practice.objects.get(revisions__title_fr="Médiation par les élèves").revisions.all(), status=Status.ARCHIVED)
    practice(en="Novelties")
    vocabulary.refresh()
    after = set(vocabulary.Word.objects.values_list("language", "word"))
    assert before - after == {("fr", "médiation"), ("fr", "élèves")}
    assert ("en", "novelties") in after - before


def test_a_suggestion_takes_one_query_however_long_the_question(words, django_assert_num_queries):
    for typed in ("violense", " ".join(["violense"] * 500)):
        with django_assert_num_queries(1):
            asked(typed).suggestion(0)


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
        (found,) = [each["sql"] for each in asked_for if "ranked" in each["sql"]]
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

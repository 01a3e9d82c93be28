"""Other words are suggested where nothing public has those typed, from nothing but what is public."""

import pytest

from members.models import City
from practices import vocabulary
from practices.choices import Status
from practices.models import Practice, Revision
from tests.factories import PledgeFactory, RevisionFactory, moved
from tests.practices.searching import BOTH, asked, practice

pytestmark = pytest.mark.django_db


def test_a_word_is_no_longer_suggested_the_moment_its_city_has_left():
    pledge = PledgeFactory(title_en="Zanzibarian words")
    vocabulary.refresh()
    assert asked("zanzibarien").suggestion(0) == "zanzibarian"
    City.objects.filter(pk=pledge.city_id).update(status="former")
    assert asked("zanzibarien").suggestion(0) == ""


def test_a_word_is_no_longer_suggested_the_moment_it_is_taken_down():
    row = RevisionFactory(status="published", title_en="Zanzibarian words")
    vocabulary.refresh()
    assert asked("zanzibarien").suggestion(0) == "Zanzibarian".lower()
    moved(Revision.objects.filter(pk=row.pk), status=Status.ARCHIVED)
    assert asked("zanzibarien").suggestion(0) == ""


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

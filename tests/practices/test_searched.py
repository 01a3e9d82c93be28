"""What practices are found by is true after each statement, and a search reads nothing else until it shows rows."""

import re
import threading
import time
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.models import City, Region, User
from practices import searched
from practices.choices import Status
from practices.facets import PRACTICE_FACETS
from practices.models import Practice, Revision, SearchedRevision
from practices.search import PracticeSearch
from scn_portal.base.models import KeptCount
from scn_portal.base.search import frequencies
from scn_portal.base.search.full_text import CONFIGURATIONS
from tests.factories import SOME_DAY, CityFactory, CommitmentFactory, RegionFactory, RevisionFactory, moved

pytestmark = pytest.mark.django_db


def found(address: str) -> list[str]:
    """The titles of a list of practices."""
    page = re.sub("</?mark>", "", Client().get(address).text)
    return re.findall(r"<h3>.*?>\s*([^<>]+?)\s*</a>", page, re.DOTALL)


def test_it_follows_whatever_changes_what_is_live():
    revision = RevisionFactory(status="published", themes=["hate"], target_groups=["young"], title_en="A house")
    city = revision.practice.city
    assert searched.KEPT.wrong() == []
    row = SearchedRevision.objects.get()
    assert (row.themes, row.commitments, row.languages, row.evaluation) == (["hate"], [1], ["en"], "not_stated")

    City.objects.filter(pk=city.pk).update(region=RegionFactory(slug="elsewhere"), country="KE")
    Region.objects.filter(slug="elsewhere").update(slug="another")
    assert SearchedRevision.objects.filter(region="another", country="KE").exists()
    Practice.objects.filter(pk=revision.practice_id).update(city=CityFactory())
    assert searched.KEPT.wrong() == []

    newer = RevisionFactory(practice=revision.practice)
    assert SearchedRevision.objects.get().pk == revision.pk
    moved(Revision.objects.filter(pk=revision.pk), status=Status.SUPERSEDED)
    assert not SearchedRevision.objects.exists()
    assert newer.status == Status.DRAFT


def test_a_hidden_city_has_no_practice_to_be_found():
    city = RevisionFactory(status="published").practice.city
    hide(city)
    assert not SearchedRevision.objects.exists()
    City.objects.filter(pk=city.pk).update(hidden_at=None, hidden_by=None, hidden_reason="")
    assert SearchedRevision.objects.count() == 1
    assert searched.KEPT.wrong() == []


def test_the_command_finds_what_came_past_the_triggers_and_mends_it():
    revision = RevisionFactory(status="published")
    call_command("kept", "practices", check=True)
    SearchedRevision.objects.filter(pk=revision.pk).update(country="XX")
    with pytest.raises(CommandError, match=str(revision.pk)):
        call_command("kept", "practices", check=True)
    call_command("kept", "practices")
    call_command("kept", "practices", check=True)


def test_the_facets_of_what_is_searched_say_what_those_of_the_revisions_say():
    """Each value of each facet finds the same rows by the columns of `SearchedRevision` as by the rows themselves."""
    second = CommitmentFactory(number=2)
    RevisionFactory(status="published", themes=["hate", "families"], evaluation="none", title_fr="Une maison")
    RevisionFactory(status="published", target_groups=["families"], commitments=[second], practice__city__country="KE")
    RevisionFactory(status="published", commitments=[], evaluation="external")
    for facet, narrow in zip(PRACTICE_FACETS, searched.SEARCHED_FACETS, strict=True):
        values = ["1", "2", "7", "hate", "families", "KE", "none", "external", "not_stated", "en", "fr", "nothing"]
        values += [Region.objects.first().slug, "x' OR true", "99999999999"]
        for value in values:
            by_rows = set(facet.filter_by(Revision.objects.live(), [value]).values_list("pk", flat=True))
            assert set(narrow.filter_by(SearchedRevision.objects, [value]).values_list("pk", flat=True)) == by_rows


def test_a_common_word_within_facets_is_ranked_and_counted_within_them(monkeypatch):
    monkeypatch.setattr("scn_portal.base.search.scoring.MAX_MATCHES", 2)
    monkeypatch.setattr("scn_portal.base.search.scoring.MAX_RANKED", 2)
    for number in range(4):
        RevisionFactory(status="published", title_en=f"Bridges {number}", themes=["hate"] if number == 0 else [])
    assert found("/en/practices/?q=bridges&theme=hate") == ["Bridges 0"]
    assert found("/en/practices/?q=bridges&theme=hate&sort=newest") == ["Bridges 0"]
    page = Client().get("/en/practices/?q=bridges&theme=hate").text
    assert "1 practice" in page
    answer = Client().get("/api/v1/practices?q=bridges&theme=hate").json()
    assert [row["title"]["en"] for row in answer["results"]] == ["Bridges 0"]
    assert answer["count"] == 1
    assert "More than 10,000 practices" in Client().get("/en/practices/?q=bridges").text


@pytest.fixture
def bridges_are_common(monkeypatch):
    """The statistics know “bridges” to be in nearly all practices; more than two are more than are counted."""
    for name, value in {"MAX_MATCHES": 2, "MAX_RANKED": 2, "COMMON": 1.0}.items():
        monkeypatch.setattr(f"scn_portal.base.search.scoring.{name}", value)
    known = frequencies._Known(4, {"search_en": {"bridg": 0.9}}, time.monotonic() + 600)
    monkeypatch.setitem(frequencies._large, "practices_searchedrevision", known)


def test_of_a_common_word_the_newest_are_ranked(bridges_are_common):
    for number in range(6):
        day = SOME_DAY + timedelta(days=number)
        RevisionFactory(status="published", title_en=f"Bridges {number}", published_at=day)
    assert set(found("/en/practices/?q=bridges")[:2]) == {"Bridges 5", "Bridges 4"}
    assert "More than 10,000 practices" in Client().get("/en/practices/?q=bridges").text


def test_a_word_that_statistics_overrate_is_counted_all_the_same(bridges_are_common):
    for number in range(2):
        RevisionFactory(status="published", title_en=f"Bridges {number}", themes=["hate"] if number else [])
    RevisionFactory(status="published", title_en="A tunnel", themes=["families"])
    assert set(found("/en/practices/?q=bridges")) == {"Bridges 0", "Bridges 1"}
    assert "2 practices" in Client().get("/en/practices/?q=bridges").text
    assert found("/en/practices/?q=bridges&theme=hate") == ["Bridges 1"]
    assert set(found("/en/practices/?q=bridges&theme=nothing")) == {"Bridges 0", "Bridges 1"}
    assert found("/en/practices/?q=bridges&theme=families") == []
    assert "1 practice" in Client().get("/en/practices/?q=bridges&theme=hate").text


def test_within_facets_a_common_word_is_looked_for_nowhere_else(bridges_are_common):
    for number in range(4):
        RevisionFactory(status="published", title_en=f"Bridges {number}", themes=["hate"] if number == 0 else [])
    city = Practice.objects.get(revisions__title_en="Bridges 3").city.slug
    with CaptureQueriesContext(connection) as captured:
        answer = Client().get("/api/v1/practices?q=bridges&theme=hate").json()
    searches = [query["sql"] for query in captured if "typed_0" in query["sql"]]
    assert len(searches) == 1
    assert "hate" in searches[0]
    assert [row["title"]["en"] for row in answer["results"]] == ["Bridges 0"]
    of_the_city = Client().get(f"/api/v1/practices?q=bridges&city={city}").json()
    assert [row["title"]["en"] for row in of_the_city["results"]] == ["Bridges 3"]


def test_of_a_common_word_the_other_options_of_a_choice_are_not_counted_where_they_are_too_many(
    bridges_are_common, monkeypatch
):
    for name in ("MAX_COUNTED", "TOO_MANY"):
        monkeypatch.setattr(f"scn_portal.base.facets.{name}", 2)
    for number in range(4):
        theme = "hate" if number == 0 else "families"
        RevisionFactory(status="published", title_en=f"Bridges {number}", themes=[theme], evaluation="none")

    def numbers(query: str) -> dict[str, dict[str, int | None]]:
        facets = PracticeSearch(QueryDict(query), "en").faceted.facet_options
        return {facet.name: {option.value: option.count for option in facet.options} for facet in facets}

    kept = {"list": "practices", "generation": 1, "counted_at": timezone.now()}
    total = KeptCount.objects.create(**kept, count=3)
    assert numbers("q=bridges&theme=hate")["theme"]["hate"] is None
    assert numbers("q=bridges&theme=hate")["evaluation"] == {"none": 1}, "what is chosen is counted"
    KeptCount.objects.create(**kept, facet="theme", value="hate", count=2)
    both = numbers("q=bridges&theme=hate&evaluation=none")
    assert both["evaluation"] == {"none": 1}, "two with a theme are not too many"
    total.delete()
    KeptCount.objects.filter(facet="theme").update(count=3)
    assert numbers("q=bridges&theme=hate&evaluation=none")["evaluation"]["none"] is None


def test_what_the_choices_leave_of_a_common_word_is_looked_for_once(monkeypatch):
    """For the list, its number and the options: not by words for each of them."""
    monkeypatch.setattr("scn_portal.base.search.scoring.MAX_MATCHES", 2)
    for number in range(4):
        theme = "hate" if number < 3 else "families"
        RevisionFactory(status="published", title_en=f"Bridges {number}", themes=[theme])
    with CaptureQueriesContext(connection) as captured:
        many = Client().get("/en/practices/?q=bridges&theme=hate").text
        few = Client().get("/en/practices/?q=bridges&theme=families").text
    assert "More than 10,000 practices" in many
    assert "1 practice" in few
    asked = [query["sql"] for query in captured]
    for theme in ("hate", "families"):
        assert len([sql for sql in asked if "typed_0" in sql and theme in sql]) == 1
    assert not [sql for sql in asked if "GROUPING SETS" in sql and "@@" in sql]


def test_what_has_some_of_very_common_words_is_not_added_to_what_choices_leave(monkeypatch):
    monkeypatch.setattr("scn_portal.base.search.scoring.MAX_MATCHES", 2)
    for number in range(3):
        RevisionFactory(status="published", title_en=f"Bridges and tunnels {number}")
    RevisionFactory(status="published", title_en="Bridges", themes=["hate"])
    assert found("/en/practices/?q=bridges+tunnels&theme=hate") == []
    assert len(found("/en/practices/?q=bridges+tunnels")) == 2


def test_a_phrase_among_related_words_is_a_query_of_its_own():
    """An index does not know where words stand: every row that it finds for a query with a phrase is read."""
    RevisionFactory(status="published", title_en="Law enforcement and an officer")
    with CaptureQueriesContext(connection) as captured:
        assert found("/en/practices/?q=police") == ["Law enforcement and an officer"]
    (statement,) = (query["sql"] for query in captured if "typed_0" in query["sql"])
    conditions = set(re.findall(r"@@ \(SELECT (x\d+) FROM asked\)", statement))
    with connection.cursor() as cursor:
        cursor.execute(f"{statement[statement.index('WITH ') : statement.index(', typed_0 AS')]} SELECT * FROM asked")
        names = [column.name for column in cursor.description]
        queries = [query for name, query in zip(names, cursor.fetchone(), strict=True) if name in conditions]
    assert any("<->" in query for query in queries)
    assert not [query for query in queries if "<->" in query and "'offic'" in query]


def test_words_and_choices_are_looked_for_in_one_index():
    """Nothing but one index for each language: not the whole table, and not what a common word finds besides."""
    RevisionFactory(status="published", title_en="Bridges", themes=["hate"])
    with connection.cursor() as cursor:
        cursor.execute(_MANY)
        cursor.execute("ANALYZE practices_searchedrevision")
        # So few rows are read sooner than an index.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
    faceted = PracticeSearch(QueryDict("theme=hate&country=KE&commitment=1"), "en").faceted
    for code, configuration in CONFIGURATIONS.items():
        asked = RawSQL(
            f"search_{code} @@ (SELECT plainto_tsquery(%s::regconfig, 'bridges'))", [configuration], BooleanField()
        )
        plan = faceted.narrowed(SearchedRevision.objects.filter(asked)).order_by().values("pk").explain()
        condition = plan.partition(f"Bitmap Index Scan on searched_{code}")[2].partition("Index Cond: ")[2]
        parts = (f"search_{code} @@", "themes &&", "commitments &&", "'{country:KE}'")
        assert all(part in condition for part in parts), plan


_MANY = """
    INSERT INTO practices_searchedrevision
    SELECT 1000000 + number, city_id, published_at, region, (ARRAY['KE', 'CA', 'BE'])[1 + number % 3], evaluation,
        commitments, CASE WHEN number % 2 = 0 THEN themes ELSE '{}' END, target_groups, languages, search_fr, search_en
    FROM practices_searchedrevision, generate_series(1, 3000) AS number
"""


@pytest.mark.django_db(transaction=True)
def test_a_city_that_is_hidden_while_it_publishes_has_nothing_to_be_found():
    draft = RevisionFactory()

    def hide_it() -> None:
        hide(draft.practice.city)
        connection.close()

    thread = threading.Thread(target=hide_it)
    with transaction.atomic():
        day = {"published_at": SOME_DAY, "submitted_at": SOME_DAY}
        moved(Revision.objects.filter(pk=draft.pk), status=Status.PUBLISHED, **day)
        thread.start()
        wait_for_a_lock()
    thread.join(60)
    assert searched.KEPT.wrong() == []
    assert not SearchedRevision.objects.exists()


def hide(city: City) -> None:
    somebody = User.objects.first()
    City.objects.filter(pk=city.pk).update(hidden_at=SOME_DAY, hidden_by=somebody, hidden_reason="x")


def wait_for_a_lock() -> None:
    """Until another session waits for one."""
    ends = time.monotonic() + 60
    with connection.cursor() as cursor:
        while time.monotonic() < ends:
            cursor.execute("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            if cursor.fetchone() is not None:
                return
            cursor.execute("SELECT pg_stat_clear_snapshot()")
    raise AssertionError("nobody waits")

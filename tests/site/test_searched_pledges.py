"""What pledges are found by is true after each statement; a list or a search reads nothing else until it shows rows."""

import re
import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL
from django.http import QueryDict
from django.test import Client

from commitments.models import Commitment, Declaration, Milestone, Pledge, ProgressUpdate, SearchedPledge
from commitments.searched import KEPT
from members.models import City, Region
from practices.models import SearchedRevision
from scn_portal.base import generation
from scn_portal.base.kept import registered
from scn_portal.base.search.full_text import CONFIGURATIONS
from scn_portal.site.models import CityRecord
from scn_portal.site.pledges.filters import PLEDGE_LIST_FACETS, SEARCHED_LIST_FACETS
from scn_portal.site.pledges.search import PledgeSearch
from tests.factories import (
    SOME_DAY,
    CityFactory,
    CommitmentFactory,
    DeclarationFactory,
    MilestoneFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    RegionFactory,
    RevisionFactory,
    UserFactory,
    commit,
    moved,
)
from tests.practices.test_searched import hide, wait_for_a_lock

pytestmark = pytest.mark.django_db


def kept(**wanted) -> bool:
    """Whether one pledge that can be found is as `wanted`, and all that is kept is true."""
    assert KEPT.wrong() == []
    return SearchedPledge.objects.filter(**wanted).count() == 1


def test_it_follows_whatever_changes_what_is_public():
    pledge = PledgeFactory(title_en="Bridges", announced_on="2019-05", due_on="2031-01-01")
    assert kept(pk=pledge.pk, status="announced", commitment="1", year="2019", languages=["en"], is_closed=False)
    Pledge.objects.filter(pk=pledge.pk).update(title_fr="Des ponts", announced_on="2011")
    assert kept(year="2011", is_prior=True, languages=["fr", "en"])
    moved(Pledge.objects.filter(pk=pledge.pk), status="done")
    assert kept(status="done", is_closed=True)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE commitments_pledge SET due_on = '2032-01-01' WHERE id = %s", [pledge.pk])
    assert kept(due_on="2032-01-01")
    other = CityFactory(region=RegionFactory(slug="elsewhere"), country="KE")
    Pledge.objects.filter(pk=pledge.pk).update(city=other)
    assert kept(city=other, country="KE", region="elsewhere", city_slug=other.slug)


def test_it_follows_what_a_pledge_is_a_part_of():
    pledge = PledgeFactory(announced_on="2019", city__region=RegionFactory(slug="somewhere"))
    City.objects.filter(pk=pledge.city_id).update(country="KE", slug="another", region=RegionFactory(slug="elsewhere"))
    Region.objects.filter(slug="elsewhere").update(slug="renamed")
    assert kept(country="KE", city_slug="another", region="renamed", is_listed=True, is_prior=False)
    City.objects.filter(pk=pledge.city_id).update(status="former")
    assert kept(is_listed=False)
    Commitment.objects.filter(pk=pledge.commitment_id).update(number=6)
    Declaration.objects.update(adopted_on="2030")
    assert kept(commitment="6", is_prior=True)
    Commitment.objects.filter(pk=pledge.commitment_id).update(
        declaration=DeclarationFactory(slug="earlier", adopted_on="2001")
    )
    assert kept(is_prior=False)


def test_it_follows_what_belongs_to_a_pledge_and_its_end():
    pledge = PledgeFactory()
    milestone, update = MilestoneFactory(pledge=pledge), ProgressUpdateFactory(pledge=pledge)
    somebody = {"taken_down_at": SOME_DAY, "taken_down_by": UserFactory(), "taken_down_reason": "x"}
    Milestone.objects.filter(pk=milestone.pk).update(title_en="Herons")
    assert kept(search_en="heron")
    Milestone.objects.filter(pk=milestone.pk).delete()
    ProgressUpdate.objects.filter(pk=update.pk).update(**somebody)
    assert not kept(search_en="heron")
    Pledge.objects.filter(pk=pledge.pk).update(**somebody | {"taken_down_at": pledge.published_at})
    assert not SearchedPledge.objects.exists()
    Pledge.objects.filter(pk=pledge.pk).update(taken_down_at=None, taken_down_by=None, taken_down_reason="")
    assert kept(pk=pledge.pk)


def test_a_draft_and_a_hidden_city_have_nothing_to_be_found():
    draft = PledgeFactory(published_at=None, created_by=UserFactory())
    assert not SearchedPledge.objects.exists()
    Pledge.objects.filter(pk=draft.pk).update(published_at=SOME_DAY)
    assert kept(pk=draft.pk)
    hide(draft.city)
    assert not SearchedPledge.objects.exists()
    City.objects.filter(pk=draft.city_id).update(hidden_at=None, hidden_by=None, hidden_reason="")
    assert kept(pk=draft.pk)


def test_rows_written_by_copy_are_found_and_rows_deleted_are_not():
    pledge = PledgeFactory()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE copied ON COMMIT DROP AS SELECT * FROM commitments_pledge")
        columns = ", ".join(field.column for field in Pledge._meta.concrete_fields if not field.generated)
        cursor.execute("DELETE FROM commitments_pledge")
        assert not SearchedPledge.objects.exists()
        cursor.execute(f"SELECT {columns} FROM copied")
        (row,) = cursor.fetchall()
        with cursor.copy(f"COPY commitments_pledge ({columns}) FROM STDIN") as receiver:
            receiver.write_row(row)
    assert kept(pk=pledge.pk)


@pytest.mark.django_db(transaction=True)
def test_a_city_that_is_hidden_while_it_publishes_has_no_pledge_to_be_found():
    draft = PledgeFactory(published_at=None)
    UserFactory()

    def hide_it() -> None:
        hide(draft.city)
        connection.close()

    thread = threading.Thread(target=hide_it)
    with transaction.atomic():
        Pledge.objects.filter(pk=draft.pk).update(published_at=SOME_DAY)
        thread.start()
        wait_for_a_lock()
    thread.join(60)
    assert KEPT.wrong() == []
    assert not SearchedPledge.objects.exists()


# --- Repairs ---------------------------------------------------------------------------------------------------------


def test_one_command_finds_what_came_past_the_triggers_mends_it_and_raises_the_generation():
    pledge, revision = PledgeFactory(), RevisionFactory(status="published")
    commit()
    assert {"counts", "cities", "pledges", "practices"} <= registered().keys()
    call_command("kept", check=True)
    for name, rows, wrong in (
        ("pledges", SearchedPledge.objects.filter(pk=pledge.pk), {"country": "XX"}),
        ("practices", SearchedRevision.objects.filter(pk=revision.pk), {"country": "XX"}),
        ("cities", CityRecord.objects.filter(pk=pledge.city_id), {"pledge_count": 9}),
    ):
        past_the_triggers(rows.query.model._meta.db_table, rows.get().pk, wrong)
        with pytest.raises(CommandError, match=f"{name}: 1 wrong: {rows.get().pk}"):
            call_command("kept", name, check=True)
        before = generation.current().number
        call_command("kept", name)
        commit()
        assert generation.current().number > before, name
    call_command("kept", check=True)
    before = generation.current().number
    call_command("kept", "pledges", "practices")
    commit()
    assert generation.current().number == before, "nothing was wrong"


def past_the_triggers(table: str, key: int, values: dict) -> None:
    column = connection.introspection.get_primary_key_column(connection.cursor(), table)
    ((name, value),) = values.items()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"UPDATE {table} SET {name} = %s WHERE {column} = %s", [value, key])
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_an_unknown_name_is_refused():
    with pytest.raises(CommandError, match="Nothing is kept as nonsense"):
        call_command("kept", "nonsense")


# --- What is found ----------------------------------------------------------------------------------------------------


def test_what_is_searched_is_what_is_public():
    PledgeFactory(announced_on="2011")
    PledgeFactory(city__status="former", announced_on="2019-01")
    PledgeFactory(published_at=None)
    hide(PledgeFactory(created_by=UserFactory()).city)

    def same(pledges, searched) -> bool:
        return set(pledges.values_list("pk", flat=True)) == set(searched.values_list("pk", flat=True)) != set()

    assert same(Pledge.objects.public(), SearchedPledge.objects)
    assert same(Pledge.objects.of_listed_cities(), SearchedPledge.objects.of_listed_cities())
    assert same(Pledge.objects.public().since_declaration(), SearchedPledge.objects.since_declaration())


def test_the_facets_of_what_is_searched_say_what_those_of_the_pledges_say():
    """Each value of each facet finds the same rows by the columns of `SearchedPledge` as by the rows themselves."""
    second = CommitmentFactory(number=2)
    PledgeFactory(title_fr="Des ponts", announced_on="2019-05")
    PledgeFactory(commitment=second, city__country="KE", city__slug="kisumu", status="done")
    PledgeFactory(created_at=SOME_DAY)
    years = {str(year) for year in (2019, SOME_DAY.year)} | set(SearchedPledge.objects.values_list("year", flat=True))
    values = ["1", "2", "7", "done", "announced", "KE", "kisumu", "en", "fr", *years, "nothing", "x' OR true", "9" * 11]
    values += Region.objects.values_list("slug", flat=True)
    for facet, narrow in zip(PLEDGE_LIST_FACETS, SEARCHED_LIST_FACETS, strict=True):
        for value in values:
            by_rows = set(facet.filter_by(Pledge.objects.public(), [value]).values_list("pk", flat=True))
            assert set(narrow.filter_by(SearchedPledge.objects, [value]).values_list("pk", flat=True)) == by_rows


def test_a_common_word_within_choices_is_ranked_and_counted_within_them(monkeypatch):
    monkeypatch.setattr("scn_portal.base.search.scoring.MAX_MATCHES", 2)
    monkeypatch.setattr("scn_portal.base.search.scoring.MAX_RANKED", 2)
    for number in range(4):
        PledgeFactory(title_en=f"Bridges {number}", status="done" if number == 0 else "planned")
    for sort in ("", "&sort=due", "&sort=recorded"):
        page = Client().get(f"/en/pledges/?q=bridges&status=done{sort}").text
        assert "1 pledge" in page
        assert "Bridges</mark> 0" in page
        assert "Bridges</mark> 1" not in page
    answer = Client().get("/api/v1/pledges?q=bridges&status=done").json()
    assert [row["title"]["en"] for row in answer["results"]] == ["Bridges 0"]
    assert "More than 10,000 pledges" in Client().get("/en/pledges/?q=bridges").text


def test_words_and_choices_are_looked_for_in_one_index():
    """Nothing but one index for each language: not the whole table, and not what a common word finds besides."""
    PledgeFactory(title_en="Bridges")
    with connection.cursor() as cursor:
        cursor.execute(_MANY)
        cursor.execute("ANALYZE commitments_searchedpledge")
        # So few rows are read sooner than an index.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
    faceted = PledgeSearch(QueryDict("status=done&country=KE&language=en"), "en").faceted
    for code, configuration in CONFIGURATIONS.items():
        asked = RawSQL(
            f"search_{code} @@ (SELECT plainto_tsquery(%s::regconfig, 'bridges'))", [configuration], BooleanField()
        )
        plan = faceted.narrowed(SearchedPledge.objects.filter(asked)).order_by().values("pk").explain()
        condition = plan.partition(f"Bitmap Index Scan on searched_pledge_{code}")[2].partition("Index Cond: ")[2]
        parts = (f"search_{code} @@", "languages &&", "'{status:done}'", "'{country:KE}'")
        assert all(part in condition for part in parts), plan


_MANY = """
    INSERT INTO commitments_searchedpledge
    SELECT 1000000 + number, city_id, published_at, due_on, is_listed, is_prior, is_closed, announced_on, year,
        commitment, CASE WHEN number % 2 = 0 THEN 'done' ELSE status END, (ARRAY['KE', 'CA', 'BE'])[1 + number % 3],
        region, city_slug, languages, search_fr, search_en
    FROM commitments_searchedpledge, generate_series(1, 3000) AS number
"""


@pytest.mark.parametrize(("sort", "index"), [("recorded", "newest"), ("announced", "announced"), ("due", "due")])
def test_each_order_of_the_list_is_that_of_an_index(sort, index):
    PledgeFactory(title_en="Bridges")
    with connection.cursor() as cursor:
        cursor.execute(_MANY)
        cursor.execute("ANALYZE commitments_searchedpledge")
    plan = PledgeSearch(QueryDict(f"sort={sort}"), "en").found[:24].explain()
    assert f"searched_pledge_{index} " in plan, plan
    assert "Sort Key" not in plan or "Presorted Key" in plan, plan


def test_the_list_is_in_the_order_of_the_pledges(client, django_assert_max_num_queries):
    """Open ones first by what is due, then those without a date, then closed ones; the page asks for rows once."""
    for title, status, due in (
        ("Third", "announced", None), ("Fourth", "done", "2030-01-01"), ("First", "planned", "2031-01-01"),
        ("Second", "planned", "2032-01-01"),
    ):  # fmt: skip
        PledgeFactory(title_en=title, status=status, due_on=due)
    with django_assert_max_num_queries(3):
        page = client.get("/en/pledges/?sort=due").text
    places = [re.search(rf">\s*{title}\s*<", page).start() for title in ("First", "Second", "Third", "Fourth")]
    assert places == sorted(places)

"""`manage.py seed_scale`: a network that looks like the portal's own, down to what triggers write."""

from io import StringIO

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Q
from django.test import Client

from commitments.models import Pledge
from digests.models import Delivery, Subscription
from members.models import City, User
from practices.choices import Status
from practices.models import Practice, Revision
from scn_portal.base.models import PublicRecord
from scn_portal.demo.accounts import MODERATOR, create_demo_accounts
from scn_portal.demo.management.commands import seed_scale
from scn_portal.demo.scale.rows import triggers_at_rest
from tests.factories import CityFactory, commit
from tests.journeys.addresses import BARE, PUBLIC

pytestmark = pytest.mark.django_db
SMALL = {"cities": 20, "practices": 60, "pledges": 30, "subscribers": 30, "updates": 60}
RECORDED = ("members_city", "commitments_pledge", "commitments_milestone", "commitments_progressupdate",
            "practices_revision")  # fmt: skip
ORPHANS = """
    SELECT format('SELECT %L, count(*) FROM %s row WHERE %I IS NOT NULL AND NOT EXISTS '
        '(SELECT FROM %s meant WHERE meant.%I = row.%I)', key.conname, key.conrelid::regclass, own.attname,
        key.confrelid::regclass, meant.attname, own.attname)
    FROM pg_constraint key JOIN pg_attribute own ON own.attrelid = key.conrelid AND own.attnum = key.conkey[1]
    JOIN pg_attribute meant ON meant.attrelid = key.confrelid AND meant.attnum = key.confkey[1] WHERE contype = 'f'
"""
WITHOUT_THEIR_STEP = """
    SELECT count(*) FROM practices_revision revision WHERE status <> 'superseded' AND status <> COALESCE(
        (SELECT to_status FROM practices_transition WHERE revision_id = revision.id ORDER BY id DESC LIMIT 1), 'draft')
"""


@pytest.fixture(autouse=True, scope="module")
def demo(kept_rows, django_db_blocker) -> None:
    """What the demo shows."""
    quiet = {"stdout": StringIO()}
    with django_db_blocker.unblock():
        call_command("load_declaration", **quiet)
        call_command("import_cities", str(settings.BASE_DIR / "members/data/cities.csv"), **quiet)
        create_demo_accounts()
        call_command("load_sample_content", moderator=MODERATOR, **quiet)
        commit()


def seeded(**options) -> str:
    """Write the rows of SMALL; returns what the command says."""
    said = StringIO()
    call_command("seed_scale", stdout=said, **SMALL | options)
    return said.getvalue()


def asked(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


@pytest.mark.slow
def test_a_small_network_holds_what_a_large_one_does():
    there = City.objects.count(), Practice.objects.published().count(), Pledge.objects.public().count()
    seeded()
    assert City.objects.count() == there[0] + SMALL["cities"]
    live = Revision.objects.filter(status=Status.PUBLISHED).count()
    assert live == there[1] + SMALL["practices"]
    public = Pledge.objects.filter(published_at__isnull=False, taken_down_at=None).count()
    assert public == there[2] + SMALL["pledges"]
    assert Subscription.objects.count() == SMALL["subscribers"]
    assert Delivery.objects.exists()

    leads_nowhere = [found for (sql,) in asked(ORPHANS) for found in asked(sql) if found[1]]
    assert not leads_nowhere
    assert asked(WITHOUT_THEIR_STEP) == [(0,)]
    assert_triggers_find_nothing_to_write()

    client = Client()
    for path in (*PUBLIC["en"], *BARE["fr"]):
        assert client.get(path).status_code == (404 if "nothing-here" in path else 200), path


def assert_triggers_find_nothing_to_write() -> None:
    """Each row is touched, so that all triggers run: records and gathered words are what they were."""
    before = known()
    for table in RECORDED:
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET id = id")
    commit()
    assert known() == before


def known() -> tuple[set, set]:
    records = PublicRecord.objects.values_list("kind", "key", "city_key", Q(removed_at=None))
    words = Pledge.objects.values_list("pk", "also_said_fr", "also_said_en")
    return set(records), set(words)


def test_the_same_seed_writes_the_same():
    texts = []
    for _time in range(2):
        with transaction.atomic():
            seeded(seed=7)
            texts.append(
                sorted(Revision.objects.values_list("title_en", "summary_fr", "status", "practice__slug"), key=str)
            )
            transaction.set_rollback(True)
    assert texts[0] == texts[1]


def test_history_is_never_left_out_in_production(settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="production"):
        seeded()
    with pytest.raises(ImproperlyConfigured), triggers_at_rest():
        pass


def test_only_the_database_of_a_demo_is_filled():
    CityFactory(name_en="Elsewhere")
    with pytest.raises(CommandError, match="such as “Elsewhere”"):
        seeded()


def test_the_content_of_the_demo_comes_first():
    User.objects.filter(email=MODERATOR).update(email="somebody@example.org")
    with pytest.raises(CommandError, match="content of the demo first"):
        seed_scale.refuse()


@pytest.mark.slow
def test_the_growth_of_pages_and_the_time_of_searches_are_measured(tmp_path, capsys):
    """`bench.growth`, of a page of each group, and `bench.search`."""
    from bench import growth, search

    small, large = str(tmp_path / "small.json"), str(tmp_path / "large.json")
    some = ["--builds", "1", "--match", "^(/en/|/api/v1/cities|my_city|desk)$"]
    growth.main(["--save", small, *some])
    seeded()
    growth.main(["--save", large, *some])
    growth.main(["--compare", small, large])
    search.main()
    said = {line.partition(":")[0] for line in capsys.readouterr().out.splitlines()}
    assert {f"pages.growth_max.{group}" for group in ("public", "api", "workspace", "desk")} < said
    assert {"pages.growth_max", "pages.large_median_max_ms"} < said
    assert {"search.common_ms", "search.rare_ms", "search.vs_icontains"} < said


def test_a_page_that_only_the_large_network_has_is_compared_with_the_first(capsys):
    from bench import growth

    def measured(status: int, ms: float) -> dict:
        return {"group": "public", "status": status, "ms": ms, "least": ms, "queries": 1}

    small = {"/a/": measured(200, 50), "/a/?page=2": measured(404, 1), "/b/": measured(404, 1)}
    large = {"/a/": measured(200, 60), "/a/?page=2": measured(200, 100), "/b/": measured(200, 120)}
    growth.compare(small, large, "ms")
    said = dict(line.split(": ") for line in capsys.readouterr().out.splitlines() if line.startswith("pages."))
    assert said["pages.growth_max"] == "2.00"
    assert said["pages.large_median_max_ms"] == "120.0"

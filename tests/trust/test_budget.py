"""What an anonymous request may cost: a second of processor, with 10,000 pledges, 5,000 practices and hostile texts."""

import datetime as dt
import time

import psutil
import pytest
from django.db import connection, models
from django.urls import reverse
from django.utils import timezone

from commitments.loading import load_declaration
from commitments.models import Commitment, Pledge
from practices import vocabulary
from practices.models import Practice, Revision
from scn_portal.base import kept, strangers
from tests.factories import CityFactory, PledgeFactory, RegionFactory, RevisionFactory
from tests.trust import stack
from tests.trust.test_slow_text import hostile

CITIES, PLEDGES, PRACTICES = 100, 10_000, 5_000
SECONDS = 1.0
WORDS = "Young people, teachers and the police meet for mediation in the district, and say what came of it. " * 12

PAGES = [
    "/en/", "/en/cities/", "/en/cities/?q=testford", "/en/commitments/", "/en/pledges/", "/en/pledges/?page=40",
    "/en/pledges/?q=mediation", "/en/pledges/?q=mediatoin", "/en/changes/", "/en/practices/",
    "/en/practices/?q=mediation", "/en/practices/?q=teachers+police", "/en/search/?q=mediation",
    "/fr/recherche/?q=mediatoin", "/en/matrix/", "/en/charts/", "/en/commitments/1/", "/en/regions/somewhere/",
    "/en/open-data/", "/sitemap.xml", "/en/print/matrix/", "/en/print/cities/", "/en/print/practices/",
    "/en/calendar.ics", "/en/changes/feed.xml", "/en/practices/feed.xml", "/api/v1/pledges", "/api/v1/practices",
    "/api/v1/pledges?q=mediation",
]  # fmt: skip
# All that there is, in one file: a worker makes it, and who asks is told to wait.
WHOLE_FILES = {"/en/data/pledges.csv", "/en/data/practices.json", "/en/data/practices.xlsx",
               "/data/strong-cities-network.zip"}  # fmt: skip

pytestmark = [pytest.mark.soak, pytest.mark.slow, pytest.mark.django_db]


def copies(row: models.Model, count: int, **columns: str) -> None:
    """`count` copies of a row by INSERT … SELECT; `columns` are expressions of their number `n`."""
    fields = [field for field in row._meta.concrete_fields if not field.primary_key and not field.generated]
    names = [field.column for field in fields]
    values = [columns.pop(name, f'kept."{name}"') for name in names]
    assert not columns, columns
    quoted = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        # Triggers refuse what no person can do, and would write two rows of history for each of these.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            f'INSERT INTO "{row._meta.db_table}" ({quoted}) SELECT {", ".join(values)}'
            f' FROM "{row._meta.db_table}" AS kept, generate_series(1, {count}) AS n WHERE kept.id = {row.pk}'
        )
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.fixture
def full(db) -> list[str]:
    """The database, and the addresses to ask for."""
    load_declaration()
    first, *others = Commitment.objects.of_melbourne()
    region = RegionFactory(slug="somewhere")
    cities = [CityFactory(region=region, name_en=f"Testford {number}") for number in range(CITIES)]
    pks = f"(ARRAY{[city.pk for city in cities]})[1 + n % {CITIES}]"
    commitments = f"(ARRAY{[first.pk, *(other.pk for other in others)]})[1 + n % 7]"
    pledge = PledgeFactory(city=cities[0], commitment=first, description_en=WORDS, due_on="2030-01-01")
    said = {"title_en": "'Mediation ' || n", "city_id": pks, "commitment_id": commitments}
    copies(pledge, PLEDGES, **said, published_at="kept.published_at - n * interval '1 hour'")
    revision = RevisionFactory(
        practice__city=cities[0], status="published", title_en="Mediation", summary_en=WORDS, approach_en=WORDS
    )
    copies(revision.practice, PRACTICES, slug="'copied-' || n", city_id=pks)
    practice_of = f"(SELECT id FROM {Practice._meta.db_table} WHERE slug = 'copied-' || n)"
    copies(revision, PRACTICES, practice_id=practice_of, title_en="'Mediation ' || n",
           published_at="kept.published_at - n * interval '1 hour'")  # fmt: skip
    serve_like(revision)
    worst = write_hostile_texts(pledge, cities)
    for each in kept.registered().values():  # the copies came past the triggers
        each.keep_all()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    vocabulary.refresh()
    return addresses(cities[1].slug, *worst)


def serve_like(revision: Revision) -> None:
    """The copies of a revision serve the commitments that it serves."""
    served = Revision.commitments.through
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            f"INSERT INTO {served._meta.db_table} (revision_id, commitment_id) SELECT copied.id, kept.commitment_id"
            f" FROM {served._meta.db_table} AS kept, {Revision._meta.db_table} AS copied"
            " WHERE kept.revision_id = %s AND copied.id <> kept.revision_id",
            [revision.pk],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")


def write_hostile_texts(pledge: Pledge, cities: list) -> tuple[int, str]:
    """Texts written to be slow, found by a search and on the first pages, fifteen of a city; a pledge and a practice
    full of them."""
    texts = list(hostile(19_900).values())
    now = timezone.now()
    for number, text in enumerate(texts):
        named = {"city": cities[1 + number // 15], "title_en": f"A mediation {number}"}
        said = {"description_en": f"{text}\n\nmediation {number}", "published_at": now - dt.timedelta(minutes=number)}
        row = PledgeFactory(commitment=pledge.commitment, **named, **said)
    fields = [f"{name}_en" for name in ("summary", "problem", "approach", "results", "lessons")]
    fields = [name for name in fields if hasattr(Revision, name)]
    for number, text in enumerate(texts[:60]):
        named = {"practice__city": cities[1 + number // 15], "title_en": f"A mediation {number}"}
        said = dict.fromkeys(fields, f"{text}\n\nmediation {number}")
        RevisionFactory(status="published", published_at=now - dt.timedelta(minutes=number), **named, **said)
    marks = dict.fromkeys(fields, "[" * 1000 + "mediation " * 1800)
    worst = RevisionFactory(practice__city=cities[1], status="published", title_en="A mediation of marks", **marks)
    return row.pk, worst.practice.slug


def addresses(city: str, pledge: int, practice: str) -> list[str]:
    named = [
        reverse("city_detail", args=[city]), reverse("city_pdf", args=[city]), reverse("pledge_detail", args=[pledge]),
        reverse("practice_detail", args=[practice]), reverse("practice_pdf", args=[practice]),
    ]  # fmt: skip
    return [*PAGES, *named, *sorted(WHOLE_FILES)]


def test_no_anonymous_request_takes_more_than_a_second_of_processor(full, client, capsys, monkeypatch):
    for name in ("SEARCHES", "DOWNLOADS", "API_REQUESTS"):
        monkeypatch.setattr(strangers, name, getattr(strangers, name)._replace(most=10_000))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = psutil.Process(cursor.fetchone()[0])
    taken, statuses = {}, {}
    for address in full:
        costs = []
        for _ in range(2):  # the second time what is loaded once is loaded
            begun, begun_there = time.process_time(), sum(server.cpu_times()[:2])
            answer = client.get(address)
            content = answer.getvalue() if answer.streaming else answer.content
            costs.append((time.process_time() - begun, sum(server.cpu_times()[:2]) - begun_there))
        taken[address] = (*min(costs, key=sum), len(content))
        statuses[address] = answer.status_code
    rows = sorted(taken.items(), key=lambda row: -sum(row[1][:2]))
    lines = [
        f"{here + there:6.2f} s ({here:.2f} here, {there:.2f} there) {size:>10,} bytes  {statuses[address]} {address}"
        for address, (here, there, size) in rows
    ]
    stack.report(capsys, "\n".join(lines))
    assert [address for address, cost in rows if sum(cost[:2]) > SECONDS] == []
    assert {address for address, status in statuses.items() if status == 202} == WHOLE_FILES
    assert {status for address, status in statuses.items() if address not in WHOLE_FILES} == {200}

"""Each benchmark runs, in small: no figure means anything here, and nothing asserts one.

`bench.run` measures pages and caches on the servers of the test run; what an issue costs is measured in this process,
growth and searches in tests/demo/test_seed_scale.py, where the rows are. The soak runs all of it as `make bench` does,
with servers, workers, starts and memory of its own.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from commitments.loading import load_declaration
from tests.factories import CityFactory, ModeratorFactory, PledgeFactory, RevisionFactory
from tests.trust import stack

EVERYTHING = {
    "pages.behind_nginx_vs_static", "pages.revalidated_vs_healthz", "pages.city_vs_floor", "pages.practice_vs_floor",
    "pages.commitment_vs_floor", "pages.home_vs_floor", "pages.cities_vs_floor", "pages.practices_vs_floor",
    "pages.pledges_vs_floor", "pages.matrix_vs_floor", "pages.search_vs_floor", "pages.growth_max",
    "pages.large_median_max_ms", "search.common_ms", "search.rare_ms", "search.vs_icontains", "search.success_at_3",
    "digest.vs_smtplib", "digest.compose_1m_s", "web.rss_mb", "celery.rss_mb", "start.cold_s", "start.warm_s",
    "takedown.visible_ms",
}  # fmt: skip


def run(folder: Path, *names: str, **environment: str) -> tuple[str, dict]:
    """What `bench.run` prints of the benchmarks `names`, or of all, and its results; it says no word of a failure."""
    results = folder / "results.json"
    ended = subprocess.run(
        [sys.executable, "-m", "bench.run", *names, "--results", str(results)],
        cwd=settings.BASE_DIR, env=os.environ | environment | {"SCN_BENCH_SMALL": "1"}, capture_output=True, text=True,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout, json.loads(results.read_text())


def assert_complete(names: set[str], printed: str, results: dict) -> None:
    """Each is printed or said to be skipped, and written; so are the machine and the commit."""
    said = {line.removeprefix("skipped ").partition(":")[0] for line in printed.splitlines()}
    assert names <= said
    assert names <= results["values"].keys() | results["skipped"].keys()
    assert not os.environ.get("CI") or not names & results["skipped"].keys() - {"digest.compose_1m_s"}
    assert results["machine"]["processors"] == os.cpu_count()
    assert results["commit"] or not (settings.BASE_DIR / ".git").exists()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_pages_and_caches_beside_a_floor(tmp_path):
    load_declaration()
    city = CityFactory(slug="montreal")
    RevisionFactory(practice__city=city, status="published")
    PledgeFactory(city=city)
    ModeratorFactory()
    printed, results = run(tmp_path, "floor", "caches", SCN_BENCH_SERVERS=str(servers_of_this_test(tmp_path)))
    assert_complete({name for name in EVERYTHING if name.endswith(("_vs_floor", "_static"))}, printed, results)
    assert_complete({"pages.revalidated_vs_healthz", "takedown.visible_ms"}, printed, results)


def servers_of_this_test(folder: Path) -> Path:
    """The file that tells the benchmarks of them."""
    database = connection.settings_dict
    url = f"postgres://{database['USER']}@{quote(database['HOST'], safe='')}/{database['NAME']}"
    environment = {
        "DJANGO_SETTINGS_MODULE": "tests.settings", "SCN_TEST_CHILD": "1", "SCN_TEST_FRESH_SECONDS": "1",
        "DATABASE_URL": url, "SCN_BENCH_DATABASE": url, "SCN_VAR": str(settings.VAR_DIR), "SCN_ENV": "test",
        "REDIS_URL": os.environ["REDIS_URL"], "CACHE_URL": os.environ["CACHE_URL"],
        "MEDIA_ROOT": str(folder / "media"), "TRUSTED_PROXY_COUNT": "1", "PORT": str(stack.free_port()),
        "SITE_URL": f"http://{stack.HOST}",
    }  # fmt: skip
    file = folder / "servers.json"
    file.write_text(json.dumps(environment))
    return file


@pytest.mark.django_db
def test_an_issue_is_composed_and_sent_beside_a_bare_loop(monkeypatch, capsys):
    """By this process in the place of a worker."""
    from bench import digests

    monkeypatch.setattr(digests, "READERS", 60)
    monkeypatch.setattr(digests, "PORTION", 10)
    monkeypatch.setattr(digests, "ROUNDS", 1)
    monkeypatch.setattr(digests, "vacuum", lambda: None)  # not within the transaction of a test
    monkeypatch.setattr(digests.deliver, "delay", digests.deliver)
    digests.fill()
    with digests.sink() as port:
        monkeypatch.setattr(settings, "EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
        monkeypatch.setattr(settings, "EMAIL_PORT", port)
        digests.compose_weekly()
        assert digests.bare(port)[0] > 0
        assert digests.delivered(port, 1)[1:] == (10, 10)
    digests.measure_composing()
    assert "skipped digest.compose_1m_s" in capsys.readouterr().out


@pytest.mark.soak
def test_the_whole_run(tmp_path):
    own = dict.fromkeys(("SCN_TEST_CHILD", "SCN_BENCH_SERVERS"), "")
    printed, results = run(tmp_path, **own)
    assert_complete(EVERYTHING, printed, results)

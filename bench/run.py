"""All benchmarks, one after the other: `make bench`, or `make bench ARGS="caches floor"` for some.

Each is a module in this folder that prints lines `name: value`. They are printed here and written to
bench/results.json, with the machine, the commit and what was skipped; other output goes to stderr. The benchmarks share
PostgreSQL and Redis in a temporary folder, with the content of the demo. docs/measurements.md lists the variables that
change a run; with SCN_BENCH_SMALL=1 it is short, and only shows that the benchmarks work.

The load is generated on the same processors: compare ratios within a run, not figures of two runs.
"""

import argparse
import datetime as dt
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench import production

BENCH = Path(__file__).parent
RESULTS = BENCH / "results.json"
SMALL = production.SMALL
SKIPPED = re.compile(r"skipped (\S+): (.+)")
VALUE = re.compile(r"([a-z_0-9]+(?:\.[a-z_0-9]+)+): (-?[0-9.]+)")


# The least or the most that each value should be.
GOALS = {
    "pages.behind_nginx_vs_static": (">=", 0.5),
    "pages.revalidated_vs_healthz": (">=", 0.5),
    **{f"pages.{name}_vs_floor": (">=", 0.5) for name in ("home", "city", "practice", "commitment")},
    **{f"pages.{name}_vs_floor": (">=", 0.3) for name in ("cities", "practices", "pledges", "matrix", "search")},
    "pages.growth_max": ("<=", 3.0),
    "pages.large_median_max_ms": ("<=", 150.0),
    "search.vs_icontains": (">=", 20.0),
    "digest.vs_smtplib": (">=", 0.4),
    "digest.compose_1m_s": ("<=", 120.0),
    "web.rss_mb": ("<=", 120.0),
    "celery.rss_mb": ("<=", 150.0),
    "takedown.visible_ms": ("<=", 10_000.0),
}


@dataclass(frozen=True)
class Benchmark:
    """A module in this folder, the values that it always prints, and the programs that it needs on the machine."""

    name: str
    values: tuple[str, ...]
    programs: tuple[str, ...] = ()

    @property
    def missing(self) -> list[str]:
        return [each for each in self.programs if not shutil.which(each, path=f"{os.environ['PATH']}:/usr/sbin")]


BENCHMARKS = (
    Benchmark("floor", tuple(name for name in GOALS if name.endswith("_vs_floor")), ("wrk",)),
    Benchmark(
        "caches",
        ("pages.behind_nginx_vs_static", "pages.revalidated_vs_healthz", "takedown.visible_ms"),
        ("nginx", "wrk", "envsubst"),
    ),
    Benchmark("start", ("start.cold_s", "start.warm_s")),
    Benchmark("memory", ("web.rss_mb", "celery.rss_mb")),
    Benchmark("digests", ("digest.vs_smtplib", "digest.compose_1m_s")),
    # Last, since it may fill the database.
    Benchmark(
        "scale",
        (
            "pages.growth_max",
            "pages.large_median_max_ms",
            "search.common_ms",
            "search.rare_ms",
            "search.vs_icontains",
            "search.success_at_3",
        ),
    ),
)


@dataclass
class Results:
    """The values measured, the reasons why others were skipped, and what failed, by the names of values."""

    values: dict[str, float] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        self.values[name] = value
        print(f"{name}: {value:g}", flush=True)
        if name in GOALS and not SMALL and not is_reached(name, value):
            wanted, goal = GOALS[name]
            self.missed.append(name)
            print(f"goal missed: {name} {value:g} {'<' if wanted == '>=' else '>'} {goal:g}", flush=True)

    def skip(self, name: str, reason: str) -> None:
        self.skipped[name] = reason
        print(f"skipped {name}: {reason}", flush=True)


def is_reached(name: str, value: float) -> bool:
    wanted, goal = GOALS[name]
    return value >= goal if wanted == ">=" else value <= goal


def measure(benchmark: Benchmark, results: Results) -> None:
    """Run a benchmark, unless a program is missing. `results` then has each of its values, or the reason why not."""
    if benchmark.missing:
        for name in benchmark.values:
            results.skip(name, f"needs {', '.join(benchmark.missing)}")
        return
    begun = time.monotonic()
    command = [sys.executable, "-m", f"bench.{benchmark.name}"]
    with subprocess.Popen(command, cwd=BENCH.parent, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            if found := VALUE.fullmatch(line.strip()):
                results.add(found[1], float(found[2]))
            elif found := SKIPPED.fullmatch(line.strip()):
                results.skip(found[1], found[2])
            else:
                print(line.rstrip(), file=sys.stderr, flush=True)
    for name in benchmark.values:
        if name not in results.values | results.skipped:
            results.failed[name] = f"bench.{benchmark.name} ended with {process.returncode} without it"
            print(f"failed {name}: {results.failed[name]}", flush=True)
    print(f"# {benchmark.name} took {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)


def machine() -> dict[str, object]:
    """The machine that the figures depend on."""
    about = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    model = re.search(r"model name\s*: (.+)", about)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": model[1] if model else platform.processor(),
        "processors": os.cpu_count(),
        "memory_gb": round(memory / 1e9),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def commit() -> str:
    """The measured commit, with “+” if files differ from it; "" outside a checkout."""
    try:
        told = subprocess.run(["git", "describe", "--always", "--dirty=+"], cwd=BENCH, capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    return told.stdout.strip()


def write(results: Results, file: Path, *, seconds: float) -> None:
    """Called after each benchmark, so that an aborted run leaves its results."""
    moment = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    about = {"commit": commit(), "measured_at": moment, "seconds": round(seconds), "small": SMALL}
    file.write_text(json.dumps(about | {"machine": machine()} | asdict(results), indent=2) + "\n")


@contextmanager
def shared_servers() -> Iterator[None]:
    """Servers for the benchmarks inside the block: those that SCN_BENCH_SERVERS names, or new ones."""
    if os.environ.get("SCN_BENCH_SERVERS"):
        yield
        return
    with production.servers() as environment, tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(environment, file)
        file.flush()
        os.environ["SCN_BENCH_SERVERS"] = file.name
        yield


def main() -> int:
    """The exit status: 1 if a value was not measured that should have been."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(each.name for each in BENCHMARKS))
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()
    if unknown := set(given.names) - {each.name for each in BENCHMARKS}:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    results, begun = Results(), time.monotonic()
    with shared_servers():
        for benchmark in BENCHMARKS:
            if not given.names or benchmark.name in given.names:
                measure(benchmark, results)
                write(results, given.results, seconds=time.monotonic() - begun)
    return 1 if results.failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""All benchmarks, one after the other: `make bench`, or `make bench ARGS="http floor"` for some.

Each is a script beside this one that prints lines `name: value`. They are repeated here, and written with the machine,
the commit and what was skipped to bench/results.json. Servers, database and content are each script's own, in folders
for temporary files. With SCN_BENCH_SMALL=1 all is small and soon over: no figure means anything then, it only shows
that the benchmarks run.

Figures are taken beside the programs that ask, on the same processors: compare ratios of one run, not figures of two.
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
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BENCH = Path(__file__).parent
RESULTS = BENCH / "results.json"
SMALL = os.environ.get("SCN_BENCH_SMALL") == "1"
VALUE = re.compile(r"([a-z_0-9]+(?:\.[a-z_0-9]+)+): (-?[0-9.]+)")


@dataclass(frozen=True)
class Benchmark:
    """A script and the programs that it takes from the machine."""

    script: str
    programs: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return Path(self.script).stem

    @property
    def missing(self) -> list[str]:
        return [program for program in self.programs if not shutil.which(program)]


BENCHMARKS = (
    Benchmark("floor.py"),
    Benchmark("http.py", ("nginx", "wrk")),
    Benchmark("start.py"),
    Benchmark("memory.py"),
    Benchmark("digests.py"),
    Benchmark("scale.py"),
)


def values_of(benchmark: Benchmark) -> Iterator[tuple[str, float]]:
    """What the script prints, as it comes. RuntimeError where it fails."""
    command = [sys.executable, str(BENCH / benchmark.script)]
    environment = os.environ | {"PYTHONPATH": str(BENCH.parent)}
    with subprocess.Popen(command, env=environment, cwd=BENCH.parent, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            if found := VALUE.fullmatch(line.strip()):
                yield found[1], float(found[2])
            else:
                print(line.rstrip(), file=sys.stderr, flush=True)
    if process.returncode:
        raise RuntimeError(f"{benchmark.script} ended with {process.returncode}.")


def machine() -> dict[str, object]:
    """What the figures depend on."""
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
    """The commit that is measured, with “+” where files differ from it; "" outside a checkout."""
    try:
        told = subprocess.run(["git", "describe", "--always", "--dirty=+"], cwd=BENCH, capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    return told.stdout.strip()


def main() -> int:
    """1 where a benchmark failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(each.name for each in BENCHMARKS))
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()
    if unknown := set(given.names) - {each.name for each in BENCHMARKS}:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    values: dict[str, float] = {}
    skipped: dict[str, str] = {}
    failed: list[str] = []
    for benchmark in BENCHMARKS:
        if given.names and benchmark.name not in given.names:
            continue
        if benchmark.missing:
            skipped[benchmark.name] = f"needs {', '.join(benchmark.missing)}"
            continue
        try:
            for name, value in values_of(benchmark):
                values[name] = value
                print(f"{name}: {value:g}", flush=True)
        except RuntimeError as error:
            failed.append(benchmark.name)
            print(error, file=sys.stderr)
    for name, reason in skipped.items():
        print(f"skipped {name}: {reason}")
    moment = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    about = {"commit": commit(), "measured_at": moment, "small": SMALL, "machine": machine()}
    results = about | {"values": dict(sorted(values.items())), "skipped": skipped, "failed": failed}
    given.results.write_text(json.dumps(results, indent=2) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

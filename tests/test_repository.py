"""Facts that the files of the repository state: links, commands, reasons, migrations."""

import re
import subprocess
import tomllib
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command, get_commands

ROOT: Path = settings.BASE_DIR
LISTED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=True,
)
FILES = [ROOT / name for name in LISTED.stdout.splitlines() if (ROOT / name).is_file()]
PYTHON = [path for path in FILES if path.suffix == ".py" and "migrations" not in path.parts]
PAGES = [path for path in FILES if path.suffix == ".md"]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_repository_was_listed():
    assert ROOT / "manage.py" in FILES
    assert len(PYTHON) > 20


def test_every_dependency_has_its_reason():
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    listed = [*PYPROJECT["project"]["dependencies"]]
    for group in PYPROJECT["dependency-groups"].values():
        listed += group
    for dependency in listed:
        (line,) = [line for line in lines if line.strip().startswith(f'"{dependency}"')]
        assert re.search(r",\s+# \w", line), f"no reason beside {dependency}"


def test_a_silenced_check_says_why():
    silenced = re.compile(r"# (noqa|type: ignore)")
    reasoned = re.compile(r"# (noqa: [A-Z]+\d+|type: ignore\[[a-z-]+\])  (# |\()?\w")
    found = [
        f"{named(path)}:{number}"
        for path in PYTHON
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if silenced.search(line) and not reasoned.search(line) and path != Path(__file__)
    ]
    assert found == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_the_links_of_a_page_lead_somewhere(page):
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_the_commands_that_a_page_names_exist(page):
    text = page.read_text()
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|^    |[A-Z]+=\w+ )make ([a-z]+)", text, re.MULTILINE)) <= targets
    assert set(re.findall(r"manage\.py ([a-z_]+)", text)) <= set(get_commands())


@pytest.mark.django_db
def test_migrations_are_up_to_date():
    out = StringIO()
    call_command("makemigrations", "--check", "--dry-run", stdout=out)
    assert "No changes detected" in out.getvalue()

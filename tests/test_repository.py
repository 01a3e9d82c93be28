"""What every file of the repository owes to its readers."""

import ast
import os
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
TEXT = [
    path
    for path in FILES
    if path.suffix in {".py", ".html", ".txt", ".md", ".toml", ".yml", ".css", ".js", ".po", ".json", ".csv", ""}
    and "vendor" not in path.parts
]
PAGES = [path for path in FILES if path.suffix == ".md"]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

# A file of more than 300 lines usually holds two subjects; at 400 it does.
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50
NAMED_BY_DJANGO = {"__init__.py", "admin.py", "apps.py", "forms.py", "translation.py", "urls.py"}
DRAWERS = {"utils", "helpers", "services", "constants", "common", "misc"}
# Put together here, so that this file is not its own finding.
MACHINE_PATHS = re.compile("|".join(["/" + "work/", "/" + "root/", "/" + r"home/\w+/", "/" + "Users/"]))
REGISTRIES = re.compile("|".join([r"pypi\." + "org", "python" + "hosted", r"registry\." + "npm", r"deb\." + "debian"]))


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


def test_no_file_is_too_long():
    lengths = {named(path): len(path.read_text().splitlines()) for path in PYTHON}
    assert {name: length for name, length in lengths.items() if length > MAX_FILE_LINES} == {}


def test_no_function_is_too_long():
    found = {}
    for path in [path for path in PYTHON if "tests" not in path.parts]:  # a journey is as long as it is
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > MAX_FUNCTION_LINES:
                    found[f"{named(path)}:{node.name}"] = length
    assert found == {}


def test_every_module_says_what_it_is():
    # A command says it in its `help`.
    others = [path for path in PYTHON if path.name not in NAMED_BY_DJANGO and "commands" not in path.parts]
    silent = [named(path) for path in others if not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []


def test_there_are_no_drawers():
    assert [named(path) for path in FILES if DRAWERS & {*path.relative_to(ROOT).parts, path.stem}] == []


def test_no_file_names_a_place_on_somebodys_machine():
    assert [named(path) for path in TEXT if MACHINE_PATHS.search(path.read_text())] == []


def test_no_file_but_the_lock_names_a_registry():
    assert [named(path) for path in TEXT if REGISTRIES.search(path.read_text())] == []


def test_nothing_is_left_for_later():
    marks = re.compile("|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX"]))
    assert [named(path) for path in TEXT if path.suffix != ".csv" and marks.search(path.read_text())] == []


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


def test_the_licence_is_the_whole_agpl():
    text = (ROOT / "LICENSE").read_text()
    assert "GNU AFFERO GENERAL PUBLIC LICENSE" in text
    assert "13. Remote Network Interaction" in text
    assert PYPROJECT["project"]["license"] == "AGPL-3.0-or-later"


def test_ci_runs_the_same_as_a_developer_and_wants_a_browser():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().rstrip().endswith("export CI=true\nexec make test")


@pytest.mark.django_db
def test_migrations_are_up_to_date():
    out = StringIO()
    call_command("makemigrations", "--check", "--dry-run", stdout=out)
    assert "No changes detected" in out.getvalue()

"""Each layer uses only what lies below it: in imports, in names of models, and in lookups that follow a relation.

import-linter checks the imports. A model or a relation of a higher app can also be named in a string, which it does
not see: those are checked here, by the names that Django's own registry of models knows.
"""

import ast
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

ROOT: Path = settings.BASE_DIR
LAYERS = ["scn_portal/base", "members", "commitments", "practices", "digests"]
APPS = LAYERS[1:]
SOURCES = [
    (layer, path) for layer in LAYERS for path in sorted((ROOT / layer).rglob("*.py")) if "migrations" not in path.parts
]
# Where one bare name is a lookup: `filter(pledges=…)`, and `Count("pledges")`.
CALLS_WITH_KEYWORD_LOOKUPS = {"filter", "exclude", "get", "get_or_create", "update_or_create", "Q"}
CALLS_WITH_STRING_LOOKUPS = {
    "values", "values_list", "order_by", "distinct", "only", "defer", "select_related", "prefetch_related", "Prefetch",
    "F", "OuterRef", "Count", "Sum", "Avg", "Min", "Max", "ArrayAgg", "StringAgg", "JSONBAgg", "FilteredRelation",
    "getattr", "attrgetter",
}  # fmt: skip


@cache
def relations_from_above(layer: str) -> frozenset[str]:
    """The names by which models of the apps up to `layer` lead to models of the apps above it."""
    below = [app for app in APPS if LAYERS.index(app) <= LAYERS.index(layer)]
    # The base has no models, and may follow no relation that leads from one app to another.
    # A proxy has the relations of a row of another package, which is no app of ours.
    models = [m for app in below or APPS for m in apps.get_app_config(app).get_models() if not m._meta.proxy]
    names = set()
    for relation in [relation for model in models for relation in model._meta.related_objects]:
        label = relation.related_model._meta.app_label
        if label in APPS and label not in below and label != relation.model._meta.app_label:
            names |= {relation.name, relation.get_accessor_name()}
    return frozenset(names)


def upward_names(source: str, layer: str) -> list[str]:
    """Whatever in this Python source of `layer` names a model or a relation of a higher layer."""
    above = [app for app in APPS if LAYERS.index(app) > LAYERS.index(layer)]
    dotted = re.compile(rf"({'|'.join(above)})(\.\w+)+") if above else re.compile("(?!)")
    relations = relations_from_above(layer)

    def leads_up(path: str) -> bool:
        return bool(re.fullmatch(r"[-+]?\w+", path)) and not relations.isdisjoint(path.lstrip("-+").split("__"))

    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Constant(value=str(text)):
                if dotted.fullmatch(text) or ("__" in text and leads_up(text)):
                    found.append(text)
            case ast.Attribute(attr=name):
                if name in relations:
                    found.append(f".{name}")
            case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called)):
                strings = [item.value for item in node.args if isinstance(item, ast.Constant)]
                texts = [text for text in strings if isinstance(text, str)]
                if called == "get_model" and texts and texts[0] in above:
                    found.append(".".join(texts))
                if called in CALLS_WITH_STRING_LOOKUPS:
                    found += [text for text in texts if "__" not in text and leads_up(text)]
                keywords = [keyword.arg for keyword in node.keywords if keyword.arg]
                found += [
                    f"{name}="
                    for name in keywords
                    if leads_up(name) and ("__" in name or called in CALLS_WITH_KEYWORD_LOOKUPS)
                ]
    return found


# --- Names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layer", "planted"),
    [
        ("members", 'apps.get_model("commitments.Commitment")'),
        ("members", 'apps.get_model("commitments", "Commitment")'),
        ("commitments", 'models.ForeignKey("practices.Practice", models.CASCADE)'),
        ("practices", 'run_after_commit("digests.tasks.deliver")'),
        ("scn_portal/base", 'apps.get_model("members.City")'),
        ("members", "cities.filter(pledges__commitment__number=4)"),
        ("members", "cities.exclude(pledges=None)"),
        ("members", 'cities.annotate(found=Count("practices"))'),
        ("members", 'Q(practices__revisions__status="published")'),
        ("members", 'cities.values("pledges__status")'),
        ("members", 'cities.order_by("-pledges__status")'),
        ("members", 'cities.prefetch_related("pledges")'),
        ("members", 'Facet("x", "X", "pledges__commitment__number", label)'),
        ("members", 'filter(**{"practices__revisions__status": "published"})'),
        ("members", "city.pledges.count()"),
        ("commitments", "Commitment.objects.filter(revisions__status=status)"),
        ("commitments", "commitment.revisions.live()"),
        ("commitments", 'Pledge.objects.filter(city__practices__slug="x")'),
        ("scn_portal/base", 'rows.filter(pledges__status="done")'),
    ],
)
def test_a_name_from_above_is_found(layer, planted):
    assert upward_names(planted, layer)


@pytest.mark.parametrize(
    ("layer", "allowed"),
    [
        ("practices", "Practice.objects.filter(city__pledges__commitment__number=4)"),
        ("commitments", 'City.objects.annotate(found=Count("pledges"))'),
        ("members", 'City.objects.filter(region__slug="europe").order_by("-joined_year")'),
        ("members", "render(request, page, {}, practices=None)"),
        ("digests", 'apps.get_model("practices.Revision")'),
    ],
)
def test_a_name_from_below_is_not(layer, allowed):
    assert upward_names(allowed, layer) == []


def test_no_layer_names_what_is_above_it():
    assert len(SOURCES) > 100
    found = {str(path.relative_to(ROOT)): upward_names(path.read_text(), layer) for layer, path in SOURCES}
    assert {path: names for path, names in found.items() if names} == {}


# --- Imports ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    """A copy of the source files of every package, with the contracts on their imports."""
    folder = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for package in ["scn_portal", *APPS]:
        for path in (ROOT / package).rglob("*.py"):
            copy = folder / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
    return folder


def lint_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True)


def test_the_imports_of_the_tree_keep_the_contracts(tree):
    done = lint_imports(tree)
    assert done.returncode == 0, done.stdout


UPWARD = [
    ("scn_portal.base", "members"),
    ("members", "commitments"),
    ("commitments", "practices"),
    ("practices", "digests"),
    ("digests", "scn_portal.site"),
    ("scn_portal.site", "scn_portal.demo"),
]


def test_an_upward_import_breaks_them(tree):
    planted = {importer: tree / importer.replace(".", "/") / "planted.py" for importer, _imported in UPWARD}
    for importer, imported in UPWARD:
        planted[importer].write_text(f"def late():\n    import {imported}\n")
    done = lint_imports(tree)
    for file in planted.values():
        file.unlink()
    assert done.returncode == 1, done.stdout + done.stderr
    said = [f"{importer}.planted -> {imported}" for importer, imported in UPWARD]
    assert [line for line in said if line not in done.stdout] == []

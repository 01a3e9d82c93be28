"""The alert rules: Debian's own promtool reads them, and fires each of them."""

import re
import subprocess

import pytest
import yaml
from django.conf import settings
from prometheus_client import CollectorRegistry

from scn_portal.site.monitoring.state import StateCollector
from tests import provision

DEPLOY = settings.BASE_DIR / "deploy"
RULES = yaml.safe_load((DEPLOY / "alerts.yml").read_text())["groups"][0]["rules"]
TESTS = yaml.safe_load((DEPLOY / "alerts-test.yml").read_text())["tests"]
COUNTED = {"scn_requests_total", "scn_request_seconds_bucket"}


@pytest.mark.slow
@pytest.mark.parametrize("command", ["check rules alerts.yml", "test rules alerts-test.yml"])
def test_promtool_reads_the_rules_and_fires_each(command):
    promtool = provision.promtool()
    if not promtool:
        pytest.skip("no promtool: `python -m tests.provision` fetches Debian's")
    done = subprocess.run([promtool, *command.split()], cwd=DEPLOY, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_is_fired_by_a_test_and_silent_in_another():
    cases = [case for test in TESTS for case in test["alert_rule_test"]]
    names = {rule["alert"] for rule in RULES}
    assert {case["alertname"] for case in cases if case["exp_alerts"]} == names
    assert {case["alertname"] for case in cases if not case["exp_alerts"]} == names


@pytest.mark.django_db
def test_the_rules_ask_for_metrics_that_there_are_and_for_each_of_the_state(settings, monkeypatch, tmp_path):
    monkeypatch.setattr("scn_portal.site.monitoring.state.connection.close", lambda: None)
    monkeypatch.setattr("scn_portal.site.monitoring.state.PING_SECONDS", 0.05)
    settings.BACKUP_STAMP = str(tmp_path / "stamp")
    registry = CollectorRegistry()
    registry.register(StateCollector())
    there_are = {family.name for family in registry.collect()} | COUNTED
    asked_for = set(re.findall(r"scn_\w+", " ".join(rule["expr"] for rule in RULES)))
    assert asked_for <= there_are
    assert there_are - asked_for <= {"scn_practices_waiting"}  # for people who look


def test_the_manual_says_what_to_do_about_each():
    manual = (settings.BASE_DIR / "docs" / "operations.md").read_text()
    assert [rule["alert"] for rule in RULES if f"`{rule['alert']}`" not in manual] == []

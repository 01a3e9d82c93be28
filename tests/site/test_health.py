"""`/healthz` says the process is up; `/readyz` whether what it needs answers, and which does not."""

import pytest
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from scn_portal.site import health

READY = {"database": "ok", "redis": "ok", "migrations": "ok"}


def test_the_process_is_up_and_asks_nothing_of_anybody(client):
    response = client.get("/healthz")  # without the database: this test may not use it
    assert (response.status_code, response.json()) == (200, {"process": "up"})
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_ready_when_everything_answers(client):
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, READY)
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_ready_without_redis_which_no_page_needs(client, monkeypatch, tmp_path):
    away = RedisCache(f"unix://{tmp_path}/nobody-listens.sock", {})
    monkeypatch.setattr(caches._connections, "default", away, raising=False)
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, READY | {"redis": "away"})


@pytest.mark.django_db
def test_not_ready_with_a_migration_missing(client, monkeypatch):
    monkeypatch.setattr(health, "_migrated_until", 0.0)  # what another test has seen
    MigrationRecorder(connection).migration_qs.filter(app="practices").delete()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["database"] == "ok"
    assert response.json()["migrations"].endswith(" missing")


@pytest.mark.django_db(transaction=True)
def test_not_ready_without_the_database(client, monkeypatch):
    name = connection.settings_dict["NAME"]
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "NAME", f"{name}_of_nobody")
    try:
        response = client.get("/readyz")
    finally:
        connection.close()
        monkeypatch.undo()
    assert (response.status_code, response.json()) == (503, READY | {"database": "away", "migrations": "unknown"})


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_health_is_to_be_read(client, address):
    assert client.post(address).status_code == 405

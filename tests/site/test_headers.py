"""What every answer carries to keep its reader safe, and how it travels."""

import gzip

import pytest
from django.conf import settings
from django.test import override_settings

from tests.test_settings import COMPLETE, said_of_settings

ADDRESSES = ["/healthz", "/en/about/", "/en/accounts/login/", "/en/nothing/", "/static/css/portal.css", "/"]
EXPECTED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_is_guarded(client, address):
    response = client.get(address)
    response.close()
    assert {name: response.get(name) for name in EXPECTED} == EXPECTED
    policy = dict(part.strip().partition(" ")[::2] for part in response["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == policy["object-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert "unsafe" not in response["Content-Security-Policy"]
    assert "http:" not in response["Content-Security-Policy"]
    permissions = response["Permissions-Policy"]
    assert "geolocation=()" in permissions
    assert "publickey-credentials-get=(self)" in permissions


@pytest.mark.slow
def test_requests_are_upgraded_only_where_the_portal_has_tls():
    script = "print(s.CONTENT_SECURITY_POLICY['DIRECTIVES']['upgrade-insecure-requests'])"
    for address, upgraded in (("https://portal.example", "True"), ("http://localhost:8000", "False")):
        done = said_of_settings(script, **COMPLETE | {"SITE_URL": address})
        assert done.stdout.strip() == upgraded, done.stderr


@pytest.mark.django_db
def test_a_page_is_compressed_for_who_takes_it_so(client):
    packed = client.get("/en/about/", headers={"accept-encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert b"<h1>" in gzip.decompress(packed.content)
    assert "Content-Encoding" not in client.get("/en/about/")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("accepted", "is_packed"),
    [
        ("gzip", True), ("GZIP", True), ("gzip;q=0.5", True), ("br, gzip;q=0.1", True), ("*", True),
        ("identity;q=0, *;q=0.5", True), ("identity;q=0.5, gzip", True), ("gzip, *;q=0", True),
        ("gzip;q=0", False), ("gzip; q=0.000", False), ("br, gzip ; q = 0", False), ("*;q=0", False),
        ("gzip;q=0, *", False), ("identity;q=0", False), ("identity, gzip;q=0.5", False), ("gzip;q=x", False),
        ("br", False), ("", False), (";;,,=", False),
    ],
)  # fmt: skip
def test_what_a_client_does_not_take_it_does_not_get(client, accepted, is_packed):
    response = client.get("/en/about/", headers={"accept-encoding": accepted})
    assert response.has_header("Content-Encoding") == is_packed
    assert response.status_code == 200
    assert "Accept-Encoding" in response["Vary"]


def test_a_style_sheet_is_compressed_and_part_of_one_is_not(client):
    whole = client.get("/static/css/portal.css", headers={"accept-encoding": "gzip"})
    sheet = (settings.BASE_DIR / "scn_portal/static/css/portal.css").read_bytes()
    assert gzip.decompress(b"".join(whole.streaming_content)) == sheet
    part = client.get("/static/css/portal.css", headers={"accept-encoding": "gzip", "range": "bytes=0-9"})
    assert (part.status_code, "Content-Encoding" in part) == (206, False)
    assert b"".join(part.streaming_content) == sheet[:10]


# --- Away ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "words"),
    [("/en/cities/", "The portal is temporarily unavailable"), ("/fr/villes/", "Le portail est momentanément")],
)
@override_settings(MAINTENANCE=True)
def test_under_maintenance_each_page_says_so_without_the_database(client, address, words):
    response = client.get(address)
    assert (response.status_code, response["Retry-After"]) == (503, "300")
    assert words in response.text
    assert "no-store" in response["Cache-Control"]
    assert "Content-Security-Policy" in response


@pytest.mark.django_db
@override_settings(MAINTENANCE=True)
def test_under_maintenance_health_and_static_files_answer(client):
    assert client.get("/healthz").status_code == 200
    static = client.get("/static/css/portal.css")
    static.close()
    assert static.status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_down_is_answered_with_503(client, monkeypatch):
    from django.db import connection

    name = connection.settings_dict["NAME"]
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "NAME", f"{name}_of_nobody")
    client.raise_request_exception = False
    try:
        response = client.get("/fr/villes/")
    finally:
        connection.close()
        monkeypatch.undo()
    assert (response.status_code, response["Retry-After"]) == (503, "300")
    assert "Le portail est momentanément" in response.text


def test_a_server_error_is_a_500_in_the_readers_language(client, monkeypatch):
    def broken(*_arguments):
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("scn_portal.site.static_pages.read_page", broken)
    client.raise_request_exception = False
    response = client.get("/fr/a-propos/")
    assert response.status_code == 500
    assert '<html lang="fr">' in response.text

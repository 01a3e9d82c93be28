"""The examples of docs/api.md, run."""

import io
import json
import re
import shlex

import pytest
from django.conf import settings

from commitments.loading import load_declaration
from practices.moderation import archive
from tests.factories import (
    CityFactory,
    MilestoneFactory,
    ModeratorFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    RevisionFactory,
    commit,
)

pytestmark = pytest.mark.django_db

PAGE = (settings.BASE_DIR / "docs/api.md").read_text()
SITE = "https://portal.example"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


COMMANDS = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("curl ")]
# How many rows each list gives of the rows below; for other addresses, the status.
EXPECTED = {
    "/api/v1/cities?region=east-southern-africa&country=KE&country=UG": 1,
    "/api/v1/practices?city=koboko&limit=10": 1,
    "/api/v1/updates?pledge=7": 1,
    "/api/v1/practices?q=prison+families": 1,
    "/api/v1/removals?since=2026-03-01": 1,
    "/api/v1/pledges?updated_since=2026-03-01": 1,
    "/api/v1/declaration": None,
    "/api/v1/cities?region=nowhere": None,
}


@pytest.fixture(autouse=True)
def rows(settings):
    """What the examples name."""
    settings.SITE_URL = SITE
    load_declaration()
    koboko = CityFactory(name_en="Koboko", country="UG", region__slug="east-southern-africa")
    CityFactory(name_en="Elsewhere", country="TZ", region=koboko.region)
    pledge = PledgeFactory(pk=7, city=koboko)
    MilestoneFactory(pk=3, pledge=pledge)
    ProgressUpdateFactory(pk=5, pledge=pledge)
    RevisionFactory(practice__city=koboko, practice__slug="the-aarhus-model", status="published",
                    title_en="Families of people in prison")  # fmt: skip
    gone = PledgeFactory(pk=1007, city=koboko)
    commit()
    gone.delete()
    commit()


def ask(client, command: str):
    """The response to a curl command, and its path."""
    program, *arguments = shlex.split(command)
    assert program == "curl"
    headers = {}
    while arguments[0] == "-H":
        name, _colon, value = arguments[1].partition(": ")
        headers[name] = value
        arguments = arguments[2:]
    (address,) = arguments
    path = address.removeprefix(SITE)
    return path, client.get(path, headers=headers)


def test_the_page_has_just_these_examples():
    assert [shlex.split(command)[-1].removeprefix(SITE) for command in COMMANDS if "-H" not in command] == [
        path for path in EXPECTED if path != "/api/v1/declaration"
    ]
    assert len(COMMANDS) == len(EXPECTED)


def test_each_command_of_the_page_works(client):
    for command in COMMANDS:
        path, response = ask(client, command)
        body = response.json()
        if (expected := EXPECTED[path]) is not None:
            assert (response.status_code, body["count"], len(body["results"])) == (200, expected, expected), command
            assert {"licence", "attribution", "next", "resume"} < set(body)


def test_the_error_is_the_one_that_the_page_shows(client):
    (shown,) = [block for block in blocks("json") if "progress" not in block]
    response = client.get("/api/v1/cities?region=nowhere")
    assert (response.status_code, response.json()) == (422, json.loads(shown))


def test_every_address_of_the_table_answers(client):
    addresses = re.findall(r"`(/api/v1/[^`]*)`", PAGE.split("**Filters**")[0])
    assert len(addresses) == 17
    assert {client.get(address).status_code for address in addresses} == {200, 302}


def test_the_harvest_of_the_page_keeps_a_copy_up_to_date(client, monkeypatch):
    asked = []

    def urlopen(address: str):
        asked.append(address)
        response = client.get(address.removeprefix(SITE))
        assert response.status_code == 200
        return io.BytesIO(response.content)

    monkeypatch.setattr("urllib.request.urlopen", urlopen)
    (code,) = blocks("python")
    harvest = run(code)["harvest"]
    copy: dict = {}
    state = harvest({}, copy)
    assert sorted(kind for kind, _id in copy) == ["pledge", "practice"]
    new = RevisionFactory(status="published")
    commit()
    state = harvest(state, copy)
    assert ("practice", new.practice_id) in copy
    archive(revision=new, by=ModeratorFactory(), reason="A name.")
    commit()
    asked.clear()
    harvest(state, copy)
    assert ("practice", new.practice_id) not in copy
    assert len(asked) == 3


def run(code: str) -> dict:
    names: dict = {}
    exec(compile(code, "docs/api.md", "exec"), names)
    return names

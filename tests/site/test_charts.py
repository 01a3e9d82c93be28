"""The charts: their findings, on made-up numbers; their drawings, tables and files, on rows."""

import csv
import io
import re
from xml.etree import ElementTree

import pytest
from django.utils.translation import override

from commitments.loading import load_declaration
from commitments.models import Commitment
from members.models import City
from scn_portal.site.charts.bars import FULL, bars_of, sheet_of
from scn_portal.site.charts.figures import Chart, Row, Series
from scn_portal.site.charts.findings import evidence_finding, pledges_finding, themes_finding
from tests.factories import CityFactory, PledgeFactory, RevisionFactory

N, n = "\u00a0", "\u202f"


def counts(*values: int) -> dict[str, int]:
    """So many pledges or practices for A, B, C …"""
    return dict(zip(["Alpha", "Beta", "Gamma", "Delta"], values, strict=False))


# --- Findings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "english", "french"),
    [
        ((0, 0, 0), "No city has recorded a pledge yet", "Aucune ville n’a encore inscrit de promesse"),
        (
            (0, 1, 0), "One pledge is recorded so far, on beta",
            "Une seule promesse est inscrite à ce jour, pour « Beta »",
        ),
        ((0, 3, 0), "All 3 pledges are on beta", "Les 3 promesses portent toutes sur « Beta »"),
        (
            (2, 2, 2), "Pledges are spread evenly over all commitments",
            "Les promesses se répartissent également entre tous les engagements",
        ),
        ((2, 5, 1), "Cities pledge most on beta", "« Beta » réunit le plus de promesses"),
        (
            (2, 5, 0), "Cities pledge most on beta; no city has pledged on gamma",
            "« Beta » réunit le plus de promesses ; aucune ville n’a fait de promesse pour « Gamma »",
        ),
        (
            (5, 5, 0, 0), "Cities pledge most on alpha and beta; no city has pledged on gamma or delta",
            "« Alpha » et « Beta » réunissent le plus de promesses ;"
            " aucune ville n’a fait de promesse pour « Gamma » ni de « Delta »",
        ),
        (
            (5, 5, 5, 1), "No commitment leads alone: 3 share first place",
            "Aucun engagement ne l’emporte seul : 3 se partagent la première place",
        ),
    ],
)  # fmt: skip
def test_the_finding_of_the_pledges(values, english, french):
    found = counts(*values)
    assert pledges_finding(found) == english
    with override("fr"):
        assert pledges_finding(found).replace(n, " ").replace(N, " ") == french


def test_many_commitments_without_a_pledge_are_counted():
    found = {"A": 3, "B": 1, "C": 0, "D": 0, "E": 0}
    assert pledges_finding(found) == "Cities pledge most on a; 3 commitments have no pledge"


@pytest.mark.parametrize(
    ("values", "total", "english", "french"),
    [
        ((0, 0), 0, "No practice is published yet", "Aucune pratique n’est encore publiée"),
        ((1, 0), 1, "One practice is published so far", "Une seule pratique est publiée à ce jour"),
        ((0, 0), 2, "No practice names a theme yet", "Aucune pratique n’indique encore de thème"),
        (
            (1, 4), 5, "“Beta” is the most common theme, in 4 of 5 practices",
            "« Beta » est le thème le plus fréquent, dans 4 pratiques sur 5",
        ),
        (
            (4, 4, 0), 5,
            "“Alpha” and “Beta” are the most common themes, each in 4 of 5 practices; no practice is about “Gamma”",
            "« Alpha » et « Beta » sont les thèmes les plus fréquents, chacun dans 4 pratiques sur 5 ;"
            " aucune pratique ne traite de « Gamma »",
        ),
        (
            (2, 2, 2), 5, "No theme stands out: 3 share first place",
            "Aucun thème ne se détache : 3 se partagent la première place",
        ),
    ],
)  # fmt: skip
def test_the_finding_of_the_themes(values, total, english, french):
    found = counts(*values)
    assert themes_finding(found, total) == english
    with override("fr"):
        assert themes_finding(found, total).replace(n, " ").replace(N, " ") == french


@pytest.mark.parametrize(
    ("by_others", "by_the_city", "total", "english", "french"),
    [
        (0, 0, 0, "No practice is published yet", "Aucune pratique n’est encore publiée"),
        (1, 0, 1, "One practice is published so far", "Une seule pratique est publiée à ce jour"),
        (
            0, 0, 5, "None of the 5 practices has been evaluated yet",
            "Aucune des 5 pratiques n’a encore été évaluée",
        ),
        (1, 0, 5, "1 of 5 practices has been evaluated, by others", "1 pratique sur 5 a été évaluée, par un tiers"),
        (
            0, 1, 5, "1 of 5 practices has been evaluated, by its own city",
            "1 pratique sur 5 a été évaluée, par sa propre ville",
        ),
        (
            2, 0, 5, "2 of 5 practices have been evaluated, all by others",
            "2 pratiques sur 5 ont été évaluées, toutes par des tiers",
        ),
        (
            1, 2, 5, "3 of 5 practices have been evaluated, 1 of them by others",
            "3 pratiques sur 5 ont été évaluées, dont 1 par un tiers",
        ),
        (
            2, 3, 5, "All 5 practices have been evaluated, 2 of them by others",
            "Les 5 pratiques ont toutes été évaluées, dont 2 par des tiers",
        ),
    ],
)  # fmt: skip
def test_the_finding_of_the_evidence(by_others, by_the_city, total, english, french):
    assert evidence_finding(by_others, by_the_city, total) == english
    with override("fr"):
        assert evidence_finding(by_others, by_the_city, total) == french


# --- Drawing ---------------------------------------------------------------------------------------------------------

STACKED = Chart(
    "pledges", "A finding", "What", "By",
    (Series("done", "Done"), Series("planned", "Planned")),
    (Row("1. One", (3, 1), line=1), Row("2. Two", (0, 0), line=2), Row("3. Three", (0, 2), line=3)),
)  # fmt: skip


def test_bars_are_drawn_on_one_scale_and_do_not_overlap():
    first, second, third = bars_of(STACKED)
    assert [(each.key, each.start, each.size) for each in first.segments] == [("done", 0, 69), ("planned", 69, 23)]
    assert (first.end, second.end, second.segments, third.end) == (FULL, 0, [], FULL / 2)
    assert first.y < first.bar_y < second.y < third.y


def test_a_chart_of_nothing_is_drawn():
    empty = Chart("x", "Nothing", "What", "By", (Series("done", "Done"),), (Row("One", (0,)),))
    assert bars_of(empty)[0].segments == []
    assert bars_of(Chart("x", "Nothing", "What", "By", (Series("a", "A"),), ())) == []


def test_a_long_title_of_a_file_wraps():
    long = Chart("x", "word " * 60, "What", "By", STACKED.series, STACKED.rows)
    assert len(sheet_of(long).title) > 4
    assert sheet_of(long).height > sheet_of(STACKED).height


# --- Pages and files -------------------------------------------------------------------------------------------------


@pytest.fixture
def network(db):
    """Two pledges under 4, one of them of a city that has left; three practices, one evaluated by others."""
    load_declaration()
    fourth = Commitment.objects.of_melbourne().get(number=4)
    PledgeFactory(commitment=fourth, status="done")
    PledgeFactory(commitment=fourth, status="done")
    PledgeFactory(commitment=Commitment.objects.of_melbourne().get(number=5), status="under_way")
    PledgeFactory(commitment=fourth, city=CityFactory(status=City.Status.FORMER))
    RevisionFactory(status="published", commitments=[fourth], evaluation="external", themes=["youth", "online"])
    RevisionFactory(status="published", commitments=[fourth], themes=["youth"])
    RevisionFactory(status="published", commitments=[fourth], evaluation="none")
    RevisionFactory(commitments=[fourth], evaluation="external", themes=["exit"])  # a draft


def test_each_chart_stands_under_its_finding_with_its_table(client, network):
    page = re.sub(r"\s+", " ", client.get("/en/charts/").text)
    for finding in (
        "Cities pledge most on local strategies; 5 commitments have no pledge",
        "“Work with young people” is the most common theme, in 2 of 3 practices; 12 themes have no practice",
        "1 of 3 practices has been evaluated, by others",
    ):
        assert f">{finding}</h2>" in page
        assert f"{finding}. The table has the numbers." in page
    assert '<th scope="row">4. Local strategies</th> <td>2</td><td>0</td> <td>2</td>' in page
    assert page.count("<table") == 3
    assert "data of" in page
    assert "CC BY 4.0" in page


def test_the_french_page_speaks_french(client, network):
    page = client.get("/fr/graphiques/").text
    assert f"«{n}Stratégies locales{n}» réunit le plus de promesses{n};" in page
    assert "1 pratique sur 3 a été évaluée, par un tiers" in page


@pytest.mark.parametrize("key", ["pledges", "themes", "evidence"])
@pytest.mark.parametrize(("language", "charts"), [("en", "charts"), ("fr", "graphiques")])
def test_a_chart_is_a_drawing_that_stands_alone(client, network, language, charts, key):
    response = client.get(f"/{language}/{charts}/{key}.svg")
    assert response["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert "public" in response["Cache-Control"]
    root = ElementTree.fromstring(response.content)
    assert root.find("{http://www.w3.org/2000/svg}title").text
    assert not re.search(r"href=|<script|<style|style=|url\((?!#)", response.text)
    defined = set(re.findall(r'id="([^"]+)"', response.text))
    assert set(re.findall(r"url\(#([^)]+)\)", response.text)) <= defined
    assert client.get(f"/{language}/{charts}/{key}.svg", headers={"if-none-match": response["ETag"]}).status_code == 304


def test_a_chart_is_a_table_to_take_away(client, network):
    response = client.get("/en/charts/pledges.csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
    assert [row["name"][:1] for row in rows] == list("1234567")
    assert (rows[3]["done"], rows[3]["total"], rows[4]["under_way"]) == ("2", "2", "1")
    assert rows[0]["licence"] == "https://creativecommons.org/licenses/by/4.0/"


def test_the_practices_are_counted_by_evaluation(client, network):
    response = client.get("/fr/graphiques/evidence.csv")
    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
    assert [row[:2] for row in rows[1:]] == [
        ["Évaluation indépendante", "1"], ["Évaluée par la ville", "0"], ["Pas encore d’évaluation", "2"],
    ]  # fmt: skip


def test_there_is_no_other_chart(client, network):
    assert client.get("/en/charts/nothing.svg").status_code == 404
    assert client.get("/en/charts/nothing.csv").status_code == 404


def test_a_portal_without_rows_says_so(client, db):
    load_declaration()
    page = client.get("/en/charts/").text
    assert "No city has recorded a pledge yet" in page
    assert page.count("No practice is published yet") >= 2

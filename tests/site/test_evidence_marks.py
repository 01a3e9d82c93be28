"""Every card of a practice says who evaluated it, as far as that is known."""

import pytest

from commitments.loading import load_declaration
from tests.factories import CityFactory, RevisionFactory

pytestmark = pytest.mark.django_db

MARKS = {
    "en": ("Evaluated independently", "Evaluated by the city", "Not evaluated or not known"),
    "fr": ("Évaluation indépendante", "Évaluée par la ville", "Évaluation non connue"),
}
CARDS = {
    "en": [
        "",
        "practices/",
        "cities/testford/",
        "commitments/1/",
        "search/?q=help",
        "practices/help/",
        "practices/other/",
    ],
    "fr": ["", "pratiques/", "villes/testford/", "engagements/1/", "recherche/?q=help"],
}


@pytest.mark.parametrize(
    ("evaluation", "mark", "language"),
    [("external", 0, "en"), ("internal", 1, "fr"), ("none", 2, "en"), ("", 2, "fr")],
)
def test_each_card_of_a_practice_has_its_mark(client, evaluation, mark, language):
    load_declaration()
    practice = {"status": "published", "evaluation": evaluation, "themes": ["youth"], "title_en": "Help"}
    city = CityFactory(name_en="Testford", name_fr="Testford")
    RevisionFactory(practice__city=city, practice__slug="help", **practice)
    RevisionFactory(practice__slug="other", **practice)
    for path in CARDS[language]:
        main = client.get(f"/{language}/{path}").text.partition("<main")[2]
        marks = [f"{words}</span>" in main for words in MARKS[language]]
        assert marks.index(True) == mark, path
    if language == "en":
        assert main.count(f"{MARKS['en'][mark]}</span>") == 2, "that of the page, and that of the related practice"


def test_the_way_to_the_practices_promises_nothing_more(client):
    load_declaration()
    RevisionFactory(status="published")
    assert "See what cities do" in client.get("/en/").text
    assert "Voir ce que font les villes" in client.get("/fr/").text
    assert "what works" not in client.get("/en/").text

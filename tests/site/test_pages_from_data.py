"""The pages of text that also show what the data say: method and limits, and help for somebody who worries."""

import json
import re

import pytest
from django.utils.text import slugify

from commitments.loading import load_declaration
from commitments.models import Commitment
from practices.choices import Evaluation, Status
from practices.loading import FILE as SAMPLE
from practices.models import Practice
from practices.open_services import FILE
from tests.factories import CityFactory, PledgeFactory, RevisionFactory, UserFactory

pytestmark = pytest.mark.django_db

WORRIED = {"en": "/en/worried-about-someone/", "fr": "/fr/inquiet-pour-un-proche/"}
METHOD = {"en": "/en/method/", "fr": "/fr/methode/"}


def main(page) -> str:
    return re.sub(r"\s+", " ", page.text.partition("<main")[2].partition("</main>")[0])


# --- Worried about somebody? -----------------------------------------------------------------------------------------

# A practice that the file knows, and what it says there.
ROW = next(row for row in json.loads(FILE.read_text()) if row["practice"] == "the-aarhus-model")


def named_service(number: int = 1, slug: str = ROW["practice"], **texts):
    """A live revision that names the service of ROW."""
    words = {"title_en": "A model", "summary_en": f"The city says that {ROW['en']}."} | texts
    return RevisionFactory(
        status="published", practice__slug=slug, practice__city__name_en=f"Testford {number}", **words
    )


def test_each_service_of_the_file_is_named_by_a_sample_practice_in_both_languages():
    known = {slugify(practice["name_en"]): practice for practice in json.loads(SAMPLE.read_text())}
    for row in json.loads(FILE.read_text()):
        practice = known[row["practice"]]
        for language in ("en", "fr"):
            said = " ".join(f"{practice[f'summary_{language}']} {practice[f'approach_{language}']}".split())
            assert " ".join(row[language].split()) in said


@pytest.mark.parametrize("language", WORRIED)
def test_it_names_the_service_its_city_and_its_practice_and_first_of_all_the_emergency_number(client, language):
    named_service(
        title_fr="Un modèle", summary_fr=f"La ville dit : {ROW['fr']}.", website="https://help.testford.example/a"
    )
    page = client.get(WORRIED[language])
    text = main(page)
    urgent = {"en": "call the emergency number of your country", "fr": "appelez le numéro d’urgence de votre pays"}
    assert text.index(urgent[language]) < text.index("Testford 1")
    assert 'href="https://help.testford.example/a"' in text
    assert "the-aarhus-model/" in text
    assert {"en": "An Info House", "fr": "Une «"}[language] in text
    assert re.findall(r"\d{3,}", re.sub(r"<[^>]+>", "", text)) == []  # no number to call is ours to give


@pytest.mark.parametrize("status", [status for status in Status if status != Status.PUBLISHED])
def test_a_service_is_shown_only_while_its_practice_is_public(client, status):
    RevisionFactory(status=status, practice__slug=ROW["practice"], summary_en=f"We say that {ROW['en']}.")
    assert "No practice on this portal names such a service yet." in main(client.get(WORRIED["en"]))


def test_a_service_that_the_practice_no_longer_names_is_gone(client):
    named_service(summary_en="The city closed its service.")
    assert "Info House" not in main(client.get(WORRIED["en"]))


def test_what_the_practice_says_in_one_language_is_shown_to_all_and_labelled(client):
    named_service()
    assert re.search(r'<span lang="en">An Info House .*</span> <small class="language-note">\(en anglais\)',
                     main(client.get(WORRIED["fr"])))  # fmt: skip


@pytest.mark.parametrize("language", WORRIED)
def test_it_sets_nothing_and_asks_nothing(client, language):
    named_service()
    page = client.get(WORRIED[language])
    assert not page.cookies
    assert "cookie" not in page.get("Vary", "").lower()
    assert not re.search(r"<(form|input|textarea|script)", main(page))


@pytest.mark.parametrize("rows", [1, 3])
def test_help_takes_one_query_however_many_services(client, django_assert_num_queries, rows):
    for number, row in enumerate(json.loads(FILE.read_text())[:rows]):
        named_service(number, row["practice"], summary_en=f"{row['en']}.")
    with django_assert_num_queries(1):
        page = client.get(WORRIED["en"])
    assert page.text.count("<h3>") == rows


# --- Method and limits -----------------------------------------------------------------------------------------------


def network(count: int) -> None:
    """`count` cities, each with a kept pledge, an action older than the Declaration, and an evaluated practice."""
    fourth = Commitment.objects.of_melbourne().get(number=4)
    for _number in range(count):
        city = CityFactory()
        PledgeFactory(city=city, commitment=fourth, status="done", announced_on="2020")
        PledgeFactory(city=city, commitment=fourth, status="done", announced_on="2011")
        RevisionFactory(status="published", practice__city=city, author=UserFactory(), evaluation=Evaluation.EXTERNAL)


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("language", METHOD)
def test_method_counts_what_is_public_today(client, django_assert_num_queries, language, rows):
    load_declaration()
    network(rows)
    gone = CityFactory(status="former")
    PledgeFactory(city=gone, commitment=Commitment.objects.of_melbourne().get(number=4), announced_on="2020")
    with django_assert_num_queries(5):
        counts = client.get(METHOD[language]).context["counts"]
    assert (counts.pledges, counts.kept, counts.prior, counts.compiled_pledges) == (rows, rows, rows, rows)
    assert (counts.practices, counts.compiled_practices, counts.evaluated) == (rows, 0, rows)
    assert Practice.objects.count() == rows


def test_method_says_what_the_figures_do_not_show(client):
    text = main(client.get(METHOD["en"]))
    for words in ("The list is partial", "November 2026", "Nobody else has checked it", "No cities"):
        assert words in text
    assert "novembre 2026" in main(client.get(METHOD["fr"]))


@pytest.mark.parametrize(("english", "french"), [tuple(WORRIED.values()), tuple(METHOD.values())])
def test_both_languages_have_the_same_sections_and_each_foot_leads_here(client, english, french):
    pages = [client.get(address).text for address in (english, french)]
    assert pages[0].count("<h2") == pages[1].count("<h2")
    for address, page in zip((english, french), pages, strict=True):
        assert f'href="{address}"' in page.partition("<footer")[2]
        assert "keywords:" not in page

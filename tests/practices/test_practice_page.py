"""The public page of a practice: the story in order, what is honest about its gaps, and the practices beside it."""

import re

import pytest
from django.utils import translation

from practices import moderation
from practices.choices import Status
from practices.templatetags.practice import size_of_file
from tests.factories import CityFactory, CommitmentFactory, ModeratorFactory, RevisionFactory, acting_for

pytestmark = pytest.mark.django_db

HIDDEN = [status for status in Status.values if status != "published"]
WHOLE = {
    "challenge_en": "The challenge.", "approach_en": "The approach.", "resources_en": "Two people.",
    "results_en": "The results.", "evaluation": "external", "evidence_en": "A survey.", "lessons_en": "Too slow.",
    "transfer_en": "A willing mayor.", "safeguards_en": "No list of names.",
}  # fmt: skip


def live(title: str = "The practice", **fields):
    return RevisionFactory(status="published", title_en=title, **fields)


def headings(page: str, level: str = "h2") -> list[str]:
    return [" ".join(found.split()) for found in re.findall(rf"<{level}[^>]*>(.*?)</{level}>", page, re.DOTALL)]


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", page).split())


def opened(client, revision, language: str = "en") -> str:
    path = {"en": "en/practices", "fr": "fr/pratiques"}[language]
    response = client.get(f"/{path}/{revision.practice.slug}/")
    assert response.status_code == 200
    return response.text


# --- The story -------------------------------------------------------------------------------------------------------


def test_the_story_is_told_in_order(client):
    page = opened(client, live(**WHOLE, sources=["https://example.org/"], documents=["The report"]))
    assert headings(page) == [
        "Why", "What the city does", "Cost and resources", "Results", "Evidence", "What did not work",
        "What another city would need", "Safeguards for human rights", "In brief", "Documents", "Sources",
        "Reuse and cite",
    ]  # fmt: skip
    assert "Evaluated independently A survey." in words(page)
    assert "No evaluation available" not in page
    assert "has not told" not in page


def test_what_is_empty_is_left_out_but_for_what_silence_says(client):
    revision = live(approach_en="")
    assert headings(opened(client, revision)) == ["Evidence", "What did not work", "In brief", "Reuse and cite"]
    page = words(opened(client, revision))
    assert "No evaluation available." in page
    assert "The city has not shared what did not work." in page
    french = words(opened(client, revision, "fr"))
    assert "Aucune évaluation connue." in french
    assert "La ville n’a pas indiqué ce qui n’a pas marché." in french


@pytest.mark.parametrize(
    ("evaluation", "said"),
    [("none", "Not evaluated"), ("internal", "Evaluated by the city"), ("", "No evaluation available")],
)
def test_it_says_who_evaluated_it(client, evaluation, said):
    page = words(opened(client, live(evaluation=evaluation, evidence_en="We asked around.")))
    assert f"Evidence {said}" in page
    assert "We asked around." in page


def test_what_is_written_in_the_other_language_only_counts_as_told(client):
    page = opened(client, live(lessons_fr="Trop lent.", transfer_fr="Une mairie volontaire."))
    assert '<div lang="fr"><p>Trop lent.</p>' in page
    assert "has not told" not in page
    assert "What another city would need" in headings(page)


def test_only_a_long_story_has_contents_and_each_leads_to_a_heading(client):
    assert 'class="contents"' not in opened(client, live(**WHOLE))
    page = opened(client, live(**WHOLE | {"approach_en": "Many words. " * 300}, sources=["https://example.org/"]))
    (contents,) = re.findall(r'<nav class="contents".*?</nav>', page, re.DOTALL)
    targets = re.findall(r'href="#([^"]+)"', contents)
    assert targets == [
        "challenge", "approach", "resources", "results", "evidence", "lessons", "transfer", "safeguards", "sources",
        "cite",
    ]  # fmt: skip
    assert set(targets) <= set(re.findall(r'<h2 id="([^"]+)"', page))


def test_how_it_is_sorted_leads_to_the_list(client):
    served = [CommitmentFactory(number=4), CommitmentFactory(number=5)]
    page = opened(client, live(themes=["hate", "training"], target_groups=["young"], commitments=served), "fr")
    assert re.findall(r'href="/fr/pratiques/\?([^"]+)">([^<]+)<', page) == [
        ("commitment=4&amp;commitment=5", "Toutes les pratiques pour ces engagements"),
        ("theme=hate", "Crimes de haine et discriminations"),
        ("theme=training", "Formation des agents"),
        ("target_group=young", "Jeunes"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Testford (Canada), “Dialogue”, Strong Cities Network, 2026, {site}/en/practices/dialogue/,"
               " consulted on 4 May 2026."),
        ("fr", "Testville (Canada), «\u202fDialogue\u202f», Strong Cities Network, 2026, {site}/fr/pratiques/dialogue/,"
               " consulté le 4 mai 2026."),
    ],
)  # fmt: skip
def test_it_can_be_cited(client, settings, time_machine, language, said):
    time_machine.move_to("2026-05-04T08:00:00Z", tick=False)
    city = CityFactory(name_en="Testford", name_fr="Testville", country="CA")
    page = opened(client, live("Dialogue", practice__city=city, practice__slug="dialogue"), language)
    (citation,) = re.findall(r'<p class="citation">(.*?)</p>', page, re.DOTALL)
    assert re.sub(r"<[^>]+>", "", citation).strip() == said.format(site=settings.SITE_URL)
    assert '<cite lang="en">' in citation


def test_markup_in_a_title_stays_words(client):
    page = opened(client, live("<b>Bold</b> & <script>", documents=["<i>Leaning</i>"], inspired_by_en="<u>Under</u>"))
    for markup in ("<b>Bold", "<script>alert", "& <script>", "<i>Leaning", "<u>Under"):
        assert markup not in page
    assert "&lt;i&gt;Leaning" in page


def test_its_documents_are_named_with_kind_and_size(client):
    revision = live(documents=["The report"])
    (document,) = revision.attachments.all()
    assert f'href="{document.get_absolute_url()}"' in opened(client, revision)
    assert "The report (PDF, 1 KB)" in words(opened(client, revision))
    assert "The report (en anglais) (PDF, 1 ko)" in words(opened(client, revision, "fr"))


@pytest.mark.parametrize(
    ("size", "english", "french"),
    [
        (1, "1 KB", "1 ko"), (312_400, "313 KB", "313 ko"), (999_999, "1.0 MB", "1,0 Mo"),
        (1_240_000, "1.2 MB", "1,2 Mo"), (10_485_760, "10.5 MB", "10,5 Mo"),
    ],
)  # fmt: skip
def test_a_size_is_written_as_the_reader_writes_it(size, english, french):
    for language, said in (("en", english), ("fr", french)):
        with translation.override(language):
            assert " ".join(size_of_file(size).split()) == said


# --- From city to city -----------------------------------------------------------------------------------------------


def test_adaptations_are_told_both_ways(client):
    original = live("The original")
    adapted = live("The copy", adapted_from=[original.practice], inspired_by_en="A talk in a train")
    page = opened(client, adapted)
    assert headings(page, "h3") == ["Adapted from"]
    assert f'href="{original.practice.get_absolute_url()}"' in page
    assert "A talk in a train" in page
    back = opened(client, original)
    assert headings(back, "h3") == ["Adapted by"]
    assert f'href="{adapted.practice.get_absolute_url()}"' in back


@pytest.mark.parametrize("status", HIDDEN)
def test_what_is_not_live_is_neither_an_original_nor_an_adaptation(client, status):
    shown = live()
    hidden = RevisionFactory(status=status, title_en="Hidden words", adapted_from=[shown.practice], documents=["Hid"])
    page = opened(client, shown)
    copy = opened(client, live("The copy", adapted_from=[hidden.practice]))
    for text in (page, copy):
        assert "Hidden words" not in text
        assert hidden.practice.slug not in text
        assert "From city to city" not in text


def test_what_a_draft_says_of_its_origin_or_its_documents_is_not_public(client):
    original = live("The original")
    revision = live("The copy")
    RevisionFactory(practice=revision.practice, adapted_from=[original.practice], documents=["A hidden document"])
    for one in (original, revision):
        assert "From city to city" not in opened(client, one)
        assert "A hidden document" not in opened(client, one)


def test_what_an_older_text_said_is_said_no_more(client):
    original = live("The original")
    older = live("The copy", adapted_from=[original.practice], documents=["An old report"])
    newer = RevisionFactory(practice=older.practice, status="submitted", title_en="The copy")
    moderation.publish(revision=newer, by=ModeratorFactory())
    assert "The copy" not in opened(client, original).partition("Related")[0].partition("</head>")[2]
    assert "An old report" not in opened(client, newer)


def test_a_new_draft_takes_the_originals_along():
    original = live("The original").practice
    older = live("The copy", adapted_from=[original])
    draft = moderation.open_draft(practice=older.practice, by=acting_for(older.practice.city))
    assert list(draft.adapted_from.all()) == [original]
    assert list(older.adapted_from.all()) == [original]


# --- Similar practices -----------------------------------------------------------------------------------------------


def related(client, revision) -> list[str]:
    page = opened(client, revision).partition('id="related"')[2]
    return [words(heading) for heading in headings(page, "h3")]


def test_those_that_share_most_come_first_and_those_that_share_little_not_at_all(client):
    fourth, fifth = CommitmentFactory(number=4), CommitmentFactory(number=5)
    about = {"themes": ["hate", "youth"], "target_groups": ["young", "schools"]}
    shown = live(**about, commitments=[fourth, fifth])
    live("One theme", themes=["hate"], commitments=[CommitmentFactory(number=1)])
    live("Everything", **about, commitments=[fourth, fifth])
    live("A commitment and a group", target_groups=["young"], commitments=[fourth])
    live("Two themes", themes=["hate", "youth"], commitments=[CommitmentFactory(number=1)])
    live("A group", target_groups=["young"], commitments=[CommitmentFactory(number=1)])
    live("Nothing", commitments=[CommitmentFactory(number=1)])
    assert related(client, shown)[:2] == ["Everything", "Two themes"]
    assert len(related(client, shown)) == 3
    assert not {"A group", "Nothing"} & set(related(client, shown))


@pytest.mark.parametrize("status", HIDDEN)
def test_what_is_not_live_is_not_related(client, status):
    about = {"themes": ["hate", "youth"]}
    shown = live(**about)
    hidden = RevisionFactory(status=status, title_en="Hidden words", **about)
    beside = live("Nothing alike", commitments=[CommitmentFactory(number=7)])
    RevisionFactory(practice=beside.practice, title_en="Hidden draft", **about)
    page = opened(client, shown)
    assert related(client, shown) == []
    assert "Similar practices" not in page
    assert hidden.practice.slug not in page


def test_it_is_not_related_to_itself_nor_to_what_is_named_already(client):
    about = {"themes": ["hate", "youth"]}
    original = live("The original", **about)
    shown = live("The copy", adapted_from=[original.practice], **about)
    copied = live("The copy of the copy", adapted_from=[shown.practice], **about)
    assert related(client, shown) == []
    assert related(client, original) == ["The copy of the copy"]
    assert related(client, copied) == ["The original"]


@pytest.mark.parametrize("rows", [1, 3])
def test_a_full_page_takes_eight_queries(client, django_assert_num_queries, rows):
    about = {"themes": ["hate", "youth"], "target_groups": ["young"]}
    served = [CommitmentFactory(number=number) for number in range(1, rows + 1)]
    originals = [live(f"Original {number}", **about).practice for number in range(rows)]
    documents = [f"Document {number}" for number in range(rows)]
    shown = live(**WHOLE | about, commitments=served, adapted_from=originals, documents=documents)
    for number in range(rows):
        live(f"Adaptation {number}", adapted_from=[shown.practice])
        live(f"Related {number}", **about)
    # Where its fragments are kept, the generation is all.
    with django_assert_num_queries(8):
        page = opened(client, shown)
    assert len(related(client, shown)) == rows
    assert page.count("Adaptation ") == rows


@pytest.mark.parametrize(("name", "is_shown"), [("Work", False), ("WORK", False), ("Travail", False), ("Verk", True)])
def test_the_original_name_is_shown_where_no_title_says_the_same(client, name, is_shown):
    revision = RevisionFactory(status="published", title_en="Work", title_fr="Travail", original_name=name)
    assert ("Original name" in client.get(revision.practice.get_absolute_url()).text) == is_shown


def test_capitals_lead_to_the_one_address_of_a_practice_that_is_public(client):
    live(practice__slug="a-house")
    RevisionFactory(practice__slug="a-draft")
    response = client.get("/fr/pratiques/A-House/")
    assert (response.status_code, response.url) == (301, "/fr/pratiques/a-house/")
    assert client.get("/fr/pratiques/A-Draft/").status_code == 404


@pytest.mark.parametrize(("language", "deed"), [("en", ""), ("fr", "deed.fr")])
def test_the_licence_is_linked_in_the_language_of_the_page(client, language, deed):
    links = re.findall(
        r'href="https://creativecommons\.org/licenses/by/4\.0/([^"]*)"', opened(client, live(), language)
    )
    assert links == [deed, deed]  # beside the citation, and at the foot of the page

"""Writing a practice in short tasks: their states, what is beside them, the other language beside the source."""

import pytest
from django.urls import reverse
from django.utils.translation import override

from members.models import Scratch
from practices.headings import HEADINGS
from practices.models import Revision
from practices.writing.forms import FORMS, PartnerCitiesField
from practices.writing.table import TASKS
from tests.factories import CityFactory, RevisionFactory, acting_for, moved
from tests.forms import fields_of, press, write_practice

pytestmark = pytest.mark.django_db

FRENCH = "La ville a ouvert une maison commune pour les familles du quartier."


@pytest.fixture
def draft(client):
    """A draft in English, with a focal point of its city logged in."""
    revision = RevisionFactory(title_en="Listening circles", summary_en="We listened to young people.")
    client.force_login(acting_for(revision.practice.city))
    return revision


def edit(draft, page: str = "") -> str:
    return f"/en/my-city/practices/{draft.practice_id}/edit/{page}"


def states(client, draft) -> dict[str, str]:
    page = client.get(edit(draft))
    lines = [*page.context["lines"], page.context["translation"]]
    return {line.path.rstrip("/").rpartition("/")[2]: str(line.state) for line in lines}


def test_each_task_says_how_far_it_is_and_that_words_wait_unsaved(client, draft):
    assert states(client, draft) == {
        "essentials": "done", "story": "begun", "results": "empty", "learning": "empty", "safeguards": "empty",
        "audience": "begun", "documents": "empty", "picture": "empty", "sources": "empty", "translation": "empty",
    }  # fmt: skip
    write_practice(client, draft, challenge_en="Nobody listened.", safeguards_en="Consent.", title_fr="Cercles")
    found = states(client, draft)
    assert (found["story"], found["safeguards"], found["translation"]) == ("done", "done", "begun")
    typed = fields_of(client.get(edit(draft, "sources/"))) | {"sources": "https://half"}
    client.post("/en/editing/keep/", typed)
    assert Scratch.objects.get().form == f"practice:{draft.practice_id}:sources"
    page = client.get(edit(draft))
    assert [line.is_unsaved for line in page.context["lines"]] == [task.slug == "sources" for task in TASKS]


def test_every_field_has_one_task_and_the_heading_that_the_public_reads():
    written = [field for task in TASKS for field in (*task.texts, *task.facts)]
    assert len(written) == len(set(written))
    assert set(written) >= set(Revision.TEXTS)
    for task in TASKS:
        if not task.page:
            form = FORMS[task.slug](language="en", instance=Revision(source_language="en"))
            labels = {name.removesuffix("_en"): str(field.label) for name, field in form.fields.items()}
            assert labels == {name: str(HEADINGS[name]) for name in (*task.texts, *task.facts)}


def test_a_task_asks_in_the_language_of_the_practice_whatever_the_page_speaks(client, draft):
    in_french = client.get(f"/fr/ma-ville/pratiques/{draft.practice_id}/modifier/essentials/")
    assert {"title_en", "summary_en"} < fields_of(in_french).keys()
    assert not {name for name in fields_of(in_french) if name.endswith("_fr")}


def test_a_task_that_does_not_exist_or_has_a_page_of_its_own_is_not_found(client, draft):
    assert {client.get(edit(draft, slug)).status_code for slug in ("nothing/", "documents/", "picture/")} == {404}


def test_what_the_new_fields_hold_is_public(client, draft):
    partner, gone = CityFactory(name_en="Partnerville"), CityFactory(name_en="Goneville", status="former")
    write_practice(
        client, draft, claim_en="Circles that meet weekly.", scope="metropolitan", continuation="ended",
        ended_on="2020", cost_band="under_50", partner_cities=[partner.pk], themes_other_en="Sport",
        target_groups_other_en="Drivers",
    )  # fmt: skip
    kept = Revision.objects.get()
    assert list(kept.partner_cities.all()) == [partner]
    assert gone not in client.get(edit(draft, "story/")).context["form"].fields["partner_cities"].queryset
    moved(Revision.objects.all(), status="submitted", submitted_at=kept.created_at)
    moved(Revision.objects.all(), status="published", published_at=kept.created_at)
    page = client.get(f"/en/practices/{draft.practice.slug}/").text
    for words in (
        "Circles that meet weekly.", "The metropolitan area", "Ended", "(2020)", "10,000 to 50,000 euros",
        "Partnerville", "Sport", "Drivers",
    ):  # fmt: skip
        assert words in page, words
    told = client.get(f"/api/v1/practices/{draft.practice.slug}").json()
    assert (told["claim"]["en"], told["scope"]["key"], told["ended_on"]) == (
        "Circles that meet weekly.", "metropolitan", "2020",
    )  # fmt: skip
    assert [city["slug"] for city in told["partner_cities"]] == [partner.slug]


def test_an_end_without_ended_is_asked_about(client, draft):
    told = write_practice(client, draft, ended_on="2020", continuation="ongoing")
    assert told.context["form"].errors == {"continuation": ["Choose “Ended”, or remove the date of its end."]}


# --- Beside a task ---------------------------------------------------------------------------------------------------


def test_similar_practices_of_other_cities_stand_beside_the_essentials(client, draft):
    words = "Mentors listen to young people in circles"
    near = RevisionFactory(status="published", title_en=words)
    RevisionFactory(status="published", title_en="A map of bicycle lanes")
    RevisionFactory(status="published", title_en=words, practice__city=draft.practice.city)
    RevisionFactory(title_en=words)
    assert client.get(edit(draft, "essentials/")).context["similar"] == [near]
    address = f"/en/my-city/{draft.practice.city.slug}/practices/similar/"
    assert words in client.post(address, {"words": "young people who listen to mentors"}).text
    assert words not in client.post(address, {"words": "bicycle"}).text


def test_the_original_is_searched_for_and_chosen_and_what_was_typed_is_saved_with_it(client, draft):
    original = RevisionFactory(status="published", title_en="The Aarhus model")
    page = press(client, client.get(edit(draft, "learning/")), find="on", find_words="aarhus")
    assert page.context["found"] == [original]
    saved = press(client, page, choose=original.practice.slug, lessons_en="Too slow.")
    assert saved.url == edit(draft, "learning/") + "#originals"
    assert (list(draft.adapted_from.all()), Revision.objects.get(pk=draft.pk).lessons_en) == (
        [original.practice], "Too slow.",
    )  # fmt: skip
    refused = press(client, client.get(edit(draft, "learning/")), choose="nothing-like-it")
    assert set(refused.context["form"].errors) == {"adapted_from"}


def test_partner_cities_are_searched_for_chosen_and_unticked_without_scripts(client, draft):
    partner, other = CityFactory(name_en="Århus", country="DK"), CityFactory(name_en="Aalborg", country="DK")
    CityFactory(name_en="Arhus Gone", status="former", country="DK")
    for words, found in (("arhu", [partner]), ("Denmark", [other, partner]), ("Danemark", [other, partner]), ("x", [])):
        page = press(client, client.get(edit(draft, "story/")), find="on", find_words=words)
        assert list(page.context["found"]) == found, words
    found = press(client, client.get(edit(draft, "story/")), find="on", find_words="arhu")
    saved = press(client, found, choose_city=partner.pk, lead_en="The mayor")
    assert saved.url == edit(draft, "story/") + "#partners"
    assert (list(draft.partner_cities.all()), Revision.objects.get().lead_en) == ([partner], "The mayor")
    page = press(client, client.get(edit(draft, "story/")), find="on", find_words="denmark")
    assert list(page.context["found"]) == [other]  # what is chosen is not offered again
    assert page.text.count('name="partner_cities"') == 1
    press(client, page, choose_city=other.pk)
    assert set(draft.partner_cities.all()) == {partner, other}
    press(client, client.get(edit(draft, "story/")), partner_cities=[other.pk])
    assert list(draft.partner_cities.all()) == [other]


def test_of_the_cities_that_could_be_partners_a_form_reads_the_chosen_ones(client, draft, monkeypatch):
    partner, _other = CityFactory(), CityFactory()
    draft.partner_cities.add(partner)
    read = []
    monkeypatch.setattr(PartnerCitiesField, "label_from_instance", lambda field, city: read.append(city) or "A city")
    client.get(edit(draft, "story/"))
    assert read == [partner]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_search_within_the_form_gives_back_all_that_was_typed_and_saves_nothing(client, draft, language):
    CityFactory(name_en="Aarhus", country="DK")
    with override(language):
        address = reverse("practice_task", args=[draft.practice_id, "story"])
    before = Revision.objects.get().version
    typed = {"lead_en": "The mayor", "approach_en": FRENCH, "words_stay": ["approach_en"], "started_on": "no date"}
    found = press(client, client.get(address), find="on", find_words="aarhus", **typed)
    form = found.context["form"]
    assert {name: form[name].value() for name in ("lead_en", "approach_en", "started_on")} == {
        "lead_en": "The mayor", "approach_en": FRENCH, "started_on": "no date",
    }  # fmt: skip
    # A search judges nothing, and what was confirmed stays so.
    assert (form.errors, 'id="stay-approach_en"' in found.text) == ({}, True)
    assert (Revision.objects.get().version, Revision.objects.get().lead_en) == (before, None)
    assert Scratch.objects.get().fields["lead_en"] == ["The mayor"]  # kept, should the page be closed now
    saved = press(client, found, started_on="2020")
    assert (saved.status_code, Revision.objects.get().lead_en) == (302, "The mayor")
    assert not Scratch.objects.exists()


def test_enter_searches_after_other_words_were_typed_for_it_and_saves_otherwise(client, draft):
    partner = CityFactory(name_en="Aarhus", country="DK")
    typed = {"enter": "on", "find_words": "aarhus", "lead_en": "The mayor"}
    found = press(client, client.get(edit(draft, "story/")), **typed)
    assert (found.context["found"], Revision.objects.get().lead_en) == ([partner], None)
    assert press(client, found, **typed, found_words="aarhus").status_code == 302
    assert Revision.objects.get().lead_en == "The mayor"


# --- The language of words -------------------------------------------------------------------------------------------


def test_words_in_the_other_language_are_asked_about_and_never_refused(client, draft):
    asked = write_practice(client, draft, challenge_en=FRENCH)
    assert asked.status_code == 200
    # Asked beside the box, and there alone.
    box, question = asked.text.index('name="challenge_en"'), asked.text.index('name="words_stay"')
    assert box < question < asked.text.index('name="approach_en"')
    assert asked.text.count('name="words_stay"') == 1
    assert "Is this what you want?" in asked.text
    assert "There is a problem" not in asked.text
    assert not Revision.objects.get().challenge_en
    assert press(client, asked, words_stay=["challenge_en"]).status_code == 302
    assert Revision.objects.get().challenge_en == FRENCH
    # Saved once, it is not asked about again.
    assert write_practice(client, draft, lead_en="The mayor").status_code == 302


def test_a_name_is_in_no_language(client, draft):
    assert write_practice(client, draft, lead_en="Ville de Montréal").status_code == 302


# --- The other language ----------------------------------------------------------------------------------------------


@pytest.fixture
def translated(client, draft):
    """The draft with a French title and summary."""
    write_practice(client, draft, title_fr="Cercles", summary_fr="Nous avons écouté.")
    return draft


def rows(client, draft) -> dict[str, dict]:
    form = client.get(edit(draft, "translation/")).context["form"]
    return {row["name"]: row for row in form.rows() if row["source"]}


def test_a_translation_falls_behind_by_field_and_its_old_source_is_shown(client, translated):
    write_practice(client, translated, summary_en="We listened to young people and parents.")
    found = rows(client, translated)
    assert {name: (row["is_stale"], row["is_missing"]) for name, row in found.items()} == {
        "title": (False, False), "summary": (True, False), "approach": (False, True),
    }  # fmt: skip
    assert "<ins>" in client.get(edit(translated, "translation/")).text
    revision = Revision.objects.get()
    assert (revision.text("title", "fr").is_stale, revision.text("summary", "fr").is_stale) == (False, True)
    assert revision.made_from("summary") == "We listened to young people."
    # Written back, it is current again.
    write_practice(client, translated, summary_en="We listened to young people.")
    assert not Revision.objects.get().translation_is_stale


def test_a_small_correction_leaves_the_translation_current(client, translated):
    write_practice(client, translated, summary_en="We listened to young people, weekly.")
    write_practice(client, translated, title_en="Listening circles.")
    page = client.get(edit(translated, "essentials/"))
    press(client, page, title_en="Listening circle", small_correction="on")
    assert set(Revision.objects.get().outdated) == {"summary", "title"}
    client.post(edit(translated, "translation/"), fields_of(client.get(edit(translated, "translation/"))) | {
        "right": ["title"], "summary_fr": "Chaque semaine, nous écoutons les jeunes.",
    })  # fmt: skip
    assert Revision.objects.get().outdated == {}
    press(client, client.get(edit(translated, "essentials/")), title_en="Circles", small_correction="on")
    assert Revision.objects.get().outdated == {}


def test_a_text_whose_title_is_only_in_the_other_language_is_of_that_language(client, draft):
    write_practice(client, draft, title_fr="Cercles")
    write_practice(client, draft, title_en="")
    assert Revision.objects.get().source_language == "fr"


# --- Preview ---------------------------------------------------------------------------------------------------------


def test_the_preview_is_the_public_page_in_both_languages_and_stays_nowhere(client, translated):
    english = client.get(f"/en/my-city/revisions/{translated.pk}/preview/")
    french = client.get(f"/fr/ma-ville/versions/{translated.pk}/apercu/")
    assert "no-store" in english["Cache-Control"]
    assert ("practices/_article.html" in {template.name for template in english.templates}) is True
    assert "What the city does" in english.text
    assert "Nous avons écouté." in french.text
    assert f"/fr/ma-ville/versions/{translated.pk}/apercu/" in english.text

"""Writing a practice: what another city needs to learn from it, where it comes from, and what a moderator then sees."""

import pytest

from practices.models import Revision
from tests.factories import ModeratorFactory, RevisionFactory, acting_for, moved
from tests.forms import write_practice

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(client):
    """A draft of a practice, with a focal point of its city logged in."""
    revision = RevisionFactory(practice__slug="own-practice")
    client.force_login(acting_for(revision.practice.city))
    return revision


def write(client, draft, **changes):
    return write_practice(client, draft, **changes)


def public(slug: str, **fields):
    return RevisionFactory(status="published", practice__slug=slug, **fields).practice


def test_all_that_others_learn_from_is_kept_and_shown_again(client, draft, settings):
    original = public("the-original", title_en="The original")
    typed = {
        "themes": ["hate", "youth"], "target_groups": ["young"], "evaluation": "internal", "evidence_en": "A survey.",
        "lessons_fr": "Trop lent.", "transfer_en": "A mayor.", "inspired_by_en": "A talk in a train",
        "adapted_from": f"{settings.SITE_URL}/en/practices/the-original/",
    }  # fmt: skip
    assert write(client, draft, **typed).status_code == 302
    kept = Revision.objects.get(pk=draft.pk)
    assert (kept.themes, kept.target_groups, kept.evaluation) == (["hate", "youth"], ["young"], "internal")
    assert (kept.evidence_en, kept.lessons_fr, kept.transfer_en) == ("A survey.", "Trop lent.", "A mayor.")
    assert (kept.inspired_by_en, list(kept.adapted_from.all())) == ("A talk in a train", [original])

    form = client.get(f"/en/my-city/practices/{draft.practice_id}/edit/learning/").text
    assert typed["adapted_from"] in form
    workspace = client.get(f"/en/my-city/practices/{draft.practice_id}/").text
    for words in ("The original", "A talk in a train", "Evaluated by the city", "A survey.", "Work with young people"):
        assert words in workspace


def test_saving_again_changes_nothing(client, draft, settings):
    public("the-original")
    typed = {"adapted_from": f"{settings.SITE_URL}/en/practices/the-original/", "themes": ["hate"]}
    write(client, draft, **typed)
    pages = {"adapted_from": "learning", "themes": "audience"}
    edit = f"/en/my-city/practices/{draft.practice_id}/edit/"
    again = {name: client.get(f"{edit}{page}/").context["form"][name].value() for name, page in pages.items()}
    assert again == typed
    write(client, draft, **again)
    assert draft.adapted_from.count() == 1


@pytest.mark.parametrize(
    "address",
    [
        "{site}/en/practices/the-original/", "{site}/fr/pratiques/the-original/", "{site}/en/practices/the-original",
        "{site}/en/practices/the-original/?page=2#results", "http://localhost/en/practices/the-original/",
        "{site}/en/practices/the-original/\n\n{site}/fr/pratiques/the-original/",
    ],
)  # fmt: skip
def test_a_practice_is_named_by_the_address_of_its_page_in_either_language(client, draft, settings, address):
    original = public("the-original")
    response = write(client, draft, adapted_from=address.format(site=settings.SITE_URL))
    assert response.status_code == 302, response.context["form"].errors
    assert list(draft.adapted_from.all()) == [original]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("{site}/en/practices/nowhere/", "Line 1 is not the address of a published practice of this portal"),
        ("{site}/en/practices/a-draft/", "Line 1 is not the address of a published practice of this portal"),
        ("{site}/en/practices/taken-down/", "Line 1 is not the address of a published practice of this portal"),
        ("{site}/en/practices/", "Line 1 is not the address of a published practice of this portal"),
        ("{site}/fr/practices/the-original/", "Line 1 is not the address of a published practice of this portal"),
        ("{site}/de/practices/the-original/", "Line 1 is not the address of a published practice of this portal"),
        ("{site}/", "Line 1 is not the address of a published practice of this portal"),
        ("https://elsewhere.example/en/practices/the-original/", "Line 1 is not the address of a published practice"),
        ("{site}/en/practices/the-original/\n{site}/en/practices/own-practice/", "Line 2 is this practice itself."),
        ("the original", "Line 1 is not a web address"),
        ("{site}/en/practices/%00/", "Line 1 is not the address of a published practice of this portal"),
        ("{site}/en/practices/the-original\0/", "Line 1 is not a web address"),
        ("{site}/en/practices/" + "x" * 600, "Line 1 is too long"),
        ("\n".join(["{site}/en/practices/the-original/"] * 6), "Enter at most 5 addresses: there are 6 here."),
    ],
)
def test_what_is_no_public_practice_of_another_is_refused_and_what_was_typed_stays(
    client, draft, settings, address, said
):
    public("the-original")
    RevisionFactory(practice__slug="a-draft")
    RevisionFactory(practice__slug="taken-down", status="archived")
    live = RevisionFactory(status="published", practice__slug="other")
    if "own-practice" in address:  # it has to be public to be named at all
        moved(Revision.objects.filter(pk=live.pk), status="archived")
        moved(Revision.objects.filter(pk=draft.pk), status="submitted", submitted_at=live.submitted_at)
        moved(Revision.objects.filter(pk=draft.pk), status="published", published_at=live.published_at)
        draft = RevisionFactory(practice=draft.practice)
    address = address.format(site=settings.SITE_URL)
    response = write(client, draft, lessons_en="Typed already", adapted_from=address)
    assert response.status_code == 200
    assert set(response.context["form"].errors) == {"adapted_from"}
    assert said in str(response.context["form"].errors["adapted_from"][0])
    assert "Typed already" in response.text
    assert not draft.adapted_from.exists()


def test_an_original_that_was_taken_down_since_stands_in_nobodys_way(client, draft, settings):
    original = public("the-original")
    address = f"{settings.SITE_URL}/en/practices/the-original/"
    write(client, draft, adapted_from=address)
    moved(original.revisions.all(), status="archived")
    assert write(client, draft, adapted_from=address, lessons_en="Better words").status_code == 302
    assert list(draft.adapted_from.all()) == [original]


@pytest.mark.parametrize("field", ["themes", "target_groups", "evaluation"])
def test_an_unknown_choice_is_told(client, draft, field):
    response = write(client, draft, **{field: "nonsense"})
    assert set(response.context["form"].errors) == {field}


# --- What the moderator compares -------------------------------------------------------------------------------------


def test_the_desk_shows_every_new_field_beside_what_is_public(client):
    first, second = public("first", title_en="First original"), public("second", title_en="Second original")
    live = RevisionFactory(
        status="published", themes=["hate"], evaluation="none", evidence_en="Nothing.", adapted_from=[first]
    )
    newer = RevisionFactory(
        practice=live.practice, status="submitted", themes=["hate", "youth"], evaluation="external",
        evidence_en="A survey.", transfer_en="A mayor.", inspired_by_en="A talk", adapted_from=[second],
        documents=["The report"],
    )  # fmt: skip
    client.force_login(ModeratorFactory())
    page = client.get(f"/en/desk/{newer.pk}/")
    found = {(one.name, one.language): one for one in page.context["changed"]}
    pairs = {key: (one.before, one.after) for key, one in found.items()}
    assert pairs["themes", ""] == (
        "Hate crime and discrimination", "Hate crime and discrimination, Work with young people",
    )  # fmt: skip
    assert pairs["evaluation", ""] == ("Not evaluated", "Evaluated independently")
    assert pairs["evidence", "en"] == ("Nothing.", "A survey.")
    assert pairs["transfer", "en"] == ("", "A mayor.")
    assert pairs["inspired_by", "en"] == ("", "A talk")
    assert pairs["adapted_from", ""] == (
        f"First original ({first.city})", f"Second original ({second.city})",
    )  # fmt: skip
    assert pairs["attachments", ""] == ("", "The report")
    assert all(one.changed for key, one in found.items() if key[0] in ("themes", "evaluation", "adapted_from"))


def test_an_empty_request_on_a_text_that_is_locked_says_so(client):
    revision = RevisionFactory(status="submitted")
    client.force_login(acting_for(revision.practice.city))
    response = client.post(f"/en/my-city/practices/{revision.practice_id}/edit/essentials/")
    assert response.status_code == 200
    assert "This text can no longer be changed." in response.text

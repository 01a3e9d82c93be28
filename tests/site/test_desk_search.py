"""Finding anything on the desk: by words over five kinds, and by the address of a public page."""

import pytest

from practices import moderation
from scn_portal.site.desk import finding
from tests.factories import (
    CityFactory,
    ModeratorFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    RevisionFactory,
    UserFactory,
    acting_for,
    harmless,
)
from tests.site.desk_rows import submitted

pytestmark = pytest.mark.django_db


@pytest.fixture
def moderator(client):
    user = ModeratorFactory(name="Mona", email="mona@example.org")
    client.force_login(user)
    return user


def found(client, typed: str) -> dict[str, list[str]]:
    """The titles or names of what is found, by kind."""
    sections = client.get("/en/desk/search/", {"q": typed}).context["sections"]
    return {section.key: sorted(str(row) for row in section.rows) for section in sections}


def test_practices_are_found_in_every_status_but_drafts_that_were_never_submitted(client, moderator):
    for status in ("submitted", "sent_back", "rejected", "withdrawn", "scheduled", "published", "archived"):
        RevisionFactory(status=status, title_en=f"Lanterns {status}")
    RevisionFactory(status="draft", title_en="Lanterns draft")
    assert found(client, "lantern") == {
        "practices": [
            "Lanterns archived", "Lanterns published", "Lanterns rejected", "Lanterns scheduled", "Lanterns sent_back",
            "Lanterns submitted", "Lanterns withdrawn",
        ]
    }  # fmt: skip


def test_a_practice_is_found_once_by_its_public_text_and_leads_to_its_page(client, moderator):
    live = RevisionFactory(status="published", title_en="Lanterns")
    newer = moderation.open_draft(practice=live.practice, by=live.author)
    moderation.submit(revision=newer, by=live.author, harm=harmless())
    page = client.get("/en/desk/search/?q=lanterns").text
    assert f'href="/en/desk/{live.pk}/"' in page
    assert f'href="/en/desk/{newer.pk}/"' not in page


def test_every_word_counts_wherever_it_stands(client, moderator):
    city = CityFactory(name_en="Émerald", name_fr="Émeraude")
    author = UserFactory(name="Ada Lovelace")
    RevisionFactory(
        status="published",
        practice__city=city,
        author=author,
        title_en="Lanterns at night",
        summary_en="Volunteers walk.",
    )
    RevisionFactory(status="published", title_en="Lanterns by day")
    for typed in ("lantern emerald", "émeraude NIGHT", "volunteers lantern", "lovelace", "  lanterns\0 night "):
        assert found(client, typed)["practices"] == ["Lanterns at night"], typed
    assert found(client, "lantern emerald nothing") == {}
    assert found(client, "' OR 1=1 -- %_\\ [ ( *") == {}
    assert client.get("/en/desk/search/", {"q": "x" * 5000}).status_code == 200


def test_pledges_updates_cities_and_people_are_found_too(client, moderator):
    city = CityFactory(name_en="Harbour", name_fr="Le Port", status="former")
    pledge = PledgeFactory(city=city, title_en="Clean the beacon")
    PledgeFactory(published_at=None, title_en="Beacon of a draft")
    ProgressUpdateFactory(pledge=pledge, what_changed_en="The beacon shines.")
    acting_for(city, name="Beacon Keeper", email="keeper@example.org")
    assert found(client, "beacon") == {
        "pledges": ["Clean the beacon"],
        "updates": found(client, "shines")["updates"],
        "people": ["Beacon Keeper"],
    }
    assert found(client, "harbour")["cities"] == ["Harbour"]
    assert found(client, "keeper@example")["people"] == ["Beacon Keeper"]
    page = client.get("/en/desk/search/?q=keeper").text
    assert f'href="/en/desk/city/{city.slug}/">Harbour</a> (Focal point)' in page


def test_updates_with_a_common_word_are_the_newest_as_those_with_a_rare_one(client, moderator, monkeypatch):
    """Up to so many are found by the index of their words; of more, the newest are looked into."""
    updates = [ProgressUpdateFactory(what_changed_en="The beacon shines.") for _ in range(3)]
    ProgressUpdateFactory(what_changed_en="Nothing to see.")
    by_words = found(client, "beacon shines")["updates"]
    monkeypatch.setattr(finding, "MAX_OF_THEM", 1)
    assert found(client, "beacon shines")["updates"] == by_words == sorted(map(str, updates))


def test_of_titles_with_a_common_word_the_decisions_tell_which_were_looked_at(client, moderator, monkeypatch):
    for colour in ("red", "green", "blue"):
        moderation.publish(revision=submitted(title_en=f"Lanterns, {colour}"), by=moderator)
    monkeypatch.setattr(finding, "MAX_TITLES", 2)
    page = client.get("/en/desk/decided/?q=lanterns")
    assert [row.revision.title_en for row in page.context["page"]] == ["Lanterns, blue", "Lanterns, green"]
    assert page.context["common"] == ["lanterns"]
    assert "submitted last were looked at" in page.text
    assert "looked at" not in client.get("/en/desk/decided/?q=green").text


@pytest.mark.parametrize("word", ["ecole", "school", "skola"])
def test_decisions_are_found_by_either_title_and_the_name_that_a_practice_goes_by(client, moderator, word):
    names = {"title_fr": "L’École ouverte", "title_en": "Open school", "original_name": "Skola"}
    revision = moderation.publish(revision=submitted(**names), by=moderator)
    moderation.publish(revision=submitted(title_en="Something else"), by=moderator)
    page = client.get("/en/desk/decided/", {"q": word}).context["page"]
    assert [row.revision for row in page] == [revision]


def test_the_address_of_a_public_page_leads_to_its_page_on_the_desk(client, moderator, settings):
    live = RevisionFactory(status="published", practice__slug="the-well")
    pledge = PledgeFactory()
    desk = {
        "/en/practices/the-well/": f"/en/desk/{live.pk}/",
        "/fr/pratiques/the-well/?q=x#y": f"/en/desk/{live.pk}/",
        f"{settings.SITE_URL}/fr/pratiques/the-well/": f"/en/desk/{live.pk}/",
        f" {settings.SITE_URL}/en/pledges/{pledge.pk}/": f"/en/desk/pledges/{pledge.pk}/",
        f"{settings.SITE_URL}/fr/villes/{pledge.city.slug}/": f"/en/desk/city/{pledge.city.slug}/",
    }
    for typed, page in desk.items():
        assert client.get("/en/desk/search/", {"q": typed}).url == page, typed
    for typed in (
        "/en/practices/none/",
        "/en/about/",
        "https://[",
        f"{settings.SITE_URL}/en/pledges/99999999999999999999/",
    ):
        assert client.get("/en/desk/search/", {"q": typed}).status_code == 200, typed


def test_a_practice_that_was_taken_down_is_found_by_its_old_address(client, moderator):
    live = RevisionFactory(status="published", practice__slug="the-well")
    moderation.archive(revision=live, by=moderator, reason="A name.")
    assert client.get("/en/desk/search/?q=/en/practices/the-well/").url == f"/en/desk/{live.pk}/"


def test_more_than_a_section_holds_is_said(client, moderator):
    for number in range(21):
        CityFactory(name_en=f"Manyville {number}")
    page = client.get("/en/desk/search/?q=manyville")
    assert len(page.context["sections"][0].rows) == 20
    assert "There are more: add a word" in page.text

"""The lead picture of a practice: given by its city, drawn anew, read by the public once its practice is live."""

import json
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from lxml import html
from PIL import Image

from members.models import Role
from practices import moderation, pictures
from practices.choices import Status
from practices.models import Revision
from practices.patterns import pattern
from scn_portal.base.documents.uploads import clean_lead_picture
from scn_portal.base.http.caching import PUBLIC
from tests.factories import CityFactory, CommitmentFactory, ModeratorFactory, RevisionFactory, acting_for, harmless
from tests.practices.test_attachments import READERS, STATUSES, fetch, stored
from tests.practices.test_uploads import picture, sent, where_and_with_what

pytestmark = pytest.mark.django_db

WIDE = (1000, 500)
WORDS = {"picture_alt_en": "Young people on a square", "picture_alt_fr": "", "picture_credit": "Photo: Ana Lovrić"}


def photo(kind: str = "JPEG", size=WIDE, **saved):
    return sent(picture(kind, size=size, **saved), "photo.bin")


def page_of(revision: Revision) -> str:
    return f"/en/my-city/practices/{revision.practice_id}/picture/"


def read(client, address: str) -> html.HtmlElement:
    return html.fromstring(client.get(address).text)


def pictured(status: str = "published", **fields) -> Revision:
    """A revision with a lead picture, whose files are really there."""
    key = f"{Revision.objects.count():032x}"
    for name in (key, key + pictures.SMALL):
        if not default_storage.exists(pictures.file_named(name)):
            default_storage.save(pictures.file_named(name), ContentFile(picture("JPEG", size=(16, 8))))
    given = {"picture": pictures.file_named(key), "picture_width": 1000, "picture_height": 500}
    return RevisionFactory(status=status, **{**given, **WORDS, **fields})


@pytest.fixture
def draft(client):
    """A draft, with its editor logged in."""
    revision = RevisionFactory()
    client.force_login(acting_for(revision.practice.city, Role.EDITOR))
    return revision


# --- The file --------------------------------------------------------------------------------------------------------


def test_it_is_drawn_anew_in_two_sizes_without_what_came_with_it():
    lead = clean_lead_picture(photo("JPEG", (900, 2400), exif=where_and_with_what()))
    content, small = lead.content.read(), lead.small.read()
    assert b"Telephone" not in content + small
    for drawn, size in ((content, (1600, 600)), (small, (640, 240))):  # turned as it was meant to be seen
        with Image.open(BytesIO(drawn)) as opened:
            assert (opened.format, opened.size, dict(opened.getexif())) == ("JPEG", size, {})
    assert (lead.width, lead.height) == (1600, 600)


def test_what_is_transparent_becomes_white():
    drawn = BytesIO()
    Image.new("RGBA", WIDE, (0, 0, 0, 0)).save(drawn, "PNG")
    with Image.open(clean_lead_picture(sent(drawn.getvalue())).content) as opened:
        assert opened.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7 a report", "Choose a picture: PNG, JPEG or WebP."),
        (picture("JPEG", size=WIDE)[:300], "broken"),
        (picture("PNG", size=(479, 600)), "at least 480 by 270 pixels"),
        (b"\0" * (10 * 1024 * 1024 + 1), "larger than 10 MB"),
    ],
    ids=["pdf", "cut", "small", "large"],
)
def test_what_is_no_picture_is_refused(content, said):
    with pytest.raises(ValidationError, match=said):
        clean_lead_picture(sent(content))


# --- Giving one ------------------------------------------------------------------------------------------------------


def test_it_is_given_described_replaced_and_removed(client, draft, django_capture_on_commit_callbacks):
    before, changed_at = stored(), draft.source_changed_at
    assert client.post(page_of(draft), {"picture": photo(), **WORDS}).url == page_of(draft)
    draft.refresh_from_db()
    assert (draft.picture_width, draft.picture_height, draft.picture_credit) == (*WIDE, "Photo: Ana Lovrić")
    first = stored() - before
    assert first == {draft.picture.name, draft.picture.name.replace(".jpg", "-small.jpg")}
    assert (draft.source_language, draft.source_changed_at) == ("en", changed_at)

    shown = client.get(page_of(draft)).text
    assert f'src="/en/my-city/pictures/{draft.pk}.jpg"' in shown
    assert 'alt="Young people on a square"' in shown
    assert "Young people on a square" in client.get(f"/en/my-city/practices/{draft.practice_id}/").text

    # Its words alone, then another picture: the files of the first are gone.
    client.post(page_of(draft), WORDS | {"picture_alt_fr": "Des jeunes sur une place"})
    assert stored() - before == first
    with django_capture_on_commit_callbacks(execute=True):
        client.post(page_of(draft), {"picture": photo("WEBP", (800, 600)), **WORDS})
    draft.refresh_from_db()
    assert (draft.picture_width, draft.picture_height) == (800, 600)
    assert len(stored() - before) == 2
    assert not stored() & first

    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(page_of(draft) + "remove/").url == page_of(draft)
    draft.refresh_from_db()
    assert (draft.picture.name, draft.picture_credit, draft.picture_alt_en, draft.picture_width) == ("", "", "", None)
    assert stored() == before


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"picture": ""}, "picture", "Choose a picture."),
        ({"picture_credit": ""}, "picture_credit", "Enter who made the picture."),
        ({"picture_alt_en": ""}, "picture_alt_en", "Enter a text in French, in English or in both."),
    ],
)
def test_what_is_missing_is_told_beside_its_field_and_nothing_is_stored(client, draft, changes, field, said):
    before = stored()
    response = client.post(page_of(draft), {"picture": photo(), **WORDS} | changes)
    assert set(response.context["form"].errors) == {field}
    assert said in response.text
    draft.refresh_from_db()
    assert not draft.picture
    assert stored() == before


@pytest.mark.parametrize("status", ["submitted", "published"])
def test_what_was_submitted_gets_and_loses_no_picture(client, status):
    revision = pictured(status)
    client.force_login(acting_for(revision.practice.city))
    workspace = f"/en/my-city/practices/{revision.practice_id}/"
    for response in (
        client.get(page_of(revision)),
        client.post(page_of(revision), {"picture": photo(), **WORDS}),
        client.post(page_of(revision) + "remove/"),
    ):
        assert response.url == workspace
    assert Revision.objects.get().picture == revision.picture


@pytest.mark.parametrize("who", ["viewer", "elsewhere", "moderator"])
def test_nobody_else_gives_or_takes_away(client, who):
    revision = pictured("draft")
    city = revision.practice.city
    client.force_login(
        {"viewer": lambda: acting_for(city, Role.VIEWER), "elsewhere": lambda: acting_for(CityFactory()),
         "moderator": ModeratorFactory}[who]()
    )  # fmt: skip
    assert client.post(page_of(revision), {"picture": photo(), **WORDS}).status_code == 404
    assert client.post(page_of(revision) + "remove/").status_code == 404


def test_a_new_version_shares_the_files_and_removing_them_there_leaves_the_public_ones(
    client, django_capture_on_commit_callbacks
):
    live = pictured()
    editor = acting_for(live.practice.city)
    draft = moderation.open_draft(practice=live.practice, by=editor)
    assert (draft.picture, draft.picture_alt_en) == (live.picture, live.picture_alt_en)
    client.force_login(editor)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(page_of(draft) + "remove/")
    assert fetch(client, pictures.path_of(live)).status_code == 200
    assert fetch(client, pictures.path_of(live, small=True)).status_code == 200


def test_a_moderator_sees_the_picture_and_that_it_changed(client):
    live = pictured()
    draft = moderation.open_draft(practice=live.practice, by=live.author)
    pictures.remove(draft)
    moderation.submit(revision=draft, by=live.author, harm=harmless())
    client.force_login(ModeratorFactory())
    text = client.get(f"/en/desk/{draft.pk}/").text
    assert "<del>Young people on a square</del>" in text
    assert "<del>Photo: Ana Lovrić</del>" in text
    waiting = pictured("submitted")
    assert f'src="/en/my-city/pictures/{waiting.pk}.jpg"' in client.get(f"/en/desk/{waiting.pk}/").text


# --- Who may see it --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", Status.values)
def test_the_public_sees_what_is_live_and_no_other(client, status):
    revision = pictured(status)
    answer = {"published": 200, "archived": 410}.get(status, 404)
    for address in (pictures.path_of(revision), pictures.path_of(revision, small=True)):
        assert fetch(client, address).status_code == answer
        assert fetch(client, address.replace(revision.practice.slug, "another")).status_code == 404


def test_the_picture_is_sent_to_be_shown_and_kept(client, django_assert_num_queries):
    revision = pictured()
    with django_assert_num_queries(1):
        response = fetch(client, pictures.path_of(revision))
    with Image.open(BytesIO(response.body)) as drawn:
        assert drawn.format == "JPEG"
    assert response["Content-Type"] == "image/jpeg"
    assert "attachment" not in response.get("Content-Disposition", "")
    assert response["Cache-Control"] == PUBLIC
    assert "cookie" not in response.get("Vary", "").lower()
    again = fetch(client, pictures.path_of(revision), **{"If-None-Match": response["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("status", STATUSES)
def test_before_it_is_public_it_is_seen_by_those_who_read_its_revision(client, status):
    revision = pictured(status)
    answers = {
        who: int(row[STATUSES.index(status)])
        for who, *row in (line.split() for line in READERS.strip().splitlines()[1:])
    }
    people = {
        "viewer": acting_for(revision.practice.city, Role.VIEWER),
        "moderator": ModeratorFactory(),
        "elsewhere": acting_for(CityFactory()),
    }
    for who, person in people.items():
        client.force_login(person)
        response = fetch(client, f"/en/my-city/pictures/{revision.pk}.jpg")
        assert (who, response.status_code) == (who, answers[who])
        assert "no-store" in response["Cache-Control"]


# --- Where it is shown -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "fr"])
def test_it_is_shown_with_credit_and_words_wherever_the_practice_is(client, language):
    revision = pictured()
    segment = {"en": "practices", "fr": "pratiques"}[language]
    address = f"/{language}/{segment}/{revision.practice.slug}"
    whole = f"{address}/{'pictures' if language == 'en' else 'images'}/{pictures.key_of(revision)}.jpg"
    page = read(client, f"{address}/")
    image = page.find(".//figure[@class='lead-picture']/img").attrib
    assert (image["src"], image["width"], image["height"]) == (whole, "1000", "500")
    assert (image["alt"], image["lang"]) == ("Young people on a square", "en")
    assert "Photo: Ana Lovrić" in page.findtext(".//figcaption")
    properties = {tag.get("property"): tag.get("content") for tag in page.findall(".//meta[@property]")}
    assert properties["og:image"].endswith(whole)
    assert (properties["og:image:width"], properties["og:image:type"]) == ("1000", "image/jpeg")
    assert properties["og:image:alt"] == "Young people on a square"
    assert len(page.findall(".//meta[@property='og:image']")) == 1
    data = json.loads(page.findtext(".//script[@type='application/ld+json']"))
    assert data["image"]["contentUrl"].endswith(whole)
    assert data["image"]["creditText"] == "Photo: Ana Lovrić"

    card = read(client, f"/{language}/{segment}/").find(".//div[@class='card-picture']/img")
    assert card.get("src") == whole.replace(".jpg", "-small.jpg")
    assert (card.get("width"), card.get("height"), card.get("loading")) == ("320", "120", "lazy")
    assert card.get("alt") == "Young people on a square"


def test_the_api_gives_it_with_its_words(client):
    revision = pictured(picture_alt_fr="Des jeunes")
    RevisionFactory(status="published")
    answer = client.get(f"/api/v1/practices/{revision.practice.slug}").json()["picture"]
    assert answer["address"].endswith(pictures.path_of(revision))
    assert (answer["width"], answer["height"], answer["credit"]) == (1000, 500, "Photo: Ana Lovrić")
    assert (answer["alt"]["en"], answer["alt"]["fr"]) == ("Young people on a square", "Des jeunes")
    listed = client.get("/api/v1/practices").json()["results"]
    assert {each["picture"] is None for each in listed} == {True, False}


def test_without_one_a_pattern_is_drawn_in_the_lines_of_its_commitments(client):
    served = [CommitmentFactory(number=number) for number in (2, 5)]
    revision = RevisionFactory(status="published", commitments=served)
    for address in (revision.practice.get_absolute_url(), "/en/practices/"):
        page = read(client, address)
        drawn = page.find(".//svg[@class='pattern']")
        assert drawn.get("aria-hidden") == "true"
        assert len(drawn.findall(".//path")) == 7
        assert [line.get("data-line") for line in drawn.findall("g")] == ["2", "5"]
        assert not page.findall(".//*[@style]")


def test_a_pattern_is_the_same_each_time_and_stays_in_its_box():
    assert pattern("a", {1}, 320, 120) == pattern("a", {1}, 320, 120) != pattern("b", {1}, 320, 120)
    for seed in map(str, range(200)):
        for width, height in ((320, 120), (800, 128)):
            for line in pattern(seed, {1, 4}, width, height):
                assert 12 < line.x < width - 12
                assert 8 < line.y < height - 8


# --- How many people it reached --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "number", "year", "said"),
    [
        ("en", 1200, 2023, "1,200 people reached (2023)"),
        ("en", 1, None, "1 person reached"),
        ("fr", 1200, None, "1\u202f200 bénéficiaires"),
    ],
)
def test_year_and_people_reached_are_on_card_and_page(client, language, number, year, said):
    revision = RevisionFactory(
        status="published", started_on="2015-05", people_reached=number, people_reached_year=year, title_fr="Un titre"
    )
    page = {"en": "/en/practices/", "fr": "/fr/pratiques/"}[language]
    for address in (page, f"{page}{revision.practice.slug}/"):
        figures = read(client, address).find(".//p[@class='meta figures']")
        assert " ".join(figures.text_content().split()) == " ".join(
            f"{'Since' if language == 'en' else 'Depuis'} 2015 · {said}".split()
        )


def test_a_city_enters_how_many_people_it_reached(client, draft):
    address = f"/en/my-city/practices/{draft.practice_id}/edit/results/"
    sent = {"people_reached_year": "2023"}
    response = client.post(address, sent)
    assert "Enter how many people were reached that year, or remove the year." in response.text
    client.post(address, sent | {"people_reached": "1200"})
    draft.refresh_from_db()
    assert (draft.people_reached, draft.people_reached_year) == (1200, 2023)

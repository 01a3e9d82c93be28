"""The image of a shared link, and the badge of a city."""

import csv
import errno
import re
import time
from io import BytesIO
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.utils.translation import override
from PIL import Image

from commitments.loading import load_declaration
from commitments.models import Commitment
from members.models import City
from scn_portal.base.http.caching import PUBLIC
from scn_portal.base.made_files import storing
from scn_portal.base.models import MadeFile
from scn_portal.site.sharing import badges, drawing, pictures, widths
from scn_portal.site.sharing.drawing import Picture
from tests.factories import CityFactory, PledgeFactory, RevisionFactory

pytestmark = pytest.mark.usefixtures("kept_at_once")

LONG = "Région autonome du Bangsamoro en Mindanao musulman, avec ses provinces et ses villes à charte"
NAMES = ["Koboko", LONG, "Łódź", "Şanlıurfa", "Nguyễn Bình", "«\u202fOù\u00a0?\u202f»", "W" * 100, "", "a " * 100]
# English address, French address, queries.
# With its queries; one of each picture asks whether it is kept.
PICTURES = [
    ("/en/picture.png", "/fr/picture.png", 1),
    ("/en/cities/testford/picture.png", "/fr/villes/testford/image.png", 3),
    ("/en/practices/practice/picture.png", "/fr/pratiques/practice/image.png", 4),
    ("/en/commitments/4/picture.png", "/fr/engagements/4/image.png", 2),
    ("/en/cities/testford/badge.svg", "/fr/villes/testford/badge.svg", 2),
]
ADDRESSES = [address for english, french, _queries in PICTURES for address in (english, french)]


@pytest.fixture
def testford(db):
    """A city with a pledge under 4, and a practice that serves 4 and 5."""
    load_declaration()
    fourth, fifth = Commitment.objects.of_melbourne().filter(number__in=(4, 5))
    city = CityFactory(name_en="Testford", name_fr="Essaiville", country="KE")
    PledgeFactory(city=city, commitment=fourth)
    RevisionFactory(
        practice__city=city, practice__slug="practice", status="published", commitments=[fourth, fifth],
    )  # fmt: skip
    return city


# --- The drawing -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("title", NAMES)
def test_an_image_is_of_the_right_size_and_light(title):
    drawn = drawing.png(
        Picture(title, over="Practice", under="Testford", filled=frozenset({1, 2, 3}), ringed=frozenset({3}))
    )
    image = Image.open(BytesIO(drawn))
    assert (image.format, image.size) == ("PNG", (1200, 630))
    assert len(drawn) <= 60_000


@pytest.mark.parametrize("title", NAMES)
@pytest.mark.parametrize("room", [248, 300, 360])
def test_a_title_fits_the_room_it_has(title, room):
    lines, size = drawing.fitted(title, room)
    face = drawing.font(drawing.SERIF, size)
    assert drawing.MIN_SIZE <= size <= drawing.MAX_SIZE
    assert len(lines) * size * drawing.LEADING <= room + len(lines)
    assert all(face.getlength(line) <= drawing.WIDTH - 2 * drawing.MARGIN for line in lines)


def test_a_short_name_is_large_and_a_long_text_ends_in_an_ellipsis():
    assert drawing.fitted("Koboko", 300) == (["Koboko"], drawing.MAX_SIZE)
    lines, size = drawing.fitted("word " * 200, 300)
    assert size == drawing.MIN_SIZE
    assert lines[-1].endswith("…")


@pytest.mark.parametrize("path", [drawing.SERIF, drawing.SANS])
@pytest.mark.parametrize("letter", "ÀÉçœŁźŞığăễĦŻșțąųŵÆØÞ’“«…·\u00a0")
def test_the_fonts_have_the_letters_of_our_cities(path, letter):
    face = drawing.font(path, 40)
    unknown = face.getmask("\U0010fffd")
    drawn = face.getmask(letter)
    assert (drawn.size, bytes(drawn)) != (unknown.size, bytes(unknown))


def test_drawing_one_takes_no_longer_than_it_may():
    drawing.png(Picture("Warm"))
    best = min(
        _seconds(Picture(LONG, over="Pratique", under="Philippines", filled=pictures.ALL_SEVEN)) for _ in range(5)
    )
    assert best < 0.15


def _seconds(picture: Picture) -> float:
    begun = time.thread_time()  # of the processor: a busy machine draws no slower
    drawing.png(picture)
    return time.thread_time() - begun


def test_the_colours_are_those_of_the_pages_on_paper(settings):
    tokens = (settings.BASE_DIR / "scn_portal/static/css/tokens.css").read_text().partition("@media")[0]
    named = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", tokens))
    assert tuple(named[f"line-{number}"] for number in range(1, 8)) == drawing.LINES
    ours = (drawing.PAPER, drawing.INK, drawing.INK_SOFT, drawing.RULE, drawing.BORDER)
    assert ours == tuple(named[name] for name in ("paper", "ink", "ink-soft", "rule", "field-border"))


# --- The addresses ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ADDRESSES)
def test_it_is_the_same_for_every_reader_shown_anywhere_and_fetched_once(client, testford, address):
    first = client.get(address)
    assert first.status_code == 200
    assert first["Content-Type"] == ("image/svg+xml; charset=utf-8" if address.endswith("svg") else "image/png")
    assert first["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not first.cookies
    assert "cookie" not in first.get("Vary", "").lower()
    assert "public" in first["Cache-Control"]
    assert client.get(address, headers={"if-none-match": first["ETag"]}).status_code == 304


def test_the_title_of_a_practice_that_is_taken_down_is_soon_gone_from_caches(client, testford):
    assert client.get("/en/practices/practice/picture.png")["Cache-Control"] == PUBLIC


@pytest.mark.parametrize(("english", "french", "queries"), PICTURES)
def test_it_takes_so_many_queries(client, testford, django_assert_num_queries, english, french, queries):
    for more in range(2):
        for address in (english, french):
            assert client.get(address).status_code == 200  # drawn, and kept
            with django_assert_num_queries(queries):
                assert client.get(address).status_code == 200
        PledgeFactory.create_batch(2 + more, city=testford, commitment=Commitment.objects.get(number=4))


@pytest.mark.parametrize(
    "address",
    [
        "/en/cities/nowhere/picture.png", "/en/cities/nowhere/badge.svg", "/en/cities/a%00b/badge.svg",
        "/en/practices/waiting/picture.png", "/en/commitments/8/picture.png", f"/en/commitments/{10**30}/picture.png",
    ],
)  # fmt: skip
def test_an_unknown_one_is_not_found(client, testford, address):
    RevisionFactory(status="submitted", practice__slug="waiting")
    assert client.get(address).status_code == 404


def test_an_image_is_drawn_once_until_what_it_says_changes(client, testford, monkeypatch):
    drawn = []
    monkeypatch.setattr(pictures, "png", lambda picture: drawn.append(picture) or b"image")
    address = "/en/cities/testford/picture.png"
    for _ in range(2):
        client.get(address)
    assert [(picture.title, picture.under) for picture in drawn] == [("Testford", "Kenya · 1 of 7 commitments")]
    assert (drawn[0].filled, drawn[0].ringed) == ({4}, {4, 5})
    testford.name_en = "Renamed"
    testford.save()
    client.get(address)
    assert [picture.title for picture in drawn] == ["Testford", "Renamed"]


def test_an_image_is_drawn_when_none_can_be_kept(client, testford, monkeypatch):
    monkeypatch.setattr(storing.default_storage, "save", disk_full)
    response = client.get("/en/cities/testford/picture.png")
    assert response.status_code == 200
    assert response.content.startswith(b"\x89PNG")
    assert not MadeFile.objects.exists()


def disk_full(*args):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_an_image_that_the_storage_has_lost_is_drawn_anew(client, testford):
    address = "/en/cities/testford/picture.png"
    content = client.get(address).content
    storing.default_storage.delete(MadeFile.objects.get().name)
    assert [client.get(address).content for _ in range(2)] == [content] * 2


def test_who_has_many_drawn_has_to_wait_and_may_have_those_that_are_there(client, testford, monkeypatch):
    monkeypatch.setattr(pictures, "PICTURES", pictures.PICTURES._replace(most=1))
    assert client.get("/en/cities/testford/picture.png").status_code == 200
    assert client.get("/fr/villes/testford/image.png").status_code == 429
    assert client.get("/en/cities/testford/picture.png").status_code == 200


# --- The badge -------------------------------------------------------------------------------------------------------

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/en/cities/testford/badge.svg", "Strong Cities Network · Testford · 1 of 7 commitments"),
        ("/fr/villes/testford/badge.svg", "Strong Cities Network · Essaiville · 1 engagement sur 7"),
    ],
)
def test_the_badge_says_it_in_words_and_in_stops(client, testford, address, said):
    badge = ElementTree.fromstring(client.get(address).content)
    assert badge.findtext(f"{SVG}title") == said
    assert badge.get("role") == "img"
    stops = [circle.get("fill") for circle in badge.iter(f"{SVG}circle") if circle.get("r") == "9"]
    assert [number for number, fill in enumerate(stops, 1) if fill == drawing.LINES[number - 1]] == [4]
    assert len([circle for circle in badge.iter(f"{SVG}circle") if circle.get("r") == "13"]) == 2


def test_the_badge_has_no_script_no_style_and_asks_for_nothing(client, testford):
    response = client.get("/en/cities/testford/badge.svg")
    assert response["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert not re.search(r"<(script|style|image|use|a|foreignObject)|href|style=|\bon\w+=|url\(", response.text)


@pytest.mark.parametrize("name", [LONG, "<script>alert(1)</script>", 'A "b" & c', "\x0bTab"])
@pytest.mark.parametrize("address", ["/en/cities/testford/badge.svg", "/fr/villes/testford/badge.svg"])
def test_any_name_fits_the_badge_and_stays_a_name(client, testford, address, name):
    testford.name_en = testford.name_fr = name
    testford.save()
    badge = ElementTree.fromstring(client.get(address).content)
    lines = [text for text in badge.iter(f"{SVG}text") if text.get("fill") == drawing.INK]
    assert " ".join(line.text for line in lines) == name.replace("\x0b", "")
    for line in lines:
        measured = in_pillow(line.text, int(line.get("font-size")))
        assert int(badge.get("width")) - 32 >= int(line.get("textLength")) >= measured


# --- No name is clipped ----------------------------------------------------------------------------------------------


CITIES = settings.BASE_DIR / "members/data/cities.csv"


def every_name() -> list[tuple[str, str]]:
    """The name of each city of the data with its country, in each language, as pages show them."""
    rows = list(csv.DictReader(CITIES.read_text().splitlines()))
    names = []
    for language in ("en", "fr"):
        with override(language):
            names += [
                (City(**{f"name_{language}": row[f"name_{language}"]}).text("name", language).value,
                 City(country=row["country"]).country.name)
                for row in rows
            ]  # fmt: skip
    return names


def in_pillow(text: str, size: int) -> float:
    return drawing.font(drawing.SANS, size).getlength(text)


@pytest.mark.parametrize("text", ["Strong Cities Network", "Kraków · 7 engagements sur 7", "Montréal\u202f: l’avenir"])
def test_the_table_of_widths_is_that_of_the_font(text):
    assert widths.width(text, 20) == pytest.approx(in_pillow(text, 20), rel=0.02)


def test_what_the_font_has_not_is_as_wide_as_the_mark_in_its_place():
    assert widths.width("漢字", 1000) == drawing.font(drawing.SANS, 1000).getlength("漢字")


def test_badges_and_pictures_have_room_for_every_name_of_the_data():
    names = every_name()
    assert len(names) == 2 * 88
    for name, country in names:
        lines = badges.name_lines(name)
        assert " ".join(line.text for line in lines) == name
        for line in lines:
            assert in_pillow(line.text, line.size) <= line.width
            assert badges.MARGIN + line.width <= badges.badge_width(lines) - badges.MARGIN
        assert "…" not in "".join(drawing.fitted(name, 300)[0])
        for under in (f"{name}, {country}", f"{country} · 7 engagements sur 7"):
            assert drawing._on_one_line(under, "black")[0] == under.replace("\u202f", "\xa0")


def test_the_longest_name_that_a_city_may_have_is_on_two_lines():
    lines = badges.name_lines("Communauté " * 9)
    assert [line.text for line in lines] == [("Communauté " * 4).strip(), ("Communauté " * 5).strip()]
    assert badges.badge_width(lines) == 2 * badges.MARGIN + lines[1].width
    (alone,) = badges.name_lines("W" * 100)
    assert alone.width <= badges.badge_width([alone]) - 2 * badges.MARGIN

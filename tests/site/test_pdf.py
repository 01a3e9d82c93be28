"""The PDFs of a city and of a practice, read back as their readers get them."""

import datetime as dt
import re

import pytest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import override

from commitments.loading import load_declaration
from commitments.models import Commitment, Pledge
from members.models import City
from practices.models import Practice, Revision
from scn_portal.base.made_files import storing
from scn_portal.base.models import MadeFile
from scn_portal.site.pdf import prose, typesetting
from scn_portal.site.pdf.typesetting import TypesettingError, typeset
from tests.factories import (
    CityFactory,
    EndorsementFactory,
    MembershipFactory,
    MilestoneFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    RevisionFactory,
)
from tests.pdf_text import links_of, open_pdf, outline_of, tags_of, words_of

DAY = dt.date(2026, 11, 25)
# English address, French address, queries.
# With its queries; one asks whether it is kept.
PDFS = [
    ("/en/cities/testford/profile.pdf", "/fr/villes/testford/profil.pdf", 9),
    ("/en/practices/practice/practice.pdf", "/fr/pratiques/practice/pratique.pdf", 9),
]
ADDRESSES = [address for english, french, _queries in PDFS for address in (english, french)]
HOSTILE = [
    '#import "portal.typ": *',
    "#panic()",
    "$x^2$ \\ @label <label> `raw` *strong* _emph_ = Heading",
    '#eval("1")',
    "]]} #{ sys.inputs }",
    '"quoted" \\u{41} // comment /* and */ ~ -- ---',
]


@pytest.fixture
def testford(db):
    """A city with a pledge under 4, and a practice that serves 4 and 5."""
    load_declaration()
    fourth, fifth = Commitment.objects.of_melbourne().filter(number__in=(4, 5))
    city = CityFactory(name_en="Testford", name_fr="Essaiville", country="KE", joined_year=2015, population=1234567)
    pledge = PledgeFactory(
        city=city, commitment=fourth, title_en="Write a strategy", title_fr="Écrire une stratégie", status="under_way",
        announced_on="2019-03", due_on="2035-01-31",
        description_en="With *everybody*.",
    )  # fmt: skip
    ProgressUpdateFactory(pledge=pledge, reported_on=dt.date(2026, 2, 3))
    MilestoneFactory(pledge=pledge, title_en="First draft", due_on=dt.date(2034, 5, 6))
    RevisionFactory(
        practice__city=city, practice__slug="practice", status="published", commitments=[fourth, fifth],
        title_en="A house", title_fr="Une maison : l'info", summary_en="It *opens* doors.", summary_fr="Elle ouvre.",
        challenge_en="Because.\n\n- one\n- two\n\n# Then\n\nA [link](https://example.org/why).",
        challenge_fr="Parce que.", evaluation="external", evidence_en="Measured.",
        sources=["https://example.org/source"], documents=["A report"],
    )  # fmt: skip
    return city


@pytest.mark.parametrize("address", ADDRESSES)
def test_it_is_a_tagged_pdf_with_a_title_a_language_and_bookmarks(client, testford, address):
    response = client.get(address)
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    with open_pdf(response.content) as pdf:
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert metadata["dc:title"]
        assert str(pdf.Root.Lang) == address[1:3]
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert {"/H1", "/P", "/L", "/Link"} <= set(tags_of(pdf))
        assert len(outline_of(pdf)) > 3
        assert len(pdf.pages) <= 2


def test_the_profile_of_a_city_says_what_its_page_says(client, testford):
    written = words_of(client.get("/en/cities/testford/profile.pdf").content)
    for words in (
        "Testford", "Kenya", "1,234,567", "example.org/cities",
        "Local strategies", "Write a strategy", "Under way · March 2019 · due on 31 January 2035",
        "last report on 3 February 2026", "With everybody.", "First draft due on 6 May 2034", "A house",
        "It opens doors.", "Evaluated independently", "CC BY 4.0",
        "/en/cities/testford/", "Data as of",
    ):  # fmt: skip
        assert words in written
    assert written.count("No pledge is recorded yet.") == 6


def test_the_head_of_the_profile_is_that_of_the_page(client, testford):
    PledgeFactory(city=testford, status="done", announced_on="2015")
    PledgeFactory(city=testford, status="done", announced_on="2020", title_en='Open a "line"')
    EndorsementFactory(city=testford, endorsed_on="2018-07", signatory_name="A. Person", signatory_title="Mayor")
    person = MembershipFactory(city=testford, role="focal_point").user
    unchecked = words_of(client.get(PDFS[0][0]).content)
    City.objects.filter(pk=testford.pk).update(confirmed_at=timezone.now(), confirmed_by=person)
    checked = words_of(client.get(PDFS[0][0]).content)
    for words in (
        "In the network Member since 2015", "Melbourne Declaration Signed: July 2018 (A. Person, Mayor)",
        "Pledges 2 pledges, 1 kept", "Before the Declaration 1 action already taken", "Practices 1 practice",
        "Pledge recorded: Open a “line”",
    ):  # fmt: skip
        assert words in unchecked
        assert words in checked
    assert "Checked by the city Not yet" in unchecked
    today = date_format(timezone.localdate())
    assert f"Checked by the city On {today}, by a focal point of the city" in checked
    assert person.name not in checked
    City.objects.filter(pk=testford.pk).update(population=7)
    assert "Changed since the city checked it on" in words_of(client.get(PDFS[0][0]).content)
    City.objects.filter(pk=testford.pk).update(status="former")
    left = words_of(client.get(PDFS[0][1]).content)
    assert "Dans le réseau Ancien membre " in left
    assert "Cette ville a quitté le réseau." in left
    assert "2 promesses, 1 tenue" in left


def test_the_french_profile_is_set_in_french(client, testford):
    written = words_of(client.get("/fr/villes/testford/profil.pdf").content)
    for words in ("Essaiville", "Écrire une stratégie", "mars 2019", "Stratégies locales"):
        assert words in written
    assert re.search(r"1\s234\s567", written)
    assert re.search(r"Une maison\s: l’info", written)
    assert "pledge" not in written


def test_the_licence_is_linked_in_the_language_of_the_pdf(client, testford):
    for address, deed in ((PDFS[0][0], ""), (PDFS[0][1], "deed.fr")):
        with open_pdf(client.get(address).content) as pdf:
            assert f"https://creativecommons.org/licenses/by/4.0/{deed}" in links_of(pdf)


def test_a_practice_tells_its_whole_story_with_its_sources(client, testford):
    response = client.get("/en/practices/practice/practice.pdf")
    written = words_of(response.content)
    for words in (
        "A house", "Because.", "one", "two", "Evaluated independently", "Measured.", "A report", "accessed on",
        "The city has not shared what did not work.", "example.org/source",
    ):  # fmt: skip
        assert words in written
    with open_pdf(response.content) as pdf:
        assert "Then" in outline_of(pdf)
        assert {"https://example.org/why", "https://example.org/source"} <= links_of(pdf)


def test_a_text_in_the_other_language_says_so(client, testford):
    written = words_of(client.get("/fr/pratiques/practice/pratique.pdf").content)
    assert "(en anglais)" in written
    assert "Measured." in written
    assert re.search(r"4\. Stratégies locales\s; 5\.", written)


@pytest.mark.parametrize(("english", "french", "queries"), PDFS)
def test_it_takes_few_queries_and_any_cache_may_keep_it(
    client, testford, django_assert_num_queries, english, french, queries
):
    for address in (english, french):
        assert client.get(address).status_code == 200  # made, and kept
        with django_assert_num_queries(queries):
            response = client.get(address)
        assert "public" in response["Cache-Control"]
        assert "cookie" not in response.get("Vary", "").lower()
        assert client.get(address, headers={"if-none-match": response["ETag"]}).status_code == 304


@pytest.mark.parametrize("rows", [1, 4])
def test_more_rows_take_no_more_queries(client, testford, django_assert_num_queries, rows):
    for number in range(rows):
        pledge = PledgeFactory(city=testford, commitment=Commitment.objects.of_melbourne().get(number=number + 1))
        ProgressUpdateFactory(pledge=pledge)
        RevisionFactory(practice__city=testford, status="published")
    assert client.get(PDFS[0][0]).status_code == 200
    with django_assert_num_queries(PDFS[0][2]):
        assert client.get(PDFS[0][0]).status_code == 200


def test_what_is_not_public_has_no_pdf(client, testford):
    RevisionFactory(practice__slug="draft")
    assert client.get("/en/practices/draft/practice.pdf").status_code == 404
    assert client.get("/en/cities/nowhere/profile.pdf").status_code == 404


def test_an_update_that_was_taken_down_is_not_mentioned(client, testford):
    pledge = Pledge.objects.get()
    update = pledge.updates.get()
    pledge.updates.update(taken_down_at=update.created_at, taken_down_by=update.author)
    assert "last report" not in words_of(client.get("/en/cities/testford/profile.pdf").content)


def test_both_pages_offer_their_pdf(client, testford):
    for page, pdf in (
        ("/en/cities/testford/", PDFS[0][0]), ("/fr/villes/testford/", PDFS[0][1]),
        ("/en/practices/practice/", PDFS[1][0]), ("/fr/pratiques/practice/", PDFS[1][1]),
    ):  # fmt: skip
        assert f'href="{pdf}"' in client.get(page).text


# --- What people type ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", HOSTILE)
def test_what_people_typed_stands_as_they_typed_it(client, testford, typed):
    testford.name_en = typed
    testford.source = typed
    testford.save()
    PledgeFactory(city=testford, title_en=typed, commitment=Commitment.objects.of_melbourne().get(number=1))
    shown = typed.replace('"', "")
    for letter in "“”‘’":
        shown = shown.replace(letter, "")
    written = words_of(client.get("/en/cities/testford/profile.pdf").content)
    for letter in '"“”‘’':
        written = written.replace(letter, "")
    assert written.count(shown) >= 3


@pytest.mark.parametrize(
    "typed",
    [
        "> " * 60 + "deep", "- " * 60 + "deep", "*a **b " * 60, "# one\n\n###### six\n\n## two", "1. " * 40 + "x",
        "[x](javascript:alert(1)) [y](data:text/html,z) <script>alert(1)</script>", "![picture](https://example.org/p)",
        "\x07\u202e\ue000\U0010fffd", "日本 😀 العربية", "[](https://example.org)", "a" * 20_000,
        "\n\n---\n\n```\nx\n```",
        "> # heading\n\n- # heading", "[x](https://example.org/" + "a" * 9000 + ")",
    ],
)  # fmt: skip
def test_any_markdown_is_set(client, testford, typed):
    RevisionFactory(
        practice__slug="odd", practice__city=testford, status="published", challenge_en="Begin.\n\n" + typed
    )
    response = client.get("/en/practices/odd/practice.pdf")
    assert response.status_code == 200
    assert "Begin." in words_of(response.content)
    with open_pdf(response.content) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert not any(link.startswith(("javascript", "data")) for link in links_of(pdf))


def test_headings_of_a_text_skip_no_level():
    found = prose.blocks("### a\n\n###### b\n\n##### c\n\n# d\n\n## e", "en")
    assert [block["level"] for block in found] == [1, 2, 2, 1, 2]


def test_a_text_is_marked_as_an_old_translation():
    revision = Revision(
        source_language="fr", summary_fr="S", summary_en="S",
        source_changed_at=dt.datetime(2026, 2, 1, tzinfo=dt.UTC),
        translation_changed_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    )  # fmt: skip
    with override("en"):
        assert prose.prose(revision.text("summary", "en"))["notes"] == ["This translation is older than the original."]


# --- Limits ----------------------------------------------------------------------------------------------------------


def test_the_same_data_make_the_same_bytes(client, testford):
    first = client.get(PDFS[1][0]).content
    MadeFile.objects.all().delete()
    assert client.get(PDFS[1][0]).content == first


def test_a_pdf_is_set_once_until_what_it_says_changes(client, testford, monkeypatch):
    first = client.get(PDFS[0][0]).content
    monkeypatch.setattr(typesetting, "_within_limits", lambda *args: b"%PDF of later")
    assert client.get(PDFS[0][0]).content == first
    testford.population = 77
    testford.save()
    assert client.get(PDFS[0][0]).content == b"%PDF of later"


def test_too_much_text_is_refused():
    with pytest.raises(TypesettingError):
        typeset("city.typ", {"text": "a" * typesetting.MAX_CHARACTERS}, DAY)


@pytest.mark.parametrize("limit", ["MAX_SECONDS", "MAX_BYTES", "MAX_CHARACTERS"])
def test_over_a_limit_a_reader_is_asked_to_come_back(client, testford, monkeypatch, limit):
    monkeypatch.setattr(typesetting, limit, 0)
    response = client.get(PDFS[0][0])
    assert (response.status_code, response["Retry-After"]) == (503, "300")
    assert Practice.objects.published().exists()


def test_a_pdf_that_cannot_be_kept_is_made_all_the_same(client, testford, monkeypatch):
    def disk_full(*args):
        raise OSError("No space left on device")

    monkeypatch.setattr(storing.default_storage, "save", disk_full)
    assert client.get(PDFS[0][0]).status_code == 200
    assert not MadeFile.objects.exists()

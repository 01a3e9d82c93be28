"""The tags and filters that every template may use."""

import re
import time
from dataclasses import dataclass

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import resolve
from django.utils.translation import override

from scn_portal.base.languages import Text


@dataclass
class CommitmentMark:
    number: int
    pledged: bool = False
    practised: bool = False


def render(template: str, *, language: str = "en", path: str = "/en/", **context) -> str:
    """`template` as the reader of `path` meets it."""
    with override(language):
        request = RequestFactory().get(path)
        request.resolver_match = resolve(request.path) if "nothing" not in path else None
        return Template(template).render(Context({"request": request, **context}))


FRENCH = Text("Qui « écoute » ?", "fr", is_fallback=True)


def test_a_short_text_in_the_language_of_the_page_stands_alone():
    assert render("{% text row %}", row=Text("Who <listens>", "en")) == "Who &lt;listens&gt;"


def test_a_short_text_in_another_language_says_so():
    assert render("{% text row %}", row=FRENCH) == (
        '<span lang="fr">Qui «\u202fécoute\u202f»\u202f?</span> <small class="language-note">(in French)</small>'
    )


def test_an_attribute_takes_the_text_without_markup():
    assert render("{% text row plain=True %}", row=FRENCH) == "Qui «\u202fécoute\u202f»\u202f?"


def test_an_empty_text_is_nothing():
    assert render("{% text row %}{% prose row %}", row=Text("", "fr")).strip() == ""


def test_a_long_text_is_a_block_in_its_own_language():
    html = render("{% prose row %}", row=Text("**Oui**", "fr", is_fallback=True))
    assert '<div lang="fr"><p><strong>Oui</strong></p>' in html
    assert "(in French)" in html
    assert "older than the original" not in html


def test_an_old_translation_says_so():
    html = render("{% prose row %}", row=Text("Yes", "en", is_stale=True))
    assert "This translation is older than the original." in html
    assert "(in" not in html


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (
            "https://www.city.example/plan/?a=1",
            '<a href="https://www.city.example/plan/?a=1" rel="nofollow noopener">city.example/<wbr>plan</a>',
        ),
        ("Minutes of the <council>, 2018", "Minutes of the &lt;council&gt;, 2018"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("http://[abc", "http://[abc"),
        ("http://<b>]/", "http://&lt;b&gt;]/"),
    ],
)
def test_a_source_is_a_link_only_when_it_is_an_address(source, shown):
    assert render("{{ source|source_link }}", source=source) == shown


@pytest.mark.parametrize(
    ("language", "path", "other", "translation"),
    [
        ("en", "/en/cities/", "fr", "/fr/villes/"),
        ("fr", "/fr/villes/montreal/", "en", "/en/cities/montreal/"),
        ("en", "/en/cities/?q=a&page=2", "fr", "/fr/villes/?q=a&amp;page=2"),
        ("en", "/en/nothing/here/", "fr", "/fr/"),
        ("en", "/healthz", "fr", "/fr/"),
    ],
)
def test_every_page_links_to_its_translation_or_to_the_home_page(language, path, other, translation):
    assert render("{% url_in_language other %}", language=language, path=path, other=other) == translation


def test_both_languages_are_linked_for_search_engines(settings):
    settings.SITE_URL = "https://portal.example"
    assert render("{% alternates %}", language="fr", path="/fr/villes/?page=2").splitlines() == [
        '<link rel="canonical" href="https://portal.example/fr/villes/">',
        '<link rel="alternate" hreflang="en" href="https://portal.example/en/cities/">',
        '<link rel="alternate" hreflang="fr" href="https://portal.example/fr/villes/">',
        '<link rel="alternate" hreflang="x-default" href="https://portal.example/en/cities/">',
    ]


@pytest.mark.parametrize(
    ("path", "mark"),
    [
        ("/en/cities/", ' aria-current="page"'),
        ("/en/cities/montreal/", ' aria-current="true"'),
        ("/en/practices/", ""),
        ("/en/nothing/", ""),
    ],
)
def test_the_navigation_says_where_the_reader_is(path, mark):
    link = render('{% nav_link "city_list" "Cities" "city_detail" %}', path=path)
    assert link == f'<a href="/en/cities/"{mark}>Cities</a>'


@pytest.mark.parametrize(
    ("stops", "words"),
    [
        (
            [CommitmentMark(4, pledged=True), CommitmentMark(5, pledged=True, practised=True)],
            "pledges under 4 and 5; practices under 5",
        ),
        ([CommitmentMark(1, practised=True), CommitmentMark(2)], "practices under 1"),
        ([CommitmentMark(1), CommitmentMark(2)], "no pledge and no practice yet"),
    ],
)
def test_the_stops_are_given_in_words_too(stops, words):
    assert render("{% stops_in_words stops %}", stops=stops) == words


def test_the_french_semicolon_has_its_narrow_space():
    stops = [CommitmentMark(5, pledged=True, practised=True)]
    words = render("{% stops_in_words stops %}", language="fr", path="/fr/", stops=stops)
    assert words == "promesses\u00a0: 5\u202f; pratiques\u00a0: 5"


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("same words", "same words", "same words"),
        ("two words", "two new words", "two <ins>new </ins>words"),
        ("one <b> gone", "one gone", "one <del>&lt;b&gt; </del>gone"),
        ("old", "<new>", "<del>old</del><ins>&lt;new&gt;</ins>"),
        ("", "all", "<ins>all</ins>"),
        ("same words", "same words, more", "same <del>words</del><ins>words, more</ins>"),
        ("same words", "same words more", "same words <ins>more</ins>"),
        ("first\n\nlast", "first\n\nnew\n\nlast", "first\n\n<ins>new\n\n</ins>last"),
        (
            "one here\ntwo here",
            "one there\ntwo there",
            "one <del>here\n</del><ins>there\n</ins>two <del>here</del><ins>there</ins>",
        ),
        ("  - a\n  - b", "  - a\n  - c", "  - a\n  - <del>b</del><ins>c</ins>"),
        ("a\nb", "a\n\nb", "a\n<ins>\n</ins>b"),
        ("a b", "a  b", "a  b"),
        ("a\n", "", "<del>a\n</del>"),
        ("", "", ""),
    ],
)
def test_changes_are_marked_word_by_word(before, after, shown):
    assert render("{% changes_marked before after %}", before=before, after=after) == shown


MANY = 20_000


def numbered(word: str, between: str = " ") -> str:
    return between.join(f"{word}{number % 97}" for number in range(MANY))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (numbered("a"), numbered("b")),
        (numbered("a"), numbered("a") + " more"),
        (" ".join(["a", "b"] * (MANY // 2)), " ".join(["b", "a", "c"] * (MANY // 3))),
        ("\n".join(["a", "b"] * (MANY // 2)), "\n".join(["b", "a", "c"] * (MANY // 3))),
        (numbered("a", "\n"), numbered("b", "\n")),
        ("\n".join([" ".join(["a", "b"] * 100)] * 100), "\n".join([" ".join(["b", "a", "c"] * 66)] * 100)),
        ("\n" * MANY, " \n" * (MANY + 1)),
    ],
    ids=["all changed", "one more", "all moved", "paragraphs moved", "paragraphs changed", "long paragraphs", "empty"],
)  # fmt: skip
def test_a_text_as_long_as_a_book_is_compared_in_a_moment(before, after):
    started = time.process_time()
    shown = render("{% changes_marked before after %}", before=before, after=after)
    assert time.process_time() - started < 2  # word by word it would be minutes
    assert re.sub("<del>[^<]*</del>|</?ins>", "", shown) == after


def test_one_changed_word_is_found_in_a_text_as_long_as_a_book():
    before = numbered("word") + "\nend"
    shown = render("{% changes_marked before after %}", before=before, after=before.replace("word5 ", "new ", 1))
    assert shown == before.replace("word5 ", "<del>word5 </del><ins>new </ins>", 1)


def test_a_paragraph_changed_beyond_comparing_is_shown_whole_and_its_neighbours_are_not():
    rewritten = " ".join(f"old{number}" for number in range(400)), " ".join(f"new{number}" for number in range(400))
    before, after = (f"same\nfirst {words} last\none word" for words in rewritten)
    shown = render("{% changes_marked before after %}", before=before, after=after.replace("one word", "two words"))
    assert shown == (
        f"same\nfirst <del>{rewritten[0]} </del><ins>{rewritten[1]} </ins>last\n<del>one word</del><ins>two words</ins>"
    )


# --- What is shown twice ---------------------------------------------------------------------------------------------


def test_what_is_captured_is_shown_as_often_as_it_is_named():
    html = render(
        "{% capture as title %}\n  {{ name }}\n{% endcapture %}<title>{{ title }}</title><h1>{{ title }}</h1>",
        name="A & B",
    )
    assert html == "<title>A &amp; B</title><h1>A &amp; B</h1>"

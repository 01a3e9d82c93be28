"""Markdown that people write, as HTML that is safe to show."""

from html.parser import HTMLParser

import pytest

from scn_portal.base.markdown import to_html


class Page(HTMLParser):
    """The tags of a page as a browser would see them."""

    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("One.\n\nTwo.", "<p>One.</p>\n<p>Two.</p>\n"),
        ("*We* **promise**", "<p><em>We</em> <strong>promise</strong></p>\n"),
        ("- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n"),
        ("3. three", '<ol start="3">\n<li>three</li>\n</ol>\n'),
        ("", ""),
    ],
)
def test_markdown_becomes_html(written, shown):
    assert to_html(written) == shown


@pytest.mark.parametrize(("hashes", "level"), [("#", 3), ("##", 4), ("###", 5), ("####", 6), ("######", 6)])
def test_a_writers_heading_stays_below_those_of_the_page(hashes, level):
    assert to_html(f"{hashes} Why") == f"<h{level}>Why</h{level}>\n"


def test_a_heading_written_with_a_rule_is_demoted_too():
    assert to_html("Why\n===") == "<h3>Why</h3>\n"


def test_links_are_not_vouched_for():
    assert to_html("[the plan](https://city.example/plan)") == (
        '<p><a href="https://city.example/plan" rel="nofollow noopener">the plan</a></p>\n'
    )


@pytest.mark.parametrize(
    "written",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[click](javascript:alert(1))",
        "[click](data:text/html;base64,PHNjcmlwdD4=)",
        "![map](https://elsewhere.example/pixel.gif)",
        '<a href="https://city.example" onclick="alert(1)">x</a>',
        "<p style='position:fixed'>over everything</p>",
        "<https://city.example/?q=%22onmouseover=alert(1)>",
    ],
)
def test_nothing_dangerous_gets_through(written):
    page = Page()
    page.feed(to_html(written))
    assert {tag for tag, _attributes in page.tags} <= {"p", "a"}
    for _tag, attributes in page.tags:
        assert attributes.keys() <= {"href", "rel"}
        assert attributes.get("href", "https:").startswith("https:")


def test_raw_html_is_shown_as_typed():
    assert to_html("a <b>bold</b> claim") == "<p>a &lt;b&gt;bold&lt;/b&gt; claim</p>\n"


@pytest.mark.parametrize(
    ("written", "language", "shown"),
    [
        ('"We *promise*" it', "en", "“We <em>promise</em>” it"),
        ("*l'eau* : \"l'air\"", "fr", "<em>l’eau</em>&nbsp;: «\u202fl’air\u202f»"),
        ("""say `"it's"`""", "en", """say <code>"it's"</code>"""),
        ("it's `code`", "", "it's <code>code</code>"),
    ],
)
def test_words_are_set_as_their_language_prints_them_and_code_is_left_alone(written, language, shown):
    assert to_html(written, language=language) == f"<p>{shown}</p>\n"


def test_an_address_keeps_its_signs():
    html = to_html("<https://city.example/it's>, [it's](https://city.example/o'k)", language="en")
    assert ">https://city.example/it's</a>" in html
    assert 'href="https://city.example/o\'k"' in html
    assert ">it’s</a>" in html

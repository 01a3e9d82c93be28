"""JSON-LD, link previews and the rest of what a page says of itself in its head."""

import datetime as dt
import json
import re
from html import unescape

import pytest
from django.template import engines
from django.test import RequestFactory
from django.utils.translation import override

from practices.models import Practice
from scn_portal.site.sharing import structured_data
from scn_portal.site.sharing.shared_pages import shared_page
from tests.factories import SOME_DAY, CityFactory, CommitmentFactory, RevisionFactory

NASTY = "</script><script>alert(1)</script><!-- & ' \" \u2028"


def rendered(source: str, path: str = "/en/", **context) -> str:
    template = engines["django"].from_string("{% load sharing %}" + source)
    return template.render(context, RequestFactory().get(path))


def blocks(html: str) -> list[dict]:
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    return [json.loads(block) for block in found]


def head(html: str) -> dict[str, str]:
    return dict(re.findall(r'<meta (?:property|name)="([^"]+)"\s+content="([^"]*)">', html))


# --- JSON-LD ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_city_is_described_by_what_is_known_of_it(settings):
    city = CityFactory(name_en="Testford", country="KE", latitude=1.5, longitude=-2.5, geonames_id=123)
    about, way = blocks(rendered("{% json_ld city %}", city=city))
    assert about == {
        "@context": "https://schema.org",
        "@type": "City",
        "name": "Testford",
        "url": f"{settings.SITE_URL}/en/cities/testford/",
        "containedInPlace": {"@type": "Country", "name": "Kenya", "identifier": "KE"},
        "geo": {"@type": "GeoCoordinates", "latitude": 1.5, "longitude": -2.5},
        "sameAs": "https://sws.geonames.org/123/",
    }
    steps = [(step["position"], step["name"], step["item"]) for step in way["itemListElement"]]
    assert steps == [
        (1, "Cities", f"{settings.SITE_URL}/en/cities/"),
        (2, "Testford", f"{settings.SITE_URL}/en/cities/testford/"),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(("unit_type", "kind"), [("city", "City"), ("state", "AdministrativeArea")])
def test_what_is_no_city_is_not_called_one_and_what_is_unknown_is_left_out(unit_type, kind):
    about = shared_page(CityFactory(unit_type=unit_type), "en").json_ld
    assert about["@type"] == kind
    assert not {"geo", "sameAs"} & set(about)


@pytest.mark.django_db
def test_a_practice_is_an_article_in_the_language_it_is_shown_in():
    RevisionFactory(
        status="published", source_language="fr", title_fr="Pratique", title_en=None,
        summary_fr="Un **résumé**.", summary_en=None,
    )  # fmt: skip
    practice = Practice.objects.published().get()
    about = shared_page(practice, "en").json_ld
    assert (about["@type"], about["headline"], about["inLanguage"]) == ("Article", "Pratique", "fr")
    assert about["abstract"] == "Un résumé."
    assert about["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert about["datePublished"] == about["dateModified"] == practice.live.published_at.isoformat()
    steps = shared_page(practice, "en").breadcrumbs
    assert [name for name, _path in steps] == ["Practices", practice.city.name_en, "Pratique"]


@pytest.mark.django_db
def test_a_practice_was_published_when_it_was_first_public_and_modified_when_it_last_changed(client):
    first, last = SOME_DAY, SOME_DAY + dt.timedelta(days=30)
    old = RevisionFactory(status="superseded", published_at=first)
    RevisionFactory(practice=old.practice, status="published", published_at=last)
    about = shared_page(Practice.objects.published().get(), "en").json_ld
    assert (about["datePublished"], about["dateModified"]) == (first.isoformat(), last.isoformat())
    page = client.get(f"/en/practices/{old.practice.slug}/").text
    assert re.search(
        r"Published</dt>\s*<dd>\s*2 March 2026\s*</dd>\s*<dt>Last changed</dt>\s*<dd>\s*1 April 2026", page
    )


@pytest.mark.django_db
def test_a_commitment_and_nothing_else_has_its_own():
    commitment = CommitmentFactory(number=4)
    page = shared_page(commitment, "fr")
    assert page.json_ld["name"] == "Engagement 4"
    assert page.breadcrumbs[1][0] == "Bref 4"
    with pytest.raises(TypeError):
        shared_page(commitment.declaration, "fr")


def test_the_home_page_names_the_site(settings):
    (site,) = blocks(rendered("{% json_ld_website %}"))
    assert (site["@type"], site["url"], site["inLanguage"]) == ("WebSite", f"{settings.SITE_URL}/en/", "en")


def test_no_text_can_leave_its_block():
    html = structured_data.script({"name": NASTY})
    assert html.count("<") == 2
    assert "\u2028" not in html
    assert blocks(html) == [{"@context": "https://schema.org", "name": NASTY}]


# --- Link previews, feeds, the badge's code --------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_link_to_a_city_is_previewed_by_its_own_image(settings):
    city = CityFactory(name_en="Testford", name_fr="Essaiville", country="KE")
    with override("fr"):
        found = head(rendered("{% link_preview city %}", "/fr/villes/testford/", city=city))
    assert found["og:title"] == "Essaiville, Kenya"
    assert found["og:image"] == f"{settings.SITE_URL}/fr/villes/testford/image.png"
    assert found["og:url"] == f"{settings.SITE_URL}/fr/villes/testford/"
    assert (found["og:locale"], found["og:locale:alternate"]) == ("fr_FR", "en_GB")
    assert found["og:image:alt"] == "Essaiville, Kenya, avec les arrêts des sept engagements"
    assert found["twitter:card"] == "summary_large_image"


@pytest.mark.django_db
def test_a_link_to_a_practice_is_previewed_by_the_beginning_of_its_summary(settings):
    summary = "**Bold** words. " * 40
    RevisionFactory(status="published", practice__slug="practice", title_en=NASTY[:-1], summary_en=summary)
    found = head(rendered("{% link_preview practice %}", practice=Practice.objects.published().get()))
    assert found["og:type"] == "article"
    assert found["og:description"].startswith("Bold words. Bold words.")
    assert len(found["og:description"]) == 200
    assert found["og:image"] == f"{settings.SITE_URL}/en/practices/practice/picture.png"
    assert "<" not in found["og:title"]


@pytest.mark.django_db
def test_a_link_to_a_commitment_and_to_any_other_page(settings):
    found = head(rendered("{% link_preview commitment %}", commitment=CommitmentFactory(number=4)))
    assert found["og:title"] == "4. Short 4"
    assert found["og:image"] == f"{settings.SITE_URL}/en/commitments/4/picture.png"
    other = head(rendered('{% link_preview title="About" %}', "/en/about/"))
    assert (other["og:title"], other["og:image"]) == ("About", f"{settings.SITE_URL}/en/picture.png")


@pytest.mark.django_db
def test_a_page_names_its_feed_and_its_calendar():
    city, commitment = CityFactory(name_en="Testford"), CommitmentFactory(number=4)
    expected = {
        "{% feeds news=1 deadlines=1 %}": ["/en/practices/feed.xml", "/en/calendar.ics"],
        "{% feeds city news=1 deadlines=1 %}": ["/en/cities/testford/feed.xml", "/en/cities/testford/calendar.ics"],
        "{% feeds commitment news=1 deadlines=1 %}": ["/en/commitments/4/feed.xml", "/en/commitments/4/calendar.ics"],
    }
    for source, addresses in expected.items():
        html = rendered(source, city=city, commitment=commitment)
        assert re.findall('href="([^"]+)"', html) == addresses
        assert re.findall('type="([^"]+)"', html) == ["application/atom+xml", "text/calendar"]
        assert (
            re.findall('href="([^"]+)"', rendered(source.replace("=1", "=0"), city=city, commitment=commitment)) == []
        )


@pytest.mark.django_db
def test_the_code_of_the_badge_can_be_copied_as_it_stands(settings):
    city = CityFactory(name_en='Test "ford" <b>')
    html = rendered('{% include "site/cities/_city_follow.html" %}', city=city)
    shown = re.search(r"<textarea[^>]*>(.*?)</textarea>", html, re.DOTALL).group(1)
    assert unescape(shown) == (
        f'<a href="{settings.SITE_URL}/en/cities/test-ford-b/">'
        f'<img src="{settings.SITE_URL}/en/cities/test-ford-b/badge.svg"'
        ' alt="Test &quot;ford&quot; &lt;b&gt; in the Strong Cities Network" height="96"></a>'
    )


@pytest.mark.django_db
def test_every_page_can_be_previewed(client):
    found = head(client.get("/en/cities/").text)
    assert found["og:image"].endswith("/en/picture.png")


# --- In the browser --------------------------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_block_of_data_does_not_meet_the_policy_for_scripts(page, live_server):
    """The browser runs no data block, so it reports no violation; and what stands in it never becomes script."""
    reports: list[str] = []
    page.on("console", lambda message: reports.append(message.text))
    block = structured_data.script({"name": NASTY})
    policy = "default-src 'none'; script-src 'self'"
    page.route(
        "**/data-block",
        lambda route: route.fulfill(
            body=f"<!doctype html><html lang=en><title>x</title>{block}<p>After</p>",
            headers={"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy},
        ),
    )
    page.goto("/data-block")
    assert page.locator("p").inner_text() == "After"
    assert json.loads(page.locator("script").inner_text())["name"] == NASTY
    assert [text for text in reports if "Content Security Policy" in text] == []

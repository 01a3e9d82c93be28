"""A decision in a real browser, with the real mail: what was read is what is public, what was typed is what arrives."""

import re

import pytest

from members.models import City
from practices.models import Practice
from tests.factories import RevisionFactory, UserFactory
from tests.journeys.conftest import let_in

# In brief, without a browser: tests/practices/test_deciding.py and test_desk_reading.py.
pytestmark = [pytest.mark.browser, pytest.mark.soak]

TYPED = "**Merci** <b>à vous</b> ; l'équipe : 50 000\n\n    1. *ok* [x](https://evil.example)"
WORDS = {
    "en": ("/en/desk/", "Publish", "Publish and send the email", "Send back", "Send back with this email"),
    "fr": ("/fr/bureau/", "Publier", "Publier et envoyer le courriel", "Renvoyer", "Renvoyer avec ce courriel"),
}
STRUCTURE = "element => element.innerHTML.replace(/\\s+/g, ' ').trim()"


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_was_read_is_public_and_what_was_typed_arrives(portal, visitor, worker, smtp, language, width):
    desk, publish, and_send, send_back, with_email = WORDS[language]
    # An author who reads the other language than the moderator.
    other = "fr" if language == "en" else "en"
    author = UserFactory(language=other, email="author@example.org")
    city = City.objects.get(slug="mombasa")
    texts = {f"{name}_{code}": "- one\n- two\n\n*so*" for name in ("summary", "approach") for code in ("en", "fr")}
    revision = RevisionFactory(
        practice__city=city, author=author, status="submitted", title_en="Night walks", title_fr="Marches de nuit",
        sources=["https://example.org/walks"], documents=["The report"], **texts,
    )  # fmt: skip
    page = visitor(viewport={"width": width, "height": 900})
    let_in(page, "staff@scn.example")
    read = {}
    for code in ("en", "fr"):
        page.goto(f"{desk}{revision.pk}/?view=read&in={code}")
        read[code] = page.locator(".as-public").evaluate(STRUCTURE)
    page.get_by_role("link", name=publish, exact=True).first.click()
    page.locator("textarea[name=reason]").fill(TYPED)
    page.get_by_role("button", name=and_send).click()
    # The other one goes to the focal point of the city.
    mail = next(one for one in smtp.wait_for(2) if one["To"] == author.email)
    assert mail["Content-Language"] == other
    arrived = _text_of(mail)
    assert "\n".join(f"> {line}" for line in TYPED.split("\n")) in arrived
    assert arrived.startswith({"en": "Hello,", "fr": "Bonjour,"}[other])

    slug = Practice.objects.get(pk=revision.practice_id).slug
    for code, prefix in (("en", "/en/practices/"), ("fr", "/fr/pratiques/")):
        page.goto(f"{prefix}{slug}/")
        public = re.sub(r"^.*?(?=<article)", "", page.locator("main").evaluate(STRUCTURE))
        addresses = re.compile(r'href="/(?:en|fr)/[^"]*/documents/[^"]*"')
        assert addresses.sub("", read[code]) == addresses.sub("", public)
        assert addresses.search(public)

    back = RevisionFactory(practice__city=city, author=author, status="submitted", title_en="Too short")
    smtp.forget()
    page.goto(f"{desk}{back.pk}/")
    page.get_by_role("link", name=send_back, exact=True).first.click()
    page.locator("textarea[name=reason]").fill(TYPED)
    page.get_by_role("button", name=with_email).click()
    mail = next(one for one in smtp.wait_for(2) if one["To"] == author.email)
    assert "\n".join(f"> {line}" for line in TYPED.split("\n")) in _text_of(mail)
    page.goto(f"{desk}{back.pk}/?view=history")
    assert page.locator(".said").last.evaluate("element => element.textContent") == TYPED


def _text_of(mail) -> str:
    """The text part, with plain line ends."""
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")

"""The whole job of the portal once, as its people do it, in browsers without JavaScript, with real mail."""

import re

import pytest
from django.core.management import call_command

from tests.journeys.conftest import log_in

pytestmark = pytest.mark.browser


def links_in(message) -> list[str]:
    """The addresses in the text part of a mail."""
    return re.findall(r"https?://[^\s>]+", message.get_body(("plain",)).get_content())


def path_of(address: str) -> str:
    return "/" + address.split("/", 3)[3]


def test_a_city_keeps_its_word_in_public(portal, visitor, worker, smtp):
    reader = visitor()
    subscribe(reader, smtp)
    official = visitor()
    log_in(official, "montreal@scn.example", "fr")
    record_a_pledge(official)
    submit_a_practice(official)
    reader.goto("/fr/pratiques/")
    assert reader.get_by_role("link", name="Ligne d’écoute des familles").count() == 0
    publish_it(visitor(), smtp)
    read_it_in_both_languages(reader)
    receive_the_digest(reader, smtp)


def subscribe(reader, smtp) -> None:
    reader.goto("/fr/infolettre/")
    reader.fill("input[name=email]", "lectrice@example.org")
    reader.get_by_role("button", name="S’abonner").click()
    confirmation = smtp.wait_for(1)[0]
    assert confirmation["To"] == "lectrice@example.org"
    assert "confirmez" in confirmation["Subject"]
    link = next(link for link in links_in(confirmation) if "confirmer" in link)
    reader.goto(path_of(link))
    assert reader.get_by_role("heading", level=1).inner_text() == "Votre abonnement est confirmé"
    smtp.forget()


def record_a_pledge(official) -> None:
    official.get_by_role("link", name="Inscrire une promesse").click()
    official.get_by_label("Engagement").select_option(label="6. Innovation et données")
    official.fill("input[name=title_fr]", "Publier un observatoire")
    official.get_by_role("button", name="Enregistrer le brouillon").click()
    official.get_by_role("link", name="Relire et publier").click()
    official.get_by_role("button", name="Publier la promesse").click()
    official.goto("/en/cities/montreal/")
    assert official.locator("[lang=fr]", has_text="Publier un observatoire").count() >= 1


def submit_a_practice(official) -> None:
    official.goto("/fr/ma-ville/")
    official.get_by_role("link", name="Écrire une pratique").click()
    official.fill("input[name=title_fr]", "Ligne d’écoute des familles")
    official.fill("textarea[name=summary_fr]", "Une ligne pour les proches inquiets.")
    official.get_by_role("button", name="Enregistrer et continuer").click()
    official.get_by_role("link", name="Le récit").click()
    official.fill("textarea[name=approach_fr]", "Des agents formés répondent chaque jour.")
    official.get_by_role("button", name="Enregistrer et revenir aux étapes").click()
    official.get_by_role("link", name="Pour qui et à quel sujet").click()
    official.get_by_label("Partenariats intersectoriels").check()
    official.get_by_role("button", name="Enregistrer et revenir aux étapes").click()
    official.get_by_role("link", name="Vérifier et soumettre").click()
    for question in ("at_risk", "faces", "quoted"):
        official.check(f"input[name={question}][value=no]")
    official.get_by_role("button", name="Soumettre à la relecture").click()
    official.get_by_text("Texte soumis.").wait_for()


def publish_it(moderator, smtp) -> None:
    log_in(moderator, "staff@scn.example", "en")
    moderator.goto("/en/desk/")
    moderator.get_by_role("link", name="Ligne d’écoute des familles").click()
    moderator.get_by_role("link", name="Publish", exact=True).click()
    moderator.get_by_role("button", name="Publish and send the email").click()
    moderator.get_by_text("The email is on its way.").wait_for()
    to_staff, to_author = sorted(smtp.wait_for(2), key=lambda message: "montreal" in str(message["To"]))
    assert "is waiting for a moderator" in to_staff["Subject"]
    assert to_author["To"] == "montreal@scn.example"
    assert "est publié" in to_author["Subject"]
    smtp.forget()


def read_it_in_both_languages(reader) -> None:
    reader.goto("/fr/pratiques/")
    reader.get_by_role("link", name="Ligne d’écoute des familles").click()
    assert reader.get_by_role("heading", level=1).inner_text() == "Ligne d’écoute des familles"
    reader.get_by_role("link", name="English").click()
    heading = reader.get_by_role("heading", level=1)
    assert heading.locator("[lang=fr]").inner_text() == "Ligne d’écoute des familles"
    assert "(in French)" in heading.inner_text()


def receive_the_digest(reader, smtp) -> None:
    call_command("send_digests")
    issue = smtp.wait_for(1)[0]
    assert issue["To"] == "lectrice@example.org"
    assert "Montréal" in issue["Subject"]
    assert "Ligne d’écoute des familles" in issue.get_body(("plain",)).get_content()
    assert "Ligne d’écoute des familles" in issue.get_body(("html",)).get_content()
    reader.goto(path_of(issue["List-Unsubscribe"].strip("<>")))
    reader.get_by_role("button", name="Se désabonner").click()
    assert reader.get_by_role("heading", level=1).inner_text() == "Votre désabonnement est enregistré"
    smtp.forget()
    call_command("send_digests")
    assert smtp.messages == []

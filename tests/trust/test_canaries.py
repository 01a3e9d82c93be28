"""What docs/privacy.md calls personal is in no public page, file, feed, answer of the API, error page or line of a log.

Every personal column of every table is filled with a name and an address; then every address that needs no sign-in is
asked for.
"""

import io
import zipfile
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.test import Client, RequestFactory
from django.urls import URLResolver, get_resolver, reverse
from django.utils import translation

from commitments.loading import load_declaration
from commitments.models import Milestone, ProgressUpdate
from practices import vocabulary
from practices.models import Practice, Word
from scn_portal.base.http import error_pages
from scn_portal.site.charts.figures import CHARTS
from scn_portal.site.downloads.datasets import DATASETS
from scn_portal.site.search import text_pages
from tests.factories import PledgeFactory, ProgressUpdateFactory, RevisionFactory, acting_for, commit
from tests.pdf_text import words_of
from tests.trust.personal import fill, personal, personal_texts
from tests.trust.test_erasing import CLOSED, NOT_FILLED, STANDING
from tests.trust.test_log_lines import written
from tests.trust.world import trace

NAME, EMAIL = "Zzyx Canary", "zzyx.canary@city.example"
TOKEN = "MQ:1vXaaa:kept-secret-kept-secret-kept-secret-kept-se"
# The public reads these words: of a document that is shown, and beside what was taken down.
SAID_IN_PUBLIC = {"site.Takedown": {"sentence_fr", "sentence_en"}}
# Made from the same columns as the rest, and asked for with `make soak`, with the other formats and in French.
SLOW = {
    "city_pdf", "practice_pdf", "data_package", "datapackage_json", "data_dictionary", "catalogue", "openapi-json",
    "api_docs", "charts",
}  # fmt: skip
# A drawing, whose words cannot be looked for; the page of the same thing is asked for.
DRAWN = {"picture", "city_picture", "practice_picture", "commitment_picture", "lead_picture"}


@pytest.fixture
def world(db) -> SimpleNamespace:
    load_declaration()
    world = trace(name=NAME, email=EMAIL)
    shown = acting_for(world.city, name=NAME, email=f"x{EMAIL}")
    world.pledge = PledgeFactory(city=world.city, created_by=shown)
    ProgressUpdateFactory(pledge=world.pledge, author=shown)
    world.practice = RevisionFactory(practice__city=world.city, author=shown, status="published").practice
    world.document = RevisionFactory(practice__city=world.city, status="published", documents=["Map"]).attachments.get()
    world.issue = apps.get_model("digests.Issue").objects.get()
    commit()
    for label in personal().keys() - STANDING - NOT_FILLED:
        rows = apps.get_model(label)._base_manager.filter(**CLOSED.get(label, {}))
        columns = [each for each in personal_texts(label) if each.name not in SAID_IN_PUBLIC.get(label, ())]
        fill(rows, columns, NAME, EMAIL, start="/" if label == "site.Concern" else "")
    apps.get_model("members.City").objects.update(hidden_reason="", hidden_at=None, hidden_by=None)
    vocabulary.refresh()
    text_pages.refresh()
    return world


def arguments(world: SimpleNamespace) -> dict[str, list[list]]:
    """What the addresses that take something are asked with."""
    city, practice, pledge = world.city.slug, world.practice.slug, world.pledge.pk
    update, document = ProgressUpdate.objects.public().first(), world.document
    same = {
        city: "city_feed city_calendar city_badge city_detail embedded_city city_pdf api:city",
        1: "commitment_feed commitment_calendar commitment_detail api:commitment",
        practice: "practice_detail practice_pdf api:practice",
        pledge: "pledge_detail api:pledge",
        TOKEN: "invitation newsletter_confirm newsletter_unsubscribe newsletter_preferences account_confirm_email",
    }
    asked = {name: [[argument]] for argument, names in same.items() for name in names.split()}
    return asked | {
        **{name: [[key] for key in CHARTS] for name in ("chart_csv", "chart_svg", "embedded_chart")},
        "api:milestone": [[Milestone.objects.public().first().pk]],
        "api:update": [[update.pk]],
        "catalogue": [[each] for each in ("jsonld", "rdf", "ttl")],
        "country": [["ca"]],
        "document": [[document.revision.practice.slug, document.key, document.filename]],
        "download": [[name, each] for name, dataset in DATASETS.items() for each in dataset.formats],
        "file_waiting": [["0" * 64]],
        "newsletter_issue": [[world.issue.pk]],
        "region": [["somewhere"]],
        "sitemap": [[name, 1] for name in ("cities", "pledges", "practices")],
        "update_document": [[pledge, "0" * 32, "report.pdf"]],
        "account_reset_password_from_key": [["3f", "c9x0ab-0123456789abcdef0123456789abcdef"]],
    }


def public_names(resolver: URLResolver, before: str = "") -> set[str]:
    """The names of all addresses that need no sign-in, with their namespace."""
    found = set()
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inside = f"{pattern.namespace}:" if pattern.namespace else ""
            found |= public_names(pattern, before + inside)
        elif pattern.name and getattr(pattern.callback, "login_required", True) is False:
            found.add(before + pattern.name)
    return found


def texts_of(content: bytes) -> str:
    """All words of an answer: of each file of a ZIP, which a workbook is too, and of a PDF."""
    if content.startswith(b"PK"):
        files = zipfile.ZipFile(io.BytesIO(content))
        return "".join(texts_of(files.read(name)) for name in files.namelist())
    if content.startswith(b"%PDF"):
        return words_of(content)
    return content.decode(errors="replace")


@pytest.mark.parametrize(
    ("language", "left_out"),
    [("en", SLOW), *(pytest.param(each, set(), marks=pytest.mark.soak) for each in ("en", "fr"))],
)
def test_no_answer_without_a_sign_in_and_no_line_of_a_log_names_anybody(world, language, left_out):
    client, known, found = Client(), arguments(world), []
    if left_out:
        known["download"] = [[name, "json"] for name in DATASETS]
    with translation.override(language):
        addresses = [
            reverse(name, args=args)
            for name in sorted(public_names(get_resolver()) - DRAWN - left_out)
            for args in known.get(name, [[]])
        ]
    addresses += [
        f"/{language}/search/?q=canary",
        f"/{language}/newsletter/?topic=city:testford",
        "/api/v1/pledges?q=canary",
    ]

    def walk() -> None:
        for address in addresses:
            answer = client.get(address)
            content = b"".join(answer.streaming_content) if answer.streaming else answer.content
            said = texts_of(content).lower()
            found.extend([(address, said[max(0, at - 80) :][:200])] if (at := said.find("zzyx")) >= 0 else [])
            found.extend((address, value) for value in answer.headers.values() if "zzyx" in value.lower())

    log = written(walk)
    assert len(addresses) > 80
    assert found == []
    assert "zzyx" not in log.lower()
    assert "kept-secret" not in log
    assert "Not Found" in log or "Gone" in log
    assert not Word.objects.filter(word__contains="zzyx").exists()


def test_no_error_page_names_anybody(world, client):
    client.raise_request_exception = False
    client.force_login(world.person)
    request = RequestFactory().get("/en/", headers={"Cookie": f"sessionid={client.session.session_key}"})
    request.user = world.person
    pages = [error_pages.server_error(request), error_pages.service_unavailable(request)]
    pages.append(error_pages.bad_request(request, ValueError(EMAIL)))
    pages.append(client.get("/en/nothing-here/", headers={"Host": "wrong.example"}))
    client.logout()
    pages += [
        client.get(f"/en/practices/{Practice.objects.filter(revisions__status='rejected').first().slug}/"),
        client.get(f"/en/pledges/{world.city.pledges.filter(taken_down_at__isnull=False).first().pk}/"),
        client.get(f"/en/nothing-here/?email={EMAIL}"),
        client.put("/en/newsletter/"),
        Client(enforce_csrf_checks=True).post("/en/accounts/login/", {"login": EMAIL}),
    ]
    assert [page.status_code for page in pages] == [500, 503, 400, 400, 404, 410, 404, 405, 403]
    for page in pages:
        assert "canary" not in page.content.decode().lower().replace(f"?email={EMAIL}", ""), page

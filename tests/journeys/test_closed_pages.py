"""The pages of officials, of staff and of readers with a link: no violation of WCAG 2.2 AA, of the page's own security
policy, and no request to another host."""

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from commitments import pledges, restoring
from commitments.models import Pledge
from digests.issues.compose import compose_issue
from members import corrections, proposals
from members.models import City, User
from practices import conversation, moderation
from practices.models import Practice, Revision
from scn_portal.site.models import Concern, Erasure
from tests.factories import (
    AttachmentFactory,
    InvitationFactory,
    MilestoneFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    SubscriptionFactory,
    UserFactory,
    acting_for,
    harmless,
)
from tests.journeys.checks import watch
from tests.journeys.conftest import let_in, log_in

pytestmark = pytest.mark.browser


# Django's own pages of the admin, and those that ask the browser for a key, are not ours to judge by axe.
WATCHED_ONLY = [
    "/en/accounts/2fa/totp/activate/", "/en/accounts/2fa/webauthn/", "/en/accounts/2fa/webauthn/add/",
]  # fmt: skip
ADMIN = ["/en/admin/", "/en/admin/members/city/", "/en/admin/members/city/add/"]


@pytest.fixture
def open_page(visitor, live_server):
    """`open_page(scheme)` is a new page in a browser of its own; nothing it shows may have a fault of policy."""
    found = []

    def open_watched(scheme: str):
        page = visitor(java_script_enabled=True, color_scheme=scheme)
        found.append(watch(page, live_server.url))
        return page

    yield open_watched
    assert [fault for faults in found for fault in faults] == []


IN_BOTH = [("en", "dark"), pytest.param("fr", "light", marks=pytest.mark.soak)]


# The pages of each, with the keys of the rows that the test makes.
WORKSPACE = {
    "en": "/en/my-city/ /en/account/profile/ /en/account/reminders/ /en/my-city/montreal/facts/region/"
    " /en/my-city/people/{colleague}/role/ /en/my-city/people/{colleague}/remove/"
    " /en/my-city/invitations/{invitation}/withdraw/ /en/my-city/montreal/people/"
    " /en/my-city/montreal/pledges/new/ /en/my-city/pledges/{pledge}/ /en/my-city/pledges/{pledge}/report/"
    " /en/my-city/pledges/{pledge}/milestones/new/ /en/my-city/practices/{practice}/"
    " /en/my-city/practices/{practice}/edit/ /en/my-city/practices/{practice}/picture/"
    " /en/my-city/montreal/practices/new/ /en/my-city/revisions/{revision}/preview/"
    " /en/my-city/practices/{practice}/edit/story/ /en/my-city/practices/{practice}/edit/audience/"
    " /en/my-city/practices/{practice}/edit/learning/ /en/my-city/practices/{practice}/edit/translation/"
    " /en/my-city/practices/{practice}/edit/check/ /en/accounts/email/ /en/accounts/2fa/ /en/accounts/sessions/"
    " /en/account/second-step/",
    "fr": "/fr/ma-ville/ /fr/compte/profil/ /fr/compte/rappels/ /fr/ma-ville/montreal/donnees/region/"
    " /fr/ma-ville/personnes/{colleague}/role/ /fr/ma-ville/personnes/{colleague}/retirer/"
    " /fr/ma-ville/invitations/{invitation}/retirer/ /fr/ma-ville/montreal/personnes/"
    " /fr/ma-ville/montreal/promesses/nouvelle/ /fr/ma-ville/promesses/{pledge}/"
    " /fr/ma-ville/promesses/{pledge}/avancement/ /fr/ma-ville/promesses/{pledge}/jalons/nouveau/"
    " /fr/ma-ville/pratiques/{practice}/ /fr/ma-ville/pratiques/{practice}/modifier/"
    " /fr/ma-ville/pratiques/{practice}/image/ /fr/ma-ville/montreal/pratiques/nouvelle/"
    " /fr/ma-ville/versions/{revision}/apercu/ /fr/ma-ville/pratiques/{practice}/modifier/essentials/"
    " /fr/ma-ville/pratiques/{practice}/modifier/traduction/"
    " /fr/ma-ville/pratiques/{practice}/modifier/verification/ /fr/accounts/email/ /fr/accounts/2fa/"
    " /fr/accounts/sessions/ /fr/compte/seconde-etape/",
}
DESK = {
    "en": "/en/desk/ /en/desk/cities/ /en/desk/{revision}/ /en/desk/{revision}/?view=read&in=fr"
    " /en/desk/{revision}/?view=facts /en/desk/{revision}/?view=talk /en/desk/{revision}/?view=history"
    " /en/desk/{revision}/decide/publish/ /en/desk/{revision}/decide/send_back/ /en/desk/{revision}/ask/"
    " /en/desk/{revision}/remark/ /en/desk/{revision}/correct/ /en/desk/reasons/ /en/desk/reasons/new/"
    " /en/desk/rules/ /en/desk/with-the-cities/ /en/desk/decided/ /en/desk/pledges/ /en/desk/pledges/{pledge}/"
    " /en/desk/translations/ /en/desk/cities/all/ /en/desk/city/montreal/ /en/desk/city/montreal/history/"
    " /en/desk/figures/"
    " /en/desk/search/?q=montreal /en/desk/settings/ /en/desk/staff/ /en/desk/staff/second-steps/"
    " /en/account/submissions/ /en/desk/{revision}/hand-over/ /en/desk/patrol/ /en/desk/concerns/"
    " /en/desk/concerns/{concern}/ /en/desk/erasures/ /en/desk/erasures/{erasure}/ /en/account/my-data/"
    " /en/desk/erasures/{erasure}/refuse/ /en/desk/take-down/practice/{practice}/",
    "fr": "/fr/bureau/ /fr/bureau/villes/ /fr/bureau/{revision}/ /fr/bureau/{revision}/?view=read&in=en"
    " /fr/bureau/{revision}/decision/reject/ /fr/bureau/{revision}/question/ /fr/bureau/{revision}/corriger/"
    " /fr/bureau/motifs/ /fr/bureau/promesses/{pledge}/ /fr/bureau/villes/toutes/ /fr/bureau/ville/montreal/"
    " /fr/bureau/ville/montreal/historique/"
    " /fr/bureau/equipe/ /fr/bureau/equipe/secondes-etapes/ /fr/bureau/veille/ /fr/bureau/signalements/{concern}/"
    " /fr/bureau/effacements/{erasure}/ /fr/bureau/effacements/{erasure}/approuver/ /fr/compte/mes-donnees/"
    " /fr/bureau/retirer/practice/{practice}/",
}


@pytest.mark.parametrize(("language", "scheme"), IN_BOTH)
def test_the_workspace_and_the_desk(portal, open_page, axe, language, scheme):
    practice = Practice.objects.get(city__slug="montreal")
    official = practice.city.memberships.get(role="focal_point").user
    revision = moderation.open_draft(practice=practice, by=official)
    pledge = Pledge.objects.get(city__slug="montreal")
    colleague, invitation = acting_for(practice.city, "editor").memberships.get(), InvitationFactory(city=practice.city)
    rows = {
        "practice": practice.pk, "revision": revision.pk, "pledge": pledge.pk, "colleague": colleague.pk,
        "invitation": invitation.pk,
    }  # fmt: skip
    page = open_page(scheme)
    log_in(page, official.email, language)
    for path in WORKSPACE[language].format(**rows).split():
        assert page.goto(path).status == 200
        if path.endswith("/learning/"):
            page.get_by_label("Words, a city or a country").fill("police")
            page.locator("[name=find]").click()
        axe(page)
    for path in WATCHED_ONLY if language == "en" else []:
        assert page.goto(path).status == 200
    long = f"https://example.org/{'a-very-long-address-without-a-break' * 6}"
    Revision.objects.filter(pk=revision.pk).update(sources=[long], website=long)
    moderation.submit(revision=revision, by=official, harm=harmless(at_risk=True, at_risk_words=long))
    conversation.ask(revision=revision, by=User.objects.get(email="staff@scn.example"), words=long, language="fr")
    page = open_page(scheme)
    log_in(page, "staff@scn.example", language)
    concern = Concern.objects.create(page="/en/about/", words="A name stands there.", language="en")
    erasure = Erasure.objects.create(person=User.objects.get(email="mombasa@scn.example"))
    for path in DESK[language].format(**rows, concern=concern.pk, erasure=erasure.pk).split():
        assert page.goto(path).status == 200
        axe(page)
        if f"/{revision.pk}/" in path:
            fits_a_telephone(page)
    page = open_page(scheme)
    let_in(page, official.email)
    answer = {"en": "/en/my-city/practices/%s/answer/", "fr": "/fr/ma-ville/pratiques/%s/reponse/"}[language]
    assert page.goto(answer % practice.pk).status == 200
    axe(page)
    fits_a_telephone(page)


def fits_a_telephone(page) -> None:
    """Whatever address stands in the sources: nothing goes beyond 390 pixels."""
    usual = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, page.url
    page.set_viewport_size(usual)


@pytest.mark.parametrize(("language", "scheme"), IN_BOTH)
def test_the_questions_the_proposals_and_what_comes_to_the_staff(portal, open_page, axe, language, scheme):
    """Of these, each kind once in `make test`: the fields of all of them come from the same few templates."""
    city = City.objects.get(slug="montreal")
    official = city.memberships.get(role="focal_point").user
    pledge = PledgeFactory(city=city, title_en="Help", title_fr="Aide")
    draft = PledgeFactory(city=city, published_at=None, description_en="Write to jo@city.example.")
    done = Pledge.objects.filter(city=city, status="done").first()
    update = ProgressUpdateFactory(pledge=pledge, author=official, obstacle_kind="capacity", obstacles_en="Nobody.")
    down = pledges.take_down(ProgressUpdateFactory(pledge=pledge, author=official), reason="A name.", by=official)
    typed = {"status": "under_way", "reported_on": "2026-01-31", "what_changed_en": "It moved."}
    proposal = proposals.propose(f"update:{pledge.pk}", city=city, by=official, fields=typed)
    practice = Practice.objects.get(city=city)
    revision = moderation.open_draft(practice=practice, by=official)
    document, milestone = AttachmentFactory(revision=revision), MilestoneFactory(pledge=pledge, title_en="Dig")
    corrections.report(city=city, fact="population", by=official, value=5, source="A census")
    restoring.ask(down, reason="The danger is over.", by=official)
    brief = [
        ("proposed_update", proposal.pk), ("pledge_take_down", pledge.pk), ("practice_documents", practice.pk),
    ]  # fmt: skip
    long = [
        ("pledge_publish", draft.pk), ("pledge_workspace", pledge.pk),
        ("milestone_delete", milestone.pk), ("milestone_take_down", milestone.pk),
        ("milestone_edit", milestone.pk), ("update_take_down", update.pk),
        ("pledge_delete", draft.pk), ("pledge_edit", pledge.pk), ("pledge_close", done.pk),
        ("document_remove", document.pk), ("fact_wrong", city.slug, "region"), ("editing_signed_in",),
    ]  # fmt: skip
    page = open_page(scheme)
    let_in(page, official.email)
    with override(language):
        own = [reverse(name, args=args) for name, *args in (brief if language == "en" else brief + long)]
        desk = reverse("cities_desk")
    for path in own:
        assert page.goto(path).status == 200, path
        axe(page)
    page = open_page(scheme)
    let_in(page, "staff@scn.example")
    page.goto(desk)
    assert page.locator("main section form").count() == 2
    axe(page)


def test_the_admin_keeps_the_policy(portal, open_page):
    User.objects.filter(email="staff@scn.example").update(is_superuser=True)  # all of the admin is opened, not a part
    page = open_page("light")
    let_in(page, "staff@scn.example")
    for path in ADMIN:
        assert page.goto(path).status == 200


@pytest.mark.parametrize(("language", "scheme"), [("fr", "dark"), pytest.param("en", "light", marks=pytest.mark.soak)])
def test_the_newsletter_of_a_reader_and_its_desk(portal, open_page, axe, language, scheme):
    reader = SubscriptionFactory(topics=["city:montreal", "commitment:4"])
    issue = compose_issue("weekly", timezone.now())
    assert issue
    with override(language):
        public = [issue.get_absolute_url(), reader.get_preferences_path(), reader.get_unsubscribe_path()]
        pages = ("newsletter_desk", []), ("newsletter_next", ["monthly"]), ("newsletter_send", ["monthly"])
        desk = [reverse(name, args=args) for name, args in [*pages, ("newsletter_of_account", [])]]
    page = open_page(scheme)
    for path in public:
        assert page.goto(path).status == 200
        axe(page)
    let_in(page, "staff@scn.example")
    for path in desk:
        assert page.goto(path).status == 200
        axe(page)


def test_an_error_is_shown_beside_its_field_and_on_top(portal, visitor, axe):
    page = visitor(java_script_enabled=True)
    let_in(page, "montreal@scn.example")
    page.goto("/fr/ma-ville/montreal/promesses/nouvelle/")
    page.get_by_role("button", name="Enregistrer le brouillon").click()
    summary = page.get_by_role("alert")
    summary.get_by_role("link").first.click()
    assert page.evaluate("document.activeElement.name") == "commitment"
    axe(page)


def test_someone_without_a_city_reads_what_to_do(portal, visitor, axe):
    UserFactory(email="nobody@example.org", password="melbourne-2018")
    page = visitor(java_script_enabled=True)
    log_in(page, "nobody@example.org", "en")
    page.get_by_text("Your account does not act for a city yet.").wait_for()
    axe(page)

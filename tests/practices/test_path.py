"""The whole way of a practice through the pages: an official in one browser, a moderator in another, the public."""

import pytest
from django.test import Client

from members.models import Role
from practices.models import Practice, Revision
from practices.tasks import send_notices
from practices.writing.table import task_of
from tests.factories import (
    CityFactory,
    CommitmentFactory,
    ModeratorFactory,
    RevisionFactory,
    UserFactory,
    acting_for,
)
from tests.forms import fields_of, press, submit_practice, write_practice

pytestmark = pytest.mark.django_db


def browser_of(user) -> Client:
    """A browser in which `user` is logged in."""
    browser = Client()
    browser.force_login(user)
    return browser


def written(**changes) -> dict:
    """What a sound form of a practice sends."""
    number_five = CommitmentFactory(number=5)
    return {"commitments": [number_five.pk], "title_en": "Listening circles", "summary_en": "We listened.",
            "approach_en": "In circles."} | changes  # fmt: skip


def decide(desk: Client, revision: Revision, verb: str, **decision):
    """Open the page of a decision about a text, then send it."""
    page = f"/en/desk/{revision.pk}/decide/{verb}/"
    return desk.post(page, fields_of(desk.get(page)) | decision)


def test_from_draft_to_the_public_and_to_a_second_version(client, mailoutbox):
    city = CityFactory(name_en="Testford", name_fr="Testville")
    author = acting_for(city, Role.EDITOR, language="fr", email="author@example.org")
    official, desk = browser_of(author), browser_of(ModeratorFactory(language="en", email="moderator@example.org"))

    # Written: only the city sees it.
    response = official.post("/en/my-city/testford/practices/new/", {"title_en": "Listening circles"})
    practice = Practice.objects.get()
    revision = practice.revisions.get()
    workspace = f"/en/my-city/practices/{practice.pk}/"
    assert (response.url, practice.slug[:6], revision.status) == (f"{workspace}edit/", "draft-", "draft")
    assert write_practice(official, revision, **written()).url == f"{workspace}edit/"
    assert desk.get(f"/en/desk/{revision.pk}/").status_code == 404
    assert client.get("/en/practices/listening-circles/").status_code == 404

    # Submitted: the moderators are told, the words are frozen.
    assert submit_practice(official, practice.pk).url == workspace
    assert send_notices() == 1
    assert (mailoutbox[0].to, mailoutbox[0].bcc) == ([], ["moderator@example.org"])
    assert mailoutbox[0].subject == "Action needed: “Listening circles” (Testford) is waiting for a moderator"
    assert f"/en/desk/{revision.pk}/" in mailoutbox[0].body
    refused = official.post(f"{workspace}edit/essentials/", {"title_en": "Typed too late"})
    assert "This text can no longer be changed." in refused.text
    assert "Typed too late" in refused.text
    assert Revision.objects.get().title_en == "Listening circles"
    assert [each.pk for each in desk.get("/en/desk/").context["page"]] == [revision.pk]

    # Sent back with a reason, in the author's language.
    assert (
        decide(desk, revision, verb="send_back", reason="Please say\nwho took part.").url == f"/en/desk/{revision.pk}/"
    )
    assert send_notices() == 1
    told = mailoutbox[1]
    assert told.to == ["author@example.org"]
    assert told.subject == "À faire\u00a0: modifications demandées sur «\u202fListening circles\u202f»"
    assert "> Please say\n> who took part." in told.body
    assert f"/fr/ma-ville/pratiques/{practice.pk}/" in told.body
    assert "who took part." in official.get(workspace).text

    # Mended, submitted again, published.
    assert write_practice(official, revision, summary_en="Forty listened.").url == f"{workspace}edit/"
    submit_practice(official, practice.pk)
    assert decide(desk, revision, verb="publish").url == f"/en/desk/{revision.pk}/"
    send_notices()
    assert "Listening circles" in mailoutbox[-1].subject
    assert mailoutbox[-1].to == ["author@example.org"]
    assert "/fr/pratiques/listening-circles/" in mailoutbox[-1].body
    assert "Forty listened." in client.get("/en/practices/listening-circles/").text
    in_french = client.get("/fr/pratiques/listening-circles/").text
    assert '<div lang="en"><p>Forty listened.</p>' in in_french

    # A second version: the first stays up until the second is published.
    assert official.post(f"{workspace}revise/").url == f"{workspace}edit/"
    second = practice.newest
    write_practice(official, second, summary_en="Sixty listened.", summary_fr="Soixante.", title_fr="Cercles")
    assert "Forty listened." in client.get("/en/practices/listening-circles/").text
    submit_practice(official, practice.pk)
    assert "Sixty" in desk.get(f"/en/desk/{second.pk}/").text
    decide(desk, second, verb="publish")
    assert "Sixty listened." in client.get("/en/practices/listening-circles/").text
    assert '<div lang="fr"><p>Soixante.</p>' in client.get("/fr/pratiques/listening-circles/").text

    # Taken down by the city.
    take_down(official, second)
    assert client.get("/en/practices/listening-circles/").status_code == 410


def take_down(official: Client, revision: Revision) -> None:
    official.post(f"/en/my-city/revisions/{revision.pk}/archive/", {"reason": "A name."})
    assert [(step.verb, step.to_status) for step in revision.transitions.all()] == [
        ("submit", "submitted"), ("publish", "published"), ("archive", "archived"),
    ]  # fmt: skip


@pytest.mark.parametrize("who", ["viewer", "elsewhere", "moderator", "staff", "anonymous"])
def test_nobody_else_writes_a_practice(client, who):
    revision = RevisionFactory(title_en="As it was")
    city, practice = revision.practice.city, revision.practice
    people = {
        "viewer": lambda: acting_for(city, Role.VIEWER),
        "elsewhere": lambda: acting_for(CityFactory()),
        "moderator": ModeratorFactory,
        "staff": lambda: UserFactory(is_staff=True),
    }
    if who != "anonymous":
        client.force_login(people[who]())
    for page in (
        f"/en/my-city/{city.slug}/practices/new/",
        f"/en/my-city/{city.slug}/practices/similar/",
        f"/en/my-city/practices/{practice.pk}/edit/essentials/",
        f"/en/my-city/practices/{practice.pk}/edit/translation/",
        f"/en/my-city/practices/{practice.pk}/edit/check/",
        f"/en/my-city/practices/{practice.pk}/revise/",
        f"/en/my-city/revisions/{revision.pk}/withdraw/",
    ):
        assert client.post(page, written()).status_code == (302 if who == "anonymous" else 404)
    tasks = client.get(f"/en/my-city/practices/{practice.pk}/edit/")
    assert tasks.status_code == (302 if who == "anonymous" else 404)
    preview = client.get(f"/en/my-city/revisions/{revision.pk}/preview/").status_code
    assert preview == {"viewer": 200, "anonymous": 302}.get(who, 404)
    seen = client.get(f"/en/my-city/practices/{practice.pk}/").status_code
    assert seen == {"viewer": 200, "anonymous": 302}.get(who, 404)
    assert list(Revision.objects.values_list("title_en", "status")) == [("As it was", "draft")]


@pytest.mark.parametrize("who", ["focal_point", "staff"])
def test_to_anybody_but_moderators_the_desk_does_not_exist(client, who):
    revision = RevisionFactory(status="submitted")
    client.force_login(acting_for(revision.practice.city) if who == "focal_point" else UserFactory(is_staff=True))
    assert client.get("/en/desk/").status_code == 404
    assert client.get(f"/en/desk/{revision.pk}/").status_code == 404
    assert client.post(f"/en/desk/{revision.pk}/decide/publish/").status_code == 404
    revision.refresh_from_db()
    assert revision.status == "submitted"


NOT_A_LANGUAGE = "Select a valid choice. de is not one of the available choices."


@pytest.mark.parametrize(
    ("decision", "errors"),
    [
        ({"verb": "reject"}, {"reason": ["Give a reason: the author needs it."]}),
        ({"verb": "send_back", "reason": "  "}, {"reason": ["Give a reason: the author needs it."]}),
        ({"verb": "reject", "reason": "No.", "language": "de"}, {"language": [NOT_A_LANGUAGE]}),
        ({"verb": "publish", "at": "soon"}, {"at": ["Enter a valid date/time."]}),
        (
            {"verb": "publish", "at": "2020-01-01T10:00"},
            {"at": ["This time has passed. Leave it empty to publish now."]},
        ),
        (
            {"verb": "publish", "at": "9999-12-31T23:59"},
            {"at": ["Choose a date within the next two years."]},
        ),
        (
            {"verb": "publish", "submitted_at_read": "yesterday"},
            {"submitted_at_read": ["Open the text again, then decide."]},
        ),
        ({"verb": "publish", "submitted_at_read": ""}, {"submitted_at_read": ["Open the text again, then decide."]}),
        ({"verb": "publish", "step_read": ""}, {"step_read": ["Open the text again, then decide."]}),
        ({"verb": "reject", "reason": "nul\0"}, None),
    ],
)
def test_a_decision_that_is_not_whole_changes_nothing(client, decision, errors):
    revision = RevisionFactory(status="submitted")
    client.force_login(ModeratorFactory())
    response = decide(client, revision, **decision)
    assert response.status_code == 200
    if errors:
        assert response.context["form"].errors == errors
    revision.refresh_from_db()
    assert (revision.status, revision.transitions.count()) == ("submitted", 0)


def test_the_desk_has_a_page_for_its_own_verbs_alone(client):
    revision = RevisionFactory(status="submitted")
    client.force_login(ModeratorFactory())
    pages = [f"/en/desk/{revision.pk}/decide/{verb}/" for verb in ("submit", "withdraw", "correct", "undo", "delete")]
    assert [client.get(page).status_code for page in pages] == [404] * 5
    assert [client.post(page, {"reason": "Because."}).status_code for page in pages] == [404] * 5


def test_a_moderator_approves_for_later_in_their_own_clock(client, time_machine):
    time_machine.move_to("2026-05-04T08:00:00Z", tick=False)
    revision = RevisionFactory(status="submitted")
    client.force_login(ModeratorFactory(time_zone="Africa/Nairobi"))
    shown = decide(client, revision, verb="publish", at="2026-05-06T09:30")
    assert shown.status_code == 200
    assert "6 May 2026, 09:30" in shown.text
    assert press(client, shown).status_code == 302
    revision.refresh_from_db()
    assert (revision.status, revision.publish_at.isoformat()) == ("scheduled", "2026-05-06T06:30:00+00:00")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title_en": "x" * 201}, "title_en"),
        ({"title_en": "nul\0"}, "title_en"),
        ({"commitments": ["999999"]}, "commitments"),
        ({"commitments": ["x"]}, "commitments"),
        ({"target_groups": ["everyone"]}, "target_groups"),
        ({"started_on": "long ago"}, "started_on"),
        ({"website": "not one"}, "website"),
        ({"website": "javascript:alert(1)"}, "website"),
        ({"sources": "https://example.org\nnot one"}, "sources"),
    ],
)
def test_what_is_wrong_in_a_practice_is_told_beside_its_field_and_nothing_typed_is_lost(client, changes, field):
    draft = RevisionFactory(title_en="As it was", source_language="en")
    client.force_login(acting_for(draft.practice.city))
    task = task_of(field.removesuffix("_en")).slug
    page = client.get(f"/en/my-city/practices/{draft.practice_id}/edit/{task}/")
    beside = {"essentials": "summary_en", "audience": "themes_other_en", "story": "lead_en", "sources": "website"}[task]
    typed = {beside: "https://example.org/typed"}
    response = press(client, page, **typed | changes)
    assert response.status_code == 200
    assert set(response.context["form"].errors) == {field}
    assert f'id="id_{field}_error"' in response.text
    assert field == "website" or "https://example.org/typed" in response.text
    before = Revision.objects.get()
    assert (before.version, before.title_en) == (draft.practice.newest.version, "As it was")


def test_an_empty_draft_is_saved_and_submitted_only_once_it_can_be_read(client, time_machine):
    time_machine.move_to("2026-11-25T10:00:00Z", tick=False)
    city = CityFactory()
    client.force_login(acting_for(city))
    saved = client.post(f"/en/my-city/{city.slug}/practices/new/", {"title_en": ""}, follow=True)
    revision = Revision.objects.get()
    assert (revision.title_en or "", revision.status, revision.commitments.count()) == ("", "draft", 0)
    assert "Untitled practice of 25 November 2026" in saved.text
    assert "Pratique sans titre du 25 novembre 2026" in client.get("/fr/ma-ville/", follow=True).text
    told = submit_practice(client, revision.practice_id)
    assert "Still to be written before you submit it: “Title”, “Summary” and “What the city does”." in told.text
    edit = f"/en/my-city/practices/{revision.practice_id}/edit/"
    assert [one.task.slug for one in told.context["needed"]] == ["essentials", "essentials", "story"]
    for task in ("essentials", "story"):
        assert f'href="{edit}{task}/"' in told.text
    write_practice(client, revision, title_en="Listening", summary_fr="Écouter.")
    told = submit_practice(client, revision.practice_id)
    assert "Still to be written before you submit it: “What the city does”." in told.text
    write_practice(client, revision, approach_en="In circles.")
    submit_practice(client, revision.practice_id)
    revision.refresh_from_db()
    assert revision.status == "submitted"


def test_a_practice_serves_three_commitments_at_most(client):
    draft = RevisionFactory()
    client.force_login(acting_for(draft.practice.city))
    four = [CommitmentFactory(number=number).pk for number in (1, 2, 3, 4)]
    response = write_practice(client, draft, commitments=four)
    assert response.context["form"].errors == {"commitments": ["Choose at most three: those it contributes to most."]}


@pytest.mark.parametrize("verb", ["submit", "publish", "send_back", "reject", "delete"])
def test_an_official_has_no_address_for_the_verbs_of_moderators(client, verb):
    revision = RevisionFactory(status="submitted")
    client.force_login(acting_for(revision.practice.city))
    assert client.post(f"/en/my-city/revisions/{revision.pk}/{verb}/").status_code == 404


@pytest.mark.parametrize("verb", ["withdraw", "archive"])
def test_a_verb_is_a_post(client, verb):
    """A link that is followed only asks."""
    statuses = {"withdraw": "submitted", "archive": "published"}
    revision = RevisionFactory(status=statuses[verb])
    client.force_login(acting_for(revision.practice.city))
    assert client.get(f"/en/my-city/revisions/{revision.pk}/{verb}/").status_code == 200
    assert client.put(f"/en/my-city/revisions/{revision.pk}/{verb}/").status_code == 405
    revision.refresh_from_db()
    assert revision.status == statuses[verb]


def test_a_verb_that_does_not_fit_is_refused_in_words(client):
    revision = RevisionFactory(status="rejected")
    client.force_login(acting_for(revision.practice.city))
    response = submit_practice(client, revision.practice_id)
    assert "This is no longer possible: the text is now “Rejected”." in response.text

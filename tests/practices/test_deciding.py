"""Deciding about a text: the mail before it leaves, what is kept of it, and whoever comes second."""

import datetime as dt
import html
import re

import pytest
from django.test import Client
from django.utils import timezone

from members.models import Role
from practices import moderation
from practices.models import ModerationRules, ReasonTemplate, Revision
from practices.tasks import send_notices
from scn_portal.base.moments import moments_of
from tests.factories import CityFactory, ModeratorFactory, RevisionFactory, UserFactory, acting_for, moderators_group
from tests.forms import fields_of, press

pytestmark = pytest.mark.django_db

# Signs of Markdown and HTML, quotes and spaces that French typography would change, a number, an indented line.
TYPED = '**Say** <b>who</b>\n# led it ; why : "when" ? l\'an 50 000\n\n    1. *not* [x](https://evil.example) & «so»'
VERBS = {"publish": "submitted", "send_back": "submitted", "reject": "submitted", "archive": "published"}


def browser_of(user) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def page_of(revision: Revision, verb: str) -> str:
    return f"/en/desk/{revision.pk}/decide/{verb}/"


def read(text: str) -> str:
    """A page as it is read: without marks, with its signs."""
    return html.unescape(re.sub(r"<[^>]*>", "", text))


# --- What was typed --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", VERBS)
def test_what_was_typed_is_sent_kept_and_shown_to_the_character(verb, mailoutbox):
    author = UserFactory(language="fr", email="author@example.org")
    revision = RevisionFactory(status=VERBS[verb], author=author)
    focal_point = acting_for(revision.practice.city, language="en")
    desk = browser_of(ModeratorFactory())
    shown = desk.get(page_of(revision, verb))
    drafts = {draft.language: draft for draft in shown.context["drafts"]}
    assert shown.context["drafts"][0].readers == [author]
    assert press(desk, shown, reason=TYPED, language="fr").url == f"/en/desk/{revision.pk}/"
    assert send_notices() == 2
    mails = {mail.extra_headers["Content-Language"]: mail for mail in mailoutbox}
    assert {mail.to[0] for mail in mailoutbox} == {author.email, focal_point.email}
    for language, mail in mails.items():
        assert "\n".join(f"> {line}" for line in TYPED.split("\n")) in mail.body
        assert "&lt;b&gt;who&lt;/b&gt;" in mail.alternatives[0][0]
        assert mail.subject == drafts[language].subject
        assert mail.body.startswith({"en": "Hello,", "fr": "Bonjour,"}[language])
        assert ("(in French)" in mail.body) == (language == "en")
    assert TYPED in read(desk.get(f"/en/desk/{revision.pk}/?view=history").text)
    city = browser_of(author).get(f"/fr/ma-ville/pratiques/{revision.practice_id}/")
    assert read(city.text).count(TYPED) == 2  # on top, and in the history


def test_publishing_needs_no_word_and_nobody_of_a_compiled_text_is_mailed(mailoutbox):
    revision = RevisionFactory(status="submitted", author=None)
    desk = browser_of(ModeratorFactory())
    shown = desk.get(page_of(revision, "publish"))
    assert "Nobody gets an email" in shown.text
    assert press(desk, shown).status_code == 302
    assert send_notices() == 0


@pytest.mark.parametrize("verb", ["send_back", "reject", "archive"])
def test_the_page_of_a_verb_asks_for_what_it_takes_alone(verb):
    revision = RevisionFactory(status=VERBS[verb])
    desk = browser_of(ModeratorFactory())
    shown = desk.get(page_of(revision, verb))
    assert set(shown.context["form"].fields) == {"submitted_at_read", "step_read", "reason", "language"}
    assert press(desk, shown, reason=" \n").context["form"].errors == {
        "reason": ["Give a reason: the author needs it."]
    }  # fmt: skip
    assert "at" in desk.get(page_of(RevisionFactory(status="submitted"), "publish")).context["form"].fields


def test_ready_words_are_put_in_and_changed_before_anything_is_sent():
    revision = RevisionFactory(status="submitted", author=UserFactory(language="fr"))
    desk, ready = browser_of(ModeratorFactory()), ReasonTemplate.objects.get(title_en="No evidence")
    shown = desk.get(page_of(revision, "send_back"))
    assert [code for code, _reasons in shown.context["ready"]] == ["fr", "en"]
    assert len(shown.context["ready"][0][1]) == 4
    assert fields_of(shown)["language"] == "fr"
    shown = press(desk, shown, reason="Bonjour.", put_in=f"{ready.pk}-fr")
    assert fields_of(shown)["reason"] == f"Bonjour.\n\n{ready.words_fr}"
    assert not shown.context["form"].errors
    assert Revision.objects.get().status == "submitted"
    # Kept, should the page be closed now.
    assert fields_of(desk.get(page_of(revision, "send_back")))["reason"] == f"Bonjour.\n\n{ready.words_fr}"
    press(desk, shown, reason="Presque.")
    assert Revision.objects.get().reason == "Presque."


def test_ready_reasons_are_kept_by_staff_in_both_languages(client):
    client.force_login(ModeratorFactory())
    new = client.get("/en/desk/reasons/new/")
    words = {"title_en": "Costs", "title_fr": "Coûts", "words_en": "Say what it costs.", "verbs": ["reject"]}
    assert set(press(client, new, **words).context["form"].errors) == {"words_fr"}
    assert press(client, new, **words, words_fr="Indiquez le coût.").url == "/en/desk/reasons/"
    kept = ReasonTemplate.objects.get(title_fr="Coûts")
    press(client, client.get(f"/en/desk/reasons/{kept.pk}/"), words_en="Say the cost.")
    kept.refresh_from_db()
    assert (kept.words_en, kept.verbs) == ("Say the cost.", ["reject"])
    assert "Delete this ready reason?" in client.get(f"/en/desk/reasons/{kept.pk}/delete/").text
    client.post(f"/en/desk/reasons/{kept.pk}/delete/")
    assert "Costs" not in client.get("/en/desk/reasons/").text


# --- Whoever comes second --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["publish", "send_back", "withdraw", "schedule"])
def test_whoever_comes_second_reads_who_and_when_and_finds_their_words(first, time_machine):
    time_machine.move_to("2026-05-04T14:02:00Z", tick=False)
    revision = RevisionFactory(status="submitted")
    official, other = acting_for(revision.practice.city, name="Ada"), ModeratorFactory(name="Demo moderator")
    desk = browser_of(ModeratorFactory())
    shown = desk.get(page_of(revision, "send_back"))
    match first:
        case "withdraw":
            moderation.withdraw(revision=revision, by=official)
        case "schedule":
            moderation.publish(revision=revision, by=other, at=timezone.now() + dt.timedelta(days=1))
        case _:
            moderation.perform(first, revision=revision, by=other, reason="Shorter.")
    told = {
        "publish": "Demo moderator published this at 14:02.", "send_back": "Demo moderator sent this back at 14:02.",
        "withdraw": "Ada withdrew this at 14:02.", "schedule": "Demo moderator approved this for later at 14:02.",
    }[first]  # fmt: skip
    steps = revision.transitions.count()
    answer = press(desk, shown, reason="Long hours of thought.")
    assert answer.status_code == 200
    assert told in answer.text
    assert fields_of(answer)["reason"] == "Long hours of thought."
    assert revision.transitions.count() == steps == 1
    again = desk.get(page_of(revision, "send_back"))
    assert (again.status_code, fields_of(again)["reason"]) == (200, "Long hours of thought.")
    later = browser_of(ModeratorFactory()).get(page_of(revision, "reject"), follow=True)
    assert (told in later.text) == (first != "schedule")


def test_whoever_comes_second_with_a_lost_session_finds_their_words_too():
    revision = RevisionFactory(status="submitted")
    second, ours = ModeratorFactory(), {"Sec-Fetch-Site": "same-origin"}
    desk = Client(enforce_csrf_checks=True, headers=ours)
    desk.force_login(second)
    form = fields_of(desk.get(page_of(revision, "reject"))) | {"reason": "Long hours of thought."}
    moderation.publish(revision=revision, by=ModeratorFactory(name="Demo moderator"))
    desk.session.flush()
    given = desk.post(page_of(revision, "reject"), form)
    assert (given.status_code, fields_of(given)["reason"]) == (403, "Long hours of thought.")
    desk.force_login(second)
    answer = desk.post(page_of(revision, "reject"), fields_of(given))
    assert "Demo moderator published this at" in answer.text
    assert fields_of(answer)["reason"] == "Long hours of thought."


# --- Moments ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "now", "typed", "moment"),
    [
        ("Africa/Nairobi", "2026-05-04T08:00Z", "2026-05-06T09:30", "2026-05-06T06:30"),
        # In Montréal, on the days when summer time begins and ends.
        ("America/Montreal", "2026-03-07T08:00Z", "2026-03-08T01:30", "2026-03-08T06:30"),
        ("America/Montreal", "2026-03-07T08:00Z", "2026-03-08T03:30", "2026-03-08T07:30"),
        ("America/Montreal", "2026-10-31T08:00Z", "2026-11-01T00:30", "2026-11-01T04:30"),
        ("America/Montreal", "2026-10-31T08:00Z", "2026-11-01T02:30", "2026-11-01T07:30"),
    ],
)
def test_a_typed_moment_is_read_on_both_clocks_and_then_kept(zone, now, typed, moment, time_machine):
    time_machine.move_to(now, tick=False)
    revision = RevisionFactory(status="submitted", author=UserFactory(time_zone="Asia/Tokyo"))
    desk = browser_of(ModeratorFactory(time_zone=zone))
    shown = press(desk, desk.get(page_of(revision, "publish")), at=typed)
    expected = dt.datetime.fromisoformat(moment).replace(tzinfo=dt.UTC)
    assert Revision.objects.get().status == "submitted"
    assert f"{typed[-5:]} by your clock ({zone})" in shown.text
    in_tokyo = expected + dt.timedelta(hours=9)
    assert f"{in_tokyo:%H:%M} (Asia/Tokyo)" in shown.text
    assert press(desk, shown).status_code == 302
    assert Revision.objects.get().publish_at == expected
    time_machine.move_to(expected - dt.timedelta(seconds=1), tick=False)
    assert moderation.publish_scheduled() == 0
    time_machine.move_to(expected, tick=False)
    assert moderation.publish_scheduled() == 1


def test_an_hour_that_comes_twice_is_asked_about_and_one_that_is_left_out_refused(time_machine):
    time_machine.move_to("2026-10-31T08:00Z", tick=False)
    revision = RevisionFactory(status="submitted")
    desk = browser_of(ModeratorFactory(time_zone="America/Montreal"))
    asked = press(desk, desk.get(page_of(revision, "publish")), at="2026-11-01T01:30")
    assert set(asked.context["form"].errors) == {"which"}
    shown = press(desk, asked, which="second")
    assert press(desk, shown).status_code == 302
    assert Revision.objects.get().publish_at == dt.datetime(2026, 11, 1, 6, 30, tzinfo=dt.UTC)
    time_machine.move_to("2026-03-07T08:00Z", tick=False)
    other = RevisionFactory(status="submitted")
    refused = press(desk, desk.get(page_of(other, "publish")), at="2026-03-08T02:30")
    assert "this time does not exist" in str(refused.context["form"].errors["at"])
    assert len(moments_of(dt.datetime(2026, 3, 8, 2, 30), dt.UTC)) == 1


# --- Rules -----------------------------------------------------------------------------------------------------------


def test_with_the_rule_publication_waits_for_both_languages(client):
    client.force_login(ModeratorFactory())
    assert press(client, client.get("/en/desk/rules/"), needs_both_languages="on").status_code == 302
    revision = RevisionFactory(status="submitted", title_fr="Un titre", summary_fr="Un résumé", title_en="A title")
    missing = "“What the city does” in French"
    assert missing in client.get(f"/en/desk/{revision.pk}/").text
    answer = press(client, client.get(page_of(revision, "publish")))
    assert f"Publication waits for both languages. Missing: {missing}." in answer.text
    assert Revision.objects.get().status == "submitted"
    ModerationRules.objects.update(needs_both_languages=False)
    assert press(client, answer).status_code == 302


def test_a_city_reads_the_names_of_moderators_only_where_staff_so_choose():
    revision = RevisionFactory(status="submitted")
    official = browser_of(acting_for(revision.practice.city))
    moderation.send_back(revision=revision, by=ModeratorFactory(name="Carla Moderates"), reason="Shorter.")
    workspace = f"/en/my-city/practices/{revision.practice_id}/"
    assert "Carla" not in official.get(workspace).text
    assert "The network’s staff" in official.get(workspace).text
    ModerationRules.objects.create(shows_names=True)
    assert "Carla Moderates" in official.get(workspace).text


# --- Who may open what -----------------------------------------------------------------------------------------------

PAGES = [
    "", "?view=talk", "?view=history", "decide/publish/", "decide/send_back/", "decide/reject/", "ask/", "remark/",
    "correct/",
]  # fmt: skip
KEPT = ["reasons/", "reasons/new/", "reasons/{ready}/", "reasons/{ready}/delete/", "rules/"]
WHO = {
    "moderator": 200, "superuser": 200, "own_moderator": 404, "own_superuser": 404, "focal_point": 404, "editor": 404,
    "viewer": 404, "elsewhere": 404, "staff": 404, "anonymous": 302,
}  # fmt: skip


def somebody(who: str, city):
    if who.startswith("own_"):
        return acting_for(city, is_superuser=who == "own_superuser")
    if who in ("focal_point", "editor", "viewer"):
        return acting_for(city, Role(who))
    people = {
        "moderator": ModeratorFactory, "elsewhere": lambda: acting_for(CityFactory()),
        "superuser": lambda: UserFactory(is_superuser=True), "staff": lambda: UserFactory(is_staff=True),
    }  # fmt: skip
    return people[who]()


@pytest.mark.parametrize("who", WHO)
def test_every_desk_address_with_every_role(client, who):
    revision = RevisionFactory(status="submitted")
    ready = ReasonTemplate.objects.first()
    if who != "anonymous":
        user = somebody(who, revision.practice.city)
        if who == "own_moderator":
            user.groups.add(moderators_group())
        client.force_login(user)
    for page in PAGES:
        assert (page, client.get(f"/en/desk/{revision.pk}/{page}").status_code) == (page, WHO[who])
        if WHO[who] != 200 and page and not page.startswith("?"):
            refused = client.post(f"/en/desk/{revision.pk}/{page}", {"reason": "x", "words": "x", "language": "en"})
            assert (page, refused.status_code) == (page, 302 if who == "anonymous" else 404)
    kept = 200 if who.startswith("own_") else WHO[who]  # what concerns no city
    for page in KEPT:
        assert (page, client.get(f"/en/desk/{page.format(ready=ready.pk)}").status_code) == (page, kept)
    assert not revision.transitions.exists()

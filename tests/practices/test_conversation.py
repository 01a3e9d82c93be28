"""Questions, answers and remarks: who hears of them, in which language, and who never does."""

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from members.models import Role
from practices import conversation, moderation
from practices.models import HarmCheck, Message, Remark
from practices.tasks import send_notices
from scn_portal.site.todo.reasons import REASONS, Asked
from tests.factories import (
    CityFactory,
    ModeratorFactory,
    RevisionFactory,
    UserFactory,
    acting_for,
    harmless,
    moderators_group,
)
from tests.forms import fields_of, press

pytestmark = pytest.mark.django_db

TYPED = "Who *paid* for it ; <b>you</b> ?\nSince « when »?"


def browser_of(user) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def test_a_question_and_its_answer_go_by_mail_with_a_link_and_stay_with_the_text(mailoutbox):
    author = UserFactory(language="fr", name="Awa")
    revision = RevisionFactory(status="submitted", author=author, title_en="Circles")
    moderator = ModeratorFactory(name="Carla Moderates", language="en")
    ModeratorFactory()  # who has asked nothing, and hears nothing
    desk, city = browser_of(moderator), browser_of(author)
    page = desk.get(f"/en/desk/{revision.pk}/ask/")
    assert fields_of(page)["language"] == "fr"
    press(desk, page, words=TYPED)
    assert send_notices() == 1
    (question,) = mailoutbox
    assert (question.to, question.extra_headers["Content-Language"]) == ([author.email], "fr")
    assert question.subject == "Une question sur «\u202fCircles\u202f»"
    assert "\n".join(f"> {line}" for line in TYPED.split("\n")) in question.body
    assert f"/fr/ma-ville/pratiques/{revision.practice_id}/reponse/" in question.body
    assert "Carla" not in question.body + question.alternatives[0][0]

    workspace = city.get(f"/en/my-city/practices/{revision.practice_id}/").text
    assert "&lt;b&gt;you&lt;/b&gt;" in workspace
    assert '<p class="said" lang="fr">' in workspace
    assert "Carla" not in workspace
    (task,) = next(reason for reason in REASONS if reason.key == "asked").find(Asked([revision.practice.city]))
    assert task.path == f"/en/my-city/practices/{revision.practice_id}/answer/"

    form = city.get(task.path)
    assert press(city, form, words="The *city* did.", language="en").status_code == 302
    assert send_notices() == 1
    assert (mailoutbox[1].to, mailoutbox[1].subject.startswith(str(revision.practice.city))) == (
        [moderator.email], True,
    )  # fmt: skip
    assert "> The *city* did." in mailoutbox[1].body
    assert f"/en/desk/{revision.pk}/" in mailoutbox[1].body
    talk = desk.get(f"/en/desk/{revision.pk}/?view=talk").text
    assert "The *city* did." in talk
    assert talk.index("Question") < talk.index("Answer of the city")
    assert not list(next(reason for reason in REASONS if reason.key == "asked").find(Asked([revision.practice.city])))
    revision.refresh_from_db()
    assert revision.status == "submitted"


def test_who_may_say_what():
    revision = RevisionFactory(status="submitted")
    city, said = revision.practice.city, {"words": "x", "language": "en"}
    own = acting_for(city)
    own.groups.add(moderators_group())
    for by in (own, acting_for(city), UserFactory(is_staff=True)):
        with pytest.raises(PermissionDenied):
            conversation.ask(revision=revision, by=by, **said)
        with pytest.raises(PermissionDenied):
            conversation.remark(revision=revision, by=by, words="x")
    for by in (acting_for(city, Role.VIEWER), acting_for(CityFactory()), ModeratorFactory()):
        with pytest.raises(PermissionDenied):
            conversation.answer(revision=revision, by=by, **said)
    with pytest.raises(PermissionDenied):
        conversation.ask(revision=RevisionFactory(), by=ModeratorFactory(), **said)
    assert not Message.objects.exists()
    assert not Remark.objects.exists()


def test_nobody_answers_what_was_not_asked(client):
    revision = RevisionFactory(status="submitted")
    client.force_login(acting_for(revision.practice.city))
    assert client.get(f"/en/my-city/practices/{revision.practice_id}/answer/").status_code == 404


CANARIES = ("quetzalcoatlus", "archaeopteryx")


def test_remarks_and_the_harm_check_reach_no_official(mailoutbox):
    revision = RevisionFactory(title_en="Circles")
    practice, city = revision.practice, revision.practice.city
    writers = [acting_for(city, role, name=role) for role in Role]
    harm = harmless(at_risk=True, at_risk_words=CANARIES[0], answers=[{"found": CANARIES[0], "answer": CANARIES[0]}])
    focal_point = acting_for(city)
    revision = moderation.submit(revision=revision, by=focal_point, harm=harm)
    staff = ModeratorFactory()
    conversation.remark(revision=revision, by=staff, words=CANARIES[1])
    conversation.ask(revision=revision, by=staff, words="Who?", language="en")
    moderation.send_back(revision=revision, by=staff, reason="Shorter.")
    moderation.submit(revision=revision, by=focal_point, harm=harmless())
    seen = browser_of(staff).get(f"/en/desk/{revision.pk}/?view=talk").text
    assert CANARIES[1] in seen
    assert HarmCheck.objects.filter(at_risk_words=CANARIES[0]).exists()
    moderation.publish(revision=revision, by=staff, reason="Thanks.")
    new = moderation.correct(revision=revision, by=staff, words={"summary_en": "Mended."})
    step = revision.transitions.filter(verb="submit").first()
    assert step
    practice.refresh_from_db()
    cities = [
        f"my-city/practices/{practice.pk}/{page}" for page in ("", "answer/", "edit/", "edit/check/", "documents/")
    ]
    cities += [
        f"my-city/revisions/{one.pk}/{page}/" for one in (revision, new) for page in ("preview", "undo", "archive")
    ]
    desk = [f"desk/{one.pk}/{page}" for one in (revision, new) for page in ("", "?view=talk", "?view=history", "ask/")]
    desk += [f"desk/{revision.pk}/submitted/{step.pk}/", f"desk/{revision.pk}/remark/", "desk/", "desk/reasons/"]
    public = ["", "practices/", f"practices/{practice.slug}/", "changes/", f"cities/{city.slug}/", "search/?q=circles"]
    closed = [f"/en/{path}" for path in (*cities, "my-city/", f"my-city/{city.slug}/", *desk)]
    public = [*(f"/en/{path}" for path in public), f"/api/v1/practices/{practice.slug}"]  # the same for every reader
    for reader, paths in [*((one, closed) for one in (*writers, acting_for(CityFactory()))), (None, public)]:
        browser = browser_of(reader) if reader else Client()
        for path in paths:
            text = browser.get(path, follow=True).text
            assert [word for word in CANARIES if word in text] == [], (reader, path)
    send_notices()
    assert len(mailoutbox) >= 4
    assert [mail.to for mail in mailoutbox if any(word in mail.message().as_string() for word in CANARIES)] == []

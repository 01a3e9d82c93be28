"""Small corrections: the network mends a text, the city is told the difference and can undo it."""

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from practices import moderation
from practices.models import Revision
from practices.tasks import send_notices
from tests.factories import ModeratorFactory, RevisionFactory, UserFactory, acting_for, moderators_group
from tests.forms import press

pytestmark = pytest.mark.django_db

BEFORE = "Kept as it was.\n\nWe lissened to *forty* people."
AFTER = BEFORE.replace("lissened", "listened")


def browser_of(user) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.mark.parametrize("status", ["submitted", "published"])
def test_the_network_mends_a_text_and_the_city_undoes_it(client, mailoutbox, status):
    author = UserFactory(language="fr")
    texts = {"title_en": "Circles", "summary_en": BEFORE, "approach_fr": "En cercle."}
    revision = RevisionFactory(status=status, author=author, documents=["The report"], **texts)
    moderator = ModeratorFactory()
    desk, city = browser_of(moderator), browser_of(author)
    page = desk.get(f"/en/desk/{revision.pk}/correct/")
    assert "summary_en" in page.context["form"].fields
    assert "results_en" not in page.context["form"].fields  # it has none
    assert press(desk, page).context["form"].non_field_errors() == ["Nothing is changed yet."]
    assert press(desk, page, summary_en=AFTER, reason="Spelling.").status_code == 302

    new = revision.practice.newest
    told = desk.get(f"/en/desk/{revision.pk}/decide/publish/", follow=True)
    assert f"{moderator} corrected this at" in told.text
    assert f'href="/en/desk/{new.pk}/"' in told.text
    revision.refresh_from_db()
    assert (new.number, new.status, new.corrects, new.summary_en) == (2, status, revision, AFTER)
    assert (new.author, new.submitted_at, new.attachments.count()) == (author, revision.submitted_at, 1)
    assert (revision.status, revision.summary_en) == (
        {"submitted": "replaced", "published": "superseded"}[status], BEFORE,
    )  # fmt: skip
    if status == "published":
        assert "We listened" in client.get(new.practice.get_absolute_url()).text
    assert send_notices() == 1
    (mail,) = mailoutbox
    assert mail.subject == "Petites corrections à «\u202fCircles\u202f»"
    assert "> We lissened to *forty* people." in mail.body
    assert "> We listened to *forty* people." in mail.body
    assert "Kept as it was." not in mail.body
    assert "> Spelling." in mail.body
    assert f"/fr/ma-ville/pratiques/{new.practice_id}/" in mail.body

    workspace = city.get(f"/en/my-city/practices/{new.practice_id}/").text
    undo = f"/en/my-city/revisions/{new.pk}/undo/"
    assert undo in workspace
    assert "Small corrections by the network" in workspace
    assert "Undo the network’s corrections?" in city.get(undo).text
    city.post(undo)
    last = new.practice.newest
    assert (last.number, last.status, last.corrects, last.summary_en) == (3, status, None, BEFORE)
    assert send_notices() == 1
    assert mailoutbox[1].to == [moderator.email]
    assert "Corrections undone by the city" in desk.get(f"/en/desk/{last.pk}/?view=history").text
    assert undo.replace(str(new.pk), str(last.pk)) not in city.get(f"/en/my-city/practices/{new.practice_id}/").text


def test_nobody_mends_the_text_of_a_city_they_act_for():
    revision = RevisionFactory(status="submitted")
    own = acting_for(revision.practice.city)
    own.groups.add(moderators_group())
    with pytest.raises(PermissionDenied):
        moderation.correct(revision=revision, by=own, words={"summary_en": "Mine"})
    assert browser_of(own).get(f"/en/desk/{revision.pk}/correct/").status_code == 404


def test_no_correction_beside_a_newer_version_nor_without_a_title():
    live = RevisionFactory(status="published")
    with pytest.raises(moderation.Refused, match="No text can do without"):
        moderation.correct(revision=live, by=ModeratorFactory(), words={"title_en": ""})
    moderation.open_draft(practice=live.practice, by=live.author)
    with pytest.raises(moderation.Refused, match="newer version"):
        moderation.correct(revision=live, by=ModeratorFactory(), words={"summary_en": "Mended."})
    assert Revision.objects.count() == 2


def test_of_a_correction_and_a_decision_the_second_is_told():
    revision = RevisionFactory(status="submitted")
    desk = browser_of(ModeratorFactory())
    page = desk.get(f"/en/desk/{revision.pk}/correct/")
    moderation.publish(revision=revision, by=ModeratorFactory(name="Carla"))
    answer = press(desk, page, summary_en="Mended.")
    assert "Carla published this at" in answer.text
    assert "Mended." in answer.text
    assert Revision.objects.count() == 1

"""What the public reads while a city writes on: the live revision, and nothing else."""

import datetime as dt

import pytest

from practices import moderation
from practices.choices import Status
from practices.models import Practice, Revision
from scn_portal.base.slugs import free_slug
from tests.factories import CommitmentFactory, ModeratorFactory, RevisionFactory, acting_for, harmless

pytestmark = pytest.mark.django_db


def public_title(client, practice: Practice) -> str:
    response = client.get(f"/en/practices/{practice.slug}/")
    assert response.status_code == 200
    return response.context["revision"]().title_en


def test_editing_a_published_practice_leaves_the_public_page_as_it_is_until_the_new_text_is_published(client):
    live = RevisionFactory(status="published", title_en="Old words", commitments=[CommitmentFactory(number=3)])
    practice = live.practice
    official, moderator = acting_for(practice.city), ModeratorFactory()

    draft = moderation.open_draft(practice=practice, by=official)
    assert (draft.number, draft.status, draft.title_en, draft.author) == (2, "draft", "Old words", official)
    assert [each.number for each in draft.commitments.all()] == [3]
    draft.title_en = "New words"
    draft.save()
    assert public_title(client, practice) == "Old words"

    moderation.submit(revision=draft, by=official, harm=harmless())
    assert public_title(client, practice) == "Old words"

    moderation.publish(revision=draft, by=moderator)
    assert public_title(client, practice) == "New words"
    assert dict(practice.revisions.values_list("number", "status")) == {1: "superseded", 2: "published"}


@pytest.mark.parametrize("verb", ["send_back", "reject", "withdraw"])
def test_whatever_happens_to_the_new_text_the_old_one_stays_up(client, verb):
    live = RevisionFactory(status="published", title_en="Old words")
    official, moderator = acting_for(live.practice.city), ModeratorFactory()
    newer = RevisionFactory(practice=live.practice, status="submitted", title_en="New words")
    by = official if verb == "withdraw" else moderator
    moderation.perform(verb, revision=newer, by=by, reason="Not yet.")
    assert public_title(client, live.practice) == "Old words"


@pytest.mark.parametrize("status", [status for status in Status.values if status != "published"])
def test_a_practice_without_a_live_revision_is_nowhere_in_public(client, status):
    hidden = RevisionFactory(status=status, title_en="Hidden words")
    slug = hidden.practice.slug
    assert [client.get(f"/{path}/{slug}/").status_code for path in ("en/practices", "fr/pratiques")] == (
        [410, 410] if status == "archived" else [404, 404]  # that it is gone, and no word of it
    )
    pages = ["/en/", "/en/practices/", f"/en/cities/{hidden.practice.city.slug}/", "/en/commitments/1/"]
    for page in pages:
        response = client.get(page)
        assert response.status_code == 200
        assert "Hidden words" not in response.text
        assert slug not in response.text


def test_a_draft_beside_the_live_text_is_nowhere_in_public(client):
    live = RevisionFactory(status="published", title_en="Public words")
    RevisionFactory(practice=live.practice, title_en="Hidden words", summary_en="Hidden words")
    for page in ("/en/", "/en/practices/", f"/en/cities/{live.practice.city.slug}/", live.practice.get_absolute_url()):
        text = client.get(page).text
        assert "Public words" in text
        assert "Hidden words" not in text


@pytest.mark.parametrize("status", ["draft", "sent_back"])
def test_the_draft_that_is_open_is_the_one_to_write_on(status):
    revision = RevisionFactory(status=status)
    assert moderation.open_draft(practice=revision.practice, by=acting_for(revision.practice.city)) == revision
    assert Revision.objects.count() == 1


@pytest.mark.parametrize("status", ["submitted", "scheduled"])
def test_a_text_under_review_cannot_be_written_on(status):
    revision = RevisionFactory(status=status)
    with pytest.raises(moderation.Refused):
        moderation.open_draft(practice=revision.practice, by=acting_for(revision.practice.city))
    assert Revision.objects.count() == 1


@pytest.mark.parametrize("status", ["rejected", "withdrawn", "published", "archived"])
def test_after_a_decision_writing_on_opens_a_new_revision(status):
    old = RevisionFactory(status=status, title_en="Words", website="https://example.org/")
    draft = moderation.open_draft(practice=old.practice, by=acting_for(old.practice.city))
    assert (draft.number, draft.status, draft.reason) == (2, "draft", "")
    assert (draft.title_en, draft.website) == ("Words", "https://example.org/")
    assert (draft.submitted_at, draft.publish_at, draft.published_at) == (None, None, None)
    assert Revision.objects.get(pk=old.pk).status == status


def test_a_new_revision_of_an_old_practice_is_not_new(time_machine):
    time_machine.move_to("2026-05-04T08:00:00Z", tick=False)
    moderator = ModeratorFactory()
    old = RevisionFactory(status="published", published_at=dt.datetime(2026, 1, 5, tzinfo=dt.UTC))
    newer = RevisionFactory(practice=old.practice, status="submitted")
    fresh = RevisionFactory(status="submitted")
    moderation.publish(revision=newer, by=moderator)
    moderation.publish(revision=fresh, by=moderator)
    may = dt.datetime(2026, 5, 1, tzinfo=dt.UTC), dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    assert list(Revision.objects.new_between(*may)) == [fresh]


def test_the_start_of_a_period_is_in_it_and_its_end_is_not():
    start, end = dt.datetime(2026, 5, 1, tzinfo=dt.UTC), dt.datetime(2026, 5, 8, tzinfo=dt.UTC)
    first = RevisionFactory(status="published", published_at=start)
    RevisionFactory(status="published", published_at=end)
    assert list(Revision.objects.new_between(start, end)) == [first]


def test_practices_of_the_same_title_have_slugs_of_their_own():
    RevisionFactory(practice__slug="same-title")
    RevisionFactory(practice__slug="same-title-2")
    assert free_slug(Practice, ("Same title!",), default="practice") == "same-title-3"
    assert free_slug(Practice, ("東京",), default="practice") == "practice"
    assert len(free_slug(Practice, ("long " * 60,), default="practice")) <= 120

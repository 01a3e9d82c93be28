"""The admin opens, to staff alone, and is no second door to what has one."""

import pytest
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.urls import reverse

from practices.models import Practice, Revision
from tests.factories import (
    EndorsementFactory,
    InvitationFactory,
    MilestoneFactory,
    ProgressUpdateFactory,
    RevisionFactory,
    UserFactory,
    acting_for,
)

pytestmark = pytest.mark.django_db

OURS = [m for m in admin.site._registry if m._meta.app_label in ("members", "commitments", "practices", "digests")]


@pytest.fixture
def superuser(client):
    """Somebody who may do everything, logged in."""
    user = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_list_and_every_row_opens(client, superuser, model):
    for factory in (EndorsementFactory, InvitationFactory, MilestoneFactory, ProgressUpdateFactory):
        factory()
    RevisionFactory(status="published")
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    assert client.get(reverse(f"{name}_changelist"), {"q": "test"}).status_code == 200
    for row in model._default_manager.all()[:1]:
        assert client.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200


def test_sessions_are_found_by_their_person_and_changed_by_nobody(client, superuser):
    for email, ip in (("ada@city.example", "203.0.113.7"), ("eve@city.example", "198.51.100.7")):
        UserSession.objects.create(user=UserFactory(email=email), ip=ip, session_key=email, user_agent="Test")
    path = reverse("admin:usersessions_usersession_changelist")
    for asked in ("ada@city", "203.0.113"):
        page = client.get(path, {"q": asked}).text
        assert ["ada@city.example" in page, "eve@city.example" in page] == [True, False]
    session = UserSession.objects.get(ip="203.0.113.7")
    assert client.post(reverse("admin:usersessions_usersession_delete", args=[session.pk])).status_code == 403


def test_an_official_and_a_stranger_do_not_open_it(client):
    assert client.get("/en/admin/").status_code == 302
    client.force_login(acting_for(RevisionFactory().practice.city))
    assert client.get("/en/admin/", follow=True).context.get("app_list") is None


@pytest.mark.parametrize("status", ["draft", "submitted", "published"])
def test_the_status_and_the_words_of_a_practice_do_not_change_there(client, superuser, status):
    revision = RevisionFactory(status=status)
    address = reverse("admin:practices_practice_change", args=[revision.practice_id])
    page = client.get(address).text
    assert 'name="revisions-0-status"' not in page
    assert 'name="revisions-0-title"' not in page
    before = list(Revision.objects.values()), list(Practice.objects.values())
    client.post(
        address,
        {
            "revisions-TOTAL_FORMS": "1", "revisions-INITIAL_FORMS": "1", "revisions-0-id": revision.pk,
            "revisions-0-practice": revision.practice_id, "revisions-0-status": "archived",
            "revisions-0-title_en": "Changed", "slug": "changed",
        },
    )  # fmt: skip
    assert (list(Revision.objects.values()), list(Practice.objects.values())) == before
    assert client.post(reverse("admin:practices_practice_delete", args=[revision.practice_id])).status_code == 403


@pytest.mark.parametrize("demo", [True, False])
def test_the_admin_says_when_this_is_a_demonstration(client, superuser, settings, demo):
    settings.DEMO = demo
    assert ("This is a demonstration." in client.get("/en/admin/").text) == demo

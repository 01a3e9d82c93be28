"""What staff read of history: who changed what and when, the words before and after; of a city and of a person."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils.html import strip_tags
from django.utils.translation import override

from members.models import City, Role
from practices import moderation
from scn_portal.base import processes
from scn_portal.site.history.kinds import KINDS
from scn_portal.site.history.wording import columns, label
from tests.factories import (
    CityFactory,
    MembershipFactory,
    ModeratorFactory,
    PledgeFactory,
    RevisionFactory,
    UserFactory,
    acting_for,
    harmless,
    moderating_only,
)

pytestmark = pytest.mark.django_db


def words(response) -> str:
    """What a reader sees, with one space between words."""
    assert response.status_code == 200
    return re.sub(r"\s+", " ", strip_tags(response.content.decode()))


def city_page(city: City, language: str = "en") -> str:
    return f"/en/desk/city/{city.slug}/history/" if language == "en" else f"/fr/bureau/ville/{city.slug}/historique/"


def test_staff_read_who_changed_what_in_a_city_with_the_words_before_and_after(client):
    city = CityFactory(name_en="Testville", name_fr="Testbourg")
    official = acting_for(city, name="Official of Testville")
    pledge = PledgeFactory(city=city, title_en="A quiet park")
    client.force_login(official)
    typed = {"commitment": pledge.commitment_id, "title_en": "A safe park"}
    assert client.post(f"/en/my-city/pledges/{pledge.pk}/edit/", typed).status_code == 302
    client.force_login(ModeratorFactory())
    english = client.get(city_page(city))
    assert "Pledge: A safe park Changed" in words(english)
    assert "Official of Testville" in words(english)
    assert "Title (in English)" in words(english)
    assert "<del>quiet </del><ins>safe </ins>" in english.content.decode()
    french = words(client.get(city_page(city, "fr")))
    assert "Promesse : A safe park Modification" in french
    assert "Titre (en anglais)" in french


def test_what_a_city_has_not_submitted_or_published_is_not_there(client):
    city = CityFactory()
    PledgeFactory(city=city, title_en="Canary of a draft", published_at=None)
    revision = RevisionFactory(practice__city=city, title_en="Canary of a practice")
    client.force_login(ModeratorFactory())
    assert "Canary" not in words(client.get(city_page(city)))
    revision.title_en = "Said to all"
    revision.save()
    moderation.submit(revision=revision, by=revision.author, harm=harmless())
    page = words(client.get(city_page(city)))
    assert "Text of a practice: Said to all" in page
    assert "Canary" not in page


def test_a_process_is_named_in_words(client):
    with processes.named("task:close_idle_accounts"):
        city = CityFactory()
    client.force_login(ModeratorFactory())
    assert "The task close_idle_accounts" in words(client.get(city_page(city)))


@pytest.mark.parametrize("rows", [1, 3])
def test_a_page_takes_the_same_queries_for_one_row_and_for_three(client, rows, django_assert_num_queries):
    city = CityFactory()
    for number in range(rows):
        PledgeFactory(city=city, title_en=f"Pledge {number}")
    client.force_login(ModeratorFactory())
    client.get(city_page(city))
    with django_assert_num_queries(13):
        client.get(city_page(city))


def test_nobody_reads_about_a_city_that_they_act_for(client):
    city = CityFactory()
    moderator, colleague = ModeratorFactory(), acting_for(city)
    MembershipFactory(user=moderator, city=city, role=Role.VIEWER)
    client.force_login(moderator)
    assert client.get(city_page(city)).status_code == 404
    assert client.get(f"/en/desk/person/{colleague.pk}/history/").status_code == 404


def test_what_somebody_did_in_a_city_of_the_reader_is_left_out(client):
    theirs, other = CityFactory(name_en="Theirs"), CityFactory(name_en="Another")
    staff, moderator = ModeratorFactory(is_superuser=True, is_staff=True), ModeratorFactory()
    client.force_login(staff)
    for city in (theirs, other):
        page = f"/en/my-city/{city.slug}/people/"
        client.post(page, {"email": f"of-{city.slug}@example.org", "role": "editor", "language": "en"})
    MembershipFactory(user=moderator, city=theirs, role=Role.EDITOR)
    client = Client()  # which has no message about an invitation to show
    client.force_login(moderator)
    page = words(client.get(f"/en/desk/person/{staff.pk}/history/"))
    assert "of-another@example.org" in page
    assert "of-theirs@example.org" not in page


def test_staff_read_what_happened_to_an_account_and_what_its_owner_did(client):
    person = UserFactory(name="Official of Testville", is_staff=False)
    person.user_permissions.add(Permission.objects.get(codename="run_newsletter"))
    person.is_staff = True
    person.set_password("another-long-password")
    person.save()
    client.force_login(ModeratorFactory())
    response = client.get(f"/en/desk/person/{person.pk}/history/")
    page = words(response)
    assert "Right of a person: Official of Testville" in page
    assert "May open the admin" in page
    assert "New password" in page
    assert person.password not in response.content.decode()


def test_whoever_may_only_moderate_reads_no_person(client):
    client.force_login(moderating_only())
    assert client.get(f"/en/desk/person/{UserFactory().pk}/history/").status_code == 404


def test_to_sign_in_leaves_no_event():
    user = UserFactory()
    events = user._meta.model.pgh_event_model.objects.filter(pgh_obj=user)
    before = events.count()
    type(user).objects.filter(pk=user.pk).update(last_login="2026-03-02T09:00:00Z")
    assert events.count() == before


def test_no_secret_is_a_column_of_history():
    kept = {field.name for kind in KINDS for field in kind.model.pgh_event_model._meta.fields}
    assert kept.isdisjoint({"password", "data", "last_login", "last_used_at", "token", "key"})


def test_every_column_that_is_shown_has_its_words_in_both_languages():
    same_in_both = {"Date", "Description", "Population", "Latitude", "Longitude", "Source", "Sources", "Version"}
    untold = []
    for kind in KINDS:
        for column in columns(kind.model):
            with override("en"):
                english = label(kind.model, column.name)
            with override("fr"):
                french = label(kind.model, column.name)
            if english == french and english not in same_in_both:
                untold.append(f"{kind.model.__name__}.{column.name}: {english}")
    assert untold == []

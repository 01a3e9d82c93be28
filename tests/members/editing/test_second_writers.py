"""Who comes second learns who was first: on the page that compares, and in the admin, where nothing is overwritten."""

import pytest

from commitments.models import Milestone, Pledge
from members.editing import presence
from members.models import City, OpenForm
from practices.models import Practice
from tests.factories import CityFactory, MilestoneFactory, PledgeFactory, RevisionFactory, UserFactory, acting_for
from tests.forms import fields_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def pledge(client):
    """A pledge; Anna, who acts for its city, has its form open."""
    pledge = PledgeFactory(title_en="First")
    client.force_login(acting_for(pledge.city, name="Anna"))
    return pledge


def test_the_page_that_compares_says_who_saved_the_other_text_and_when(client, pledge, time_machine):
    time_machine.move_to("2026-11-25T15:42:00Z", tick=False)
    address = f"/en/my-city/pledges/{pledge.pk}/edit/"
    mine = fields_of(client.get(address)) | {"title_en": "Mine"}
    client.force_login(acting_for(pledge.city, name="Ben"))
    client.post(address, fields_of(client.get(address)) | {"title_en": "Theirs"})
    client.force_login(pledge.city.memberships.get(user__name="Anna").user)
    said = "Ben has saved this since you opened it, on "
    page = client.post(address, mine).text
    assert said in page
    assert "Nothing of yours is saved yet" in page


def test_of_a_change_by_the_staff_a_city_reads_no_name_and_of_one_by_itself_that_it_was_its_own(client, pledge):
    address = f"/en/my-city/pledges/{pledge.pk}/edit/"
    anna = pledge.city.memberships.get(user__name="Anna").user
    mine = fields_of(client.get(address)) | {"title_en": "Mine"}
    client.post(address, fields_of(client.get(address)) | {"title_en": "In another tab"})
    assert "You saved this form yourself since you opened it here" in client.post(address, mine).text
    client.force_login(UserFactory(name="Carla", is_staff=True, is_superuser=True))
    edit_in_admin(client, pledge, title_en="By the staff")
    client.force_login(anna)
    page = client.post(address, mine).text
    assert "A member of the network’s staff has saved this" in page
    assert "Carla" not in page


# --- The admin -------------------------------------------------------------------------------------------------------


def address_of(row) -> str:
    return f"/en/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"


def edit_in_admin(client, row, form=None, **typed):
    form = form or admin_fields(client.get(address_of(row)))
    return client.post(address_of(row), form | typed)


def admin_fields(response) -> dict:
    import lxml.html

    form = lxml.html.document_fromstring(response.content).xpath("//form[contains(@id, '_form')]")[0]
    return dict(form.form_values())


@pytest.mark.parametrize("what", ["pledge", "milestone", "city"])
def test_the_admin_overwrites_nobody_says_who_and_keeps_what_was_typed(client, what):
    milestone = MilestoneFactory(title_en="A step", pledge__title_en="A promise", pledge__city__name_en="A city")
    pledge, name = milestone.pledge, {"milestone": "milestones-0-title_en", "city": "name_en"}.get(what, "title_en")
    row = pledge.city if what == "city" else pledge
    client.force_login(UserFactory(name="Dora", is_staff=True, is_superuser=True))
    opened = admin_fields(client.get(address_of(row)))
    client.force_login(UserFactory(name="Ben", is_staff=True, is_superuser=True))
    assert edit_in_admin(client, row, **{name: "Ben’s words"}).status_code == 302
    client.force_login(UserFactory(name="Dora", is_staff=True, is_superuser=True))
    page = edit_in_admin(client, row, opened, **{name: "Dora’s words"})
    assert page.status_code == 200
    assert "Ben has changed this since you opened it" in page.text
    assert 'value="Dora’s words"' in page.text
    kept = {"pledge": Pledge, "milestone": Milestone, "city": City}[what].objects.get()
    assert (kept.name_en if what == "city" else kept.title_en) == "Ben’s words"
    # Opened again, it is saved.
    assert edit_in_admin(client, row, **{name: "Dora’s words"}).status_code == 302


def test_a_practice_has_nothing_to_overwrite_in_the_admin(client):
    revision = RevisionFactory()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    fields = admin_fields(client.get(address_of(revision.practice)))
    assert {name for name in fields if name in {field.name for field in Practice._meta.get_fields()}} == set()


def test_a_city_that_nobody_else_changed_is_saved(client):
    city = CityFactory(name_en="Before")
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    assert edit_in_admin(client, city, name_en="After").status_code == 302
    assert City.objects.get().name_en == "After"


def test_of_two_requests_at_once_the_later_sign_stays(time_machine):
    """Of two hosts, one whose clock is behind may note that a form is open after the other one has."""
    ben = UserFactory()
    time_machine.move_to("2026-11-25T15:42:00Z", tick=False)
    presence.note(ben, "pledge:1")
    time_machine.move_to("2026-11-25T15:41:59Z", tick=False)
    presence.note(ben, "pledge:1")
    assert OpenForm.objects.get().seen_at.minute == 42

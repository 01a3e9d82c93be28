"""What a city confirms, what ends it, and “This is wrong”."""

import datetime as dt
import json
import re

import lxml.html
import pytest
from django.urls import reverse
from django.utils.translation import override

from commitments.loading import load_declaration
from members import corrections, people
from members.city_csv import export_cities, import_cities
from members.models import City, Correction, Membership, Role, User
from members.tasks import send_corrections, send_notices
from scn_portal.site.pdf.city import city_profile
from tests.factories import (
    CityFactory,
    RegionFactory,
    UserFactory,
    acting_for,
    moderating_only,
    staff_for_cities,
)

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)


@pytest.fixture
def city(time_machine):
    """A city that its focal point confirmed at NOON."""
    time_machine.move_to(NOON, tick=False)
    city = CityFactory(name_en="Testford", name_fr="Testford", slug="testford", population=1000, joined_year=2015)
    city.confirm(by=acting_for(city, name="Ada"))
    return city


# --- What ends a confirmation ----------------------------------------------------------------------------------------


def by_the_admin(city, client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    form = {
        "name_en": "Testford", "name_fr": "Testford", "region": city.region_id, "country": "CA", "unit_type": "city",
        "status": "member", "joined_year": 2016, "source": city.source,
    } | {f"memberships-{name}_FORMS": 0 for name in ("TOTAL", "INITIAL")}  # fmt: skip
    address = reverse("admin:members_city_change", args=[city.pk])
    opened = client.get(address).context["adminform"].form.initial["opened_at_change"]
    assert client.post(address, form | {"opened_at_change": opened}).status_code == 302
    client.logout()


def by_import(city, client):
    import io

    export_cities(City.objects.filter(pk=city.pk), to=(file := io.StringIO()))
    content = file.getvalue().replace(",1000,", ",2000,").encode()
    assert import_cities(content, update=True).counts["changed"] == 1


WAYS = {
    "the admin": by_the_admin,
    "an import": by_import,
    "a bulk update": lambda city, client: City.objects.filter(pk=city.pk).update(region=RegionFactory(slug="other")),
    "its name": lambda city, client: City.objects.filter(pk=city.pk).update(name_fr="Autre"),
    "its status": lambda city, client: City.objects.filter(pk=city.pk).update(status="engaged"),
    "a new focal point": lambda city, client: acting_for(city),
    "a focal point's role": lambda city, client: people.change_role(
        city.memberships.get(), role="editor", by=city.confirmed_by, reason="A pause."
    ),
    "a focal point's account": lambda city, client: people.close_account(city.confirmed_by, by=None, reason="Idle."),
    "an accepted correction": lambda city, client: corrections.decide(
        corrections.report(city=city, fact="population", value=7, source="Census", by=city.confirmed_by),
        accept=True, by=staff_for_cities(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_no_output_says_confirmed_once_a_fact_has_changed(client, city, way):
    load_declaration()
    assert_said(client, confirmed=True)
    WAYS[way](city, client)
    assert_said(client, confirmed=False)


def assert_said(client, *, confirmed: bool) -> None:
    """Page, API, export and PDF, each in both languages where it has some, say whether the confirmation holds."""
    city = City.objects.get(slug="testford")
    says = {
        "en": ("On 4 May 2026",
               "Changed since the city checked it on 4 May 2026"),
        "fr": ("Le 4 mai 2026",
               "Modifiée depuis que la ville l’a vérifiée le 4 mai 2026"),
    }  # fmt: skip
    for language, address in (("en", "/en/cities/testford/"), ("fr", "/fr/villes/testford/")):
        day, ended = says[language]
        page = " ".join(client.get(address).text.split())
        with override(language):
            pdf = json.dumps(city_profile(city), ensure_ascii=False, default=str).replace("\u00a0", " ")
        for text in (page.replace("<strong>", "").replace("</strong>", ""), pdf):
            assert (day in text, ended in text) == (confirmed, not confirmed)
    for row in (
        client.get("/api/v1/cities/testford").json(), client.get("/api/v1/cities").json()["results"][0],
    ):  # fmt: skip
        assert bool(row["confirmed_at"]) == confirmed
        assert row["last_confirmed_at"].startswith("2026-05-04T12:00")
        assert (row["facts_changed_at"] is None) == confirmed
    exported = client.get("/en/data/cities.json").getvalue().decode()
    (row,) = [each for each in json.loads(exported)["rows"] if each["city_slug"] == "testford"]
    assert bool(row["confirmed_at"]) == confirmed
    assert row["last_confirmed_at"].startswith("2026-05-04")


UNTOUCHED = {
    "a save that changes nothing": lambda city: city.save(),
    "its coordinates": lambda city: City.objects.filter(pk=city.pk).update(latitude=1, longitude=2),
    "a new editor": lambda city: acting_for(city, Role.EDITOR),
    "people confirmed": lambda city: people.confirm(city, by=city.confirmed_by),
    "another city": lambda city: City.objects.filter(pk=CityFactory().pk).update(population=9),
    "the name of somebody": lambda city: User.objects.update(name="Grace"),
}


@pytest.mark.parametrize("what", UNTOUCHED)
def test_what_ends_no_confirmation(city, what):
    UNTOUCHED[what](city)
    city.refresh_from_db()
    assert city.is_confirmed


def test_a_fact_that_changes_before_any_confirmation_ends_none():
    city = CityFactory()
    City.objects.filter(pk=city.pk).update(population=5)
    acting_for(city)
    city.refresh_from_db()
    assert (city.facts_changed_at, city.is_confirmed) == (None, False)


def test_confirming_again_counts(city):
    City.objects.filter(pk=city.pk).update(population=5)
    city.refresh_from_db()
    assert not city.is_confirmed
    city.confirm(by=city.confirmed_by)
    city.refresh_from_db()
    assert city.is_confirmed


# --- The workspace ---------------------------------------------------------------------------------------------------


def test_the_facts_stand_beside_the_button(client, city):
    client.force_login(city.confirmed_by)
    page = client.get("/en/my-city/testford/")
    facts = {fact.key: fact.value for fact in page.context["facts"]}
    assert facts == {
        "name_en": "Testford", "name_fr": "Testford", "country": "Canada", "region": "Somewhere", "unit_type": "City",
        "status": "Member", "joined_year": "2015", "population": "1,000", "focal_point": "Ada",
    }  # fmt: skip
    for key in facts:
        assert f"/en/my-city/testford/facts/{key}/" in page.text


def test_nobody_confirms_a_fact_that_changed_while_they_read(client, city):
    client.force_login(city.confirmed_by)
    seen = re.search(r'name="seen" value="(\w+)"', client.get("/en/my-city/testford/").text)[1]
    City.objects.filter(pk=city.pk).update(population=5)
    answer = client.post("/en/my-city/testford/confirm/", {"seen": seen}, follow=True)
    assert "A fact has changed since you opened the page." in answer.text
    city.refresh_from_db()
    assert not city.is_confirmed


# --- “This is wrong” -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fact", "value", "shown"),
    [
        ("name_en", "Newford", "Newford"), ("name_fr", "Neuville", "Neuville"), ("population", "4200", "4,200"),
        ("joined_year", "2017", "2017"), ("region", "elsewhere", "Elsewhere"), ("country", "KE", "Kenya"),
        ("unit_type", "county", "County"), ("status", "applicant", "Applicant"),
    ],
)  # fmt: skip
def test_a_wrong_fact_goes_to_the_staff_who_accept_it_with_one_button(client, city, mailoutbox, fact, value, shown):
    RegionFactory(slug="elsewhere")
    staff = staff_for_cities(email="staff@example.org")
    client.force_login(city.confirmed_by)
    address = f"/en/my-city/testford/facts/{fact}/"
    assert "What is right?" in client.get(address).text
    assert client.post(address, {"value": "", "source": ""}).context["form"].errors.keys() == {"value", "source"}
    assert client.post(address, {"value": value, "source": "https://example.org/a"}).status_code == 302
    correction = Correction.objects.get()
    assert send_corrections() == 1
    assert mailoutbox[0].bcc == ["staff@example.org"]
    assert f"“{shown}”" in mailoutbox[0].body
    client.force_login(staff)
    assert shown in client.get("/en/desk/cities/").text
    assert client.post(f"/en/desk/cities/{correction.pk}/", {"accept": "yes"}).url == "/en/desk/cities/"
    city.refresh_from_db()
    found = getattr(city, fact)
    assert str(getattr(found, "slug", None) or getattr(found, "code", None) or found) == value
    assert not city.is_confirmed
    assert send_notices() == 1
    assert mailoutbox[-1].to == [city.confirmed_by.email]
    correction.refresh_from_db()
    assert (correction.is_accepted, correction.decided_by) == (True, staff)


@pytest.mark.parametrize(
    ("fact", "value"),
    [("population", "many"), ("joined_year", "1999"), ("region", "nowhere"), ("country", "XX"), ("name_en", "x" * 101)],
)
def test_a_value_that_cannot_be_is_refused_beside_its_field(client, city, fact, value):
    client.force_login(city.confirmed_by)
    answer = client.post(f"/en/my-city/testford/facts/{fact}/", {"value": value, "source": "A page"})
    assert answer.context["form"].errors["value"]
    assert not Correction.objects.exists()


def test_the_staff_read_so_many_at_a_time_and_that_there_are_more(client, city, monkeypatch):
    monkeypatch.setattr("scn_portal.site.todo.views.MAX_CORRECTIONS", 1)
    client.force_login(staff_for_cities(email="staff@example.org"))
    for value, more in ((7, False), (8, True)):
        corrections.report(city=city, fact="population", value=value, source="Census", by=city.confirmed_by)
        page = client.get("/en/desk/cities/")
        assert (len(page.context["corrections"]), "More follow" in page.text) == (1, more)


def test_a_refusal_changes_nothing_and_is_told(client, city, mailoutbox):
    correction = corrections.report(city=city, fact="population", value=7, source="Census", by=city.confirmed_by)
    client.force_login(staff_for_cities())
    client.post(f"/en/desk/cities/{correction.pk}/", {"refuse": "yes"})
    city.refresh_from_db()
    assert (city.population, city.is_confirmed) == (1000, True)
    assert send_notices() == 1
    assert "was not taken over" in mailoutbox[0].subject
    again = client.post(f"/en/desk/cities/{correction.pk}/", {"accept": "yes"}, follow=True)
    assert "Somebody has already decided this." in again.text
    assert send_corrections() == 0


def test_a_focal_point_is_changed_on_the_page_of_people(city):
    correction = corrections.report(city=city, fact="focal_point", value="Grace", source="Us", by=city.confirmed_by)
    corrections.decide(correction, accept=True, by=staff_for_cities())
    assert [m.user.name for m in Membership.objects.filter(city=city)] == ["Ada"]


def test_the_staff_see_members_that_nobody_acts_for(client, city):
    deserted, viewed = CityFactory(name_en="Deserted"), CityFactory(name_en="Viewed")
    acting_for(viewed, Role.VIEWER)
    former = acting_for(deserted)
    people.close_account(former, by=None, reason="Nobody answered.")
    CityFactory(name_en="Partner", status="engaged")
    client.force_login(staff_for_cities())
    page = client.get("/en/desk/cities/")
    assert [each.name_en for each in page.context["deserted"]] == ["Deserted", "Viewed"]
    assert "Nobody answered." in page.text
    # The list may be long: it is folded under its count.
    folded = lxml.html.document_fromstring(page.content).xpath("//details[summary[contains(., '2 members')]]")
    assert [len(one.xpath(".//li")) for one in folded] == [2]


@pytest.mark.parametrize(
    ("who", "fact", "desk"),
    [
        ("focal point", 200, 404), ("editor", 200, 404), ("viewer", 404, 404), ("stranger", 404, 404),
        ("moderator", 404, 404), ("staff", 404, 200), ("nobody", 302, 302),
    ],
)  # fmt: skip
def test_who_opens_these_pages(client, city, who, fact, desk):
    correction = corrections.report(city=city, fact="population", value=7, source="Census", by=city.confirmed_by)
    makers = {
        "focal point": lambda: acting_for(city), "editor": lambda: acting_for(city, Role.EDITOR),
        "viewer": lambda: acting_for(city, Role.VIEWER), "stranger": lambda: acting_for(CityFactory()),
        "moderator": moderating_only, "staff": staff_for_cities,
    }  # fmt: skip
    if who != "nobody":
        client.force_login(makers[who]())
    assert client.get("/en/my-city/testford/facts/population/").status_code == fact
    assert client.get("/en/desk/cities/").status_code == desk
    decided = client.post(f"/en/desk/cities/{correction.pk}/", {"refuse": "yes"}).status_code
    assert decided == (302 if desk == 200 else desk)
    correction.refresh_from_db()
    assert bool(correction.decided_at) == (who == "staff")


def test_an_unknown_fact_is_no_page(client, city):
    client.force_login(city.confirmed_by)
    assert client.get("/en/my-city/testford/facts/weather/").status_code == 404

"""The desk of the staff: its queue, its lists and pages; who opens which, with how many queries, and what it shows."""

import datetime as dt
import json
import re
import time
from contextlib import contextmanager

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.invitations import invite_to_staff
from members.models import City, Region
from practices import holds, moderation
from practices.models import DeskSettings, Hold, ModeratorMail, Practice, Revision, Transition
from scn_portal.site.desk.tabs import TABS
from tests.factories import (
    PASSWORD,
    CityFactory,
    ModeratorFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    RegionFactory,
    RevisionFactory,
    UserFactory,
    acting_for,
    moderating_only,
    staff_for_cities,
)

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
# English and French addresses of the lists of the desk, and how many queries each takes, however many rows it shows.
LISTS = [
    ("/en/desk/", "/fr/bureau/", 15),
    ("/en/desk/with-the-cities/", "/fr/bureau/avec-les-villes/", 11),
    ("/en/desk/decided/", "/fr/bureau/decisions/", 7),
    ("/en/desk/pledges/", "/fr/bureau/promesses/", 7),
    ("/en/desk/translations/", "/fr/bureau/traductions/", 7),
    ("/en/desk/translations/?of=pledges", "/fr/bureau/traductions/?of=pledges", 7),
    ("/en/desk/cities/all/", "/fr/bureau/villes/toutes/", 8),
    ("/en/desk/figures/", "/fr/bureau/chiffres/", 10),
    ("/en/desk/search/?q=testville", "/fr/bureau/recherche/?q=testville", 9),
]


def submitted(**fields):
    """A submission as life makes it, with its first step in the history."""
    revision = RevisionFactory(**fields)
    return moderation.submit(revision=revision, by=revision.author)


def some_of_everything(moderator) -> None:
    """A city with a submission, a text that was sent back, a published practice, and a pledge with an update."""
    city = CityFactory(region=RegionFactory(slug=f"region-{Region.objects.count()}"))
    submitted(practice__city=city)
    moderation.send_back(revision=submitted(practice__city=city), by=moderator, reason="Shorter.")
    moderation.publish(revision=submitted(practice__city=city, title_fr="Fr"), by=moderator)
    ProgressUpdateFactory(pledge=PledgeFactory(city=city), what_changed_en="Testville has changed.")


@pytest.fixture
def moderator(client):
    """A moderator, signed in."""
    user = ModeratorFactory(name="Mona")
    client.force_login(user)
    return user


@contextmanager
def counted(expected: int):
    with CaptureQueriesContext(connection) as queries:
        yield
    assert len(queries) == expected


def test_every_list_takes_the_same_queries_for_one_row_and_for_three(client, moderator):
    for count in (1, 2):
        for _ in range(count):
            some_of_everything(moderator)
        for english, french, number in LISTS:
            for address in (english, french) if count == 1 else (english,):
                with counted(number):
                    response = client.get(address)
                assert response.status_code == 200, address
                assert f'<html lang="{address[1:3]}">' in response.text


# --- Who opens what --------------------------------------------------------------------------------------------------

OPEN, NONE, LOGIN = 200, 404, 302
WHO = (
    "focal point", "editor", "viewer", "stranger", "cities' staff", "moderator", "of the staff", "of their own city",
    "superuser", "superuser of the city", "nobody",
)  # fmt: skip
OFFICIALS = (NONE,) * 5  # and the staff who look after cities only
#                    moder. staff own   super super of the city nobody
ALL_OF_THE_DESK = (*OFFICIALS, OPEN, OPEN, OPEN, OPEN, OPEN, LOGIN)
NOT_FOR_THEIR_OWN_CITY = (*OFFICIALS, OPEN, OPEN, NONE, OPEN, NONE, LOGIN)
THE_STAFF_ALONE = (*OFFICIALS, NONE, OPEN, OPEN, OPEN, OPEN, LOGIN)
# {revision} is a submission, {live} a published text of the same city.
PAGES = {
    **{english: ALL_OF_THE_DESK for english, _french, _number in LISTS},
    "/en/desk/city/{city}/": ALL_OF_THE_DESK,
    "/en/desk/pledges/{pledge}/": ALL_OF_THE_DESK,
    "/en/desk/link/?path=/en/cities/{city}/": ALL_OF_THE_DESK,
    "/en/desk/link/?path=/en/practices/{practice}/": NOT_FOR_THEIR_OWN_CITY,
    "/en/desk/{revision}/": NOT_FOR_THEIR_OWN_CITY,
    "/en/desk/{live}/": NOT_FOR_THEIR_OWN_CITY,
    "/en/desk/{revision}/hand-over/": NOT_FOR_THEIR_OWN_CITY,
    "/en/desk/settings/": ALL_OF_THE_DESK,
    "/en/account/submissions/": ALL_OF_THE_DESK,
    "/en/desk/staff/": THE_STAFF_ALONE,
    "/en/desk/staff/{invitation}/withdraw/": THE_STAFF_ALONE,
}
POSTED = {
    "/en/desk/{revision}/take/": NOT_FOR_THEIR_OWN_CITY,
    "/en/desk/{revision}/release/": NOT_FOR_THEIR_OWN_CITY,
    "/en/desk/staff/{invitation}/again/": THE_STAFF_ALONE,
}


def somebody(who: str, city):
    match who:
        case "focal point" | "editor" | "viewer":
            return acting_for(city, who.replace(" ", "_"))
        case "stranger":
            return acting_for(CityFactory())
        case "cities' staff":
            return staff_for_cities()
        case "moderator":
            return moderating_only()
        case "nobody":
            return None
    user = UserFactory(is_superuser=True) if who.startswith("superuser") else ModeratorFactory()
    if who.endswith("city"):
        user.memberships.create(city=city, role="viewer")
    return user


@pytest.mark.parametrize("who", WHO)
def test_who_opens_which_page_of_the_desk(client, who):
    revision = submitted()
    city = revision.practice.city
    live = RevisionFactory(status="published", practice__city=city)
    names = {
        "revision": revision.pk, "live": live.pk, "city": city.slug, "practice": live.practice.slug,
        "pledge": PledgeFactory(city=city).pk,
        "invitation": invite_to_staff(email="new@example.org", language="en", by=ModeratorFactory()).pk,
    }  # fmt: skip
    if user := somebody(who, city):
        client.force_login(user)
    column = WHO.index(who)
    found = {address: client.get(address.format(**names)).status_code for address in PAGES}
    assert found == {address: row[column] for address, row in PAGES.items()}
    for address, row in POSTED.items():
        expected = {OPEN: 302, NONE: 404, LOGIN: 302}[row[column]]
        assert client.post(address.format(**names)).status_code == expected
    assert Hold.objects.exists() == (POSTED["/en/desk/{revision}/take/"][column] == OPEN)


def test_who_acts_for_a_city_reads_and_counts_nothing_of_its_submissions(client, moderator):
    own, other = submitted(title_en="Canary own"), submitted(title_en="Other")
    back = submitted(title_en="Canary back", practice__city=own.practice.city)
    moderation.send_back(revision=back, by=ModeratorFactory(), reason="Canary reason")
    moderation.publish(
        revision=submitted(title_en="Canary live", practice__city=own.practice.city), by=ModeratorFactory()
    )
    moderator.memberships.create(city=own.practice.city, role="viewer")
    addresses = [english for english, _french, _number in LISTS]
    addresses += ["/en/desk/search/?q=canary", f"/en/desk/city/{own.practice.city.slug}/"]
    for address in addresses:
        # What was typed stands in the page itself: the rows must not.
        shown = client.get(address).text.lower()
        assert [shown.count(f"canary {word}") for word in ("own", "back", "live", "reason")] == [0] * 4, address
    page = client.get("/en/desk/figures/")
    assert [number for _label, number in page.context["ages"]] == [1, 0, 0, 0, 0]
    assert sum(month.total for month in page.context["months"]) == 0
    assert [row.pk for row in client.get("/en/desk/").context["page"]] == [other.pk]


# --- The queue -------------------------------------------------------------------------------------------------------


def test_a_row_of_the_queue_says_what_it_is_where_from_and_who_looks_after_it(client, moderator, time_machine):
    time_machine.move_to("2026-05-04T08:00Z", tick=False)
    DeskSettings.objects.create(pk=1, answer_days=3)
    region = RegionFactory(slug="north", name_en="The north")
    author = UserFactory(name="Ada")
    submitted(title_en="The well", title_fr="Le puits", practice__city=CityFactory(region=region), author=author)
    time_machine.move_to("2026-05-08T09:00Z", tick=False)
    (revision,) = client.get("/en/desk/").context["page"]
    holds.take(revision, by=ModeratorFactory(name="Carl"))
    text = " ".join(re.sub(r"<[^>]+>", " ", client.get("/en/desk/").text).split())
    row = text.partition("Looked after by Waiting")[2] or text
    for words in (
        "The well", "New · English + French", "The north", "Ada", "4 days overdue since 4 May 2026",
        "Carl since 8 May 2026",
    ):  # fmt: skip
        assert words in row, words


def narrowed(client, query: str) -> list[str]:
    return [revision.title_en for revision in client.get(f"/en/desk/?{query}").context["page"]]


def test_the_queue_is_narrowed_by_what_its_address_says(client, moderator, time_machine):
    time_machine.move_to("2026-05-04T08:00Z", tick=False)
    DeskSettings.objects.create(pk=1, answer_days=5)
    north = CityFactory(slug="northville", region=RegionFactory(slug="north"))
    old = submitted(title_en="Old", practice__city=north)
    back = submitted(title_en="Again", source_language="fr", title_fr="De nouveau", summary_fr="S", approach_fr="A")
    moderation.send_back(revision=back, by=moderator, reason="Shorter.")
    time_machine.move_to("2026-05-10T08:00Z", tick=False)
    moderation.submit(revision=back, by=back.author)
    live = submitted(title_en="Live")
    moderation.publish(revision=live, by=moderator)
    version = moderation.open_draft(practice=live.practice, by=live.author)
    moderation.submit(revision=version, by=live.author)
    colleague = ModeratorFactory()
    holds.take(old, by=moderator)
    holds.take(back, by=colleague)
    assert narrowed(client, "") == ["Old", "Again", "Live"]
    for query, titles in {
        "region=north": ["Old"], "city=northville": ["Old"], "language=fr": ["Again"], "kind=new": ["Old"],
        "kind=again": ["Again"], "kind=version": ["Live"], "holder=mine": ["Old"], "holder=nobody": ["Live"],
        f"holder={colleague.pk}": ["Again"], "age=3": ["Old", "Again"], "age=overdue": ["Old"], "age=30": [],
        "kind=again&holder=mine": [], "region=nowhere": ["Old", "Again", "Live"], "age=x": ["Old", "Again", "Live"],
        f"holder={2**70}": ["Old", "Again", "Live"], "kind=new%00": ["Old", "Again", "Live"],
    }.items():  # fmt: skip
        assert narrowed(client, query) == titles, query
    page = client.get("/en/desk/?kind=again&holder=mine").text
    assert '<option value="again" selected>' in page
    assert '<a href="?holder=mine">Mine (1)</a>' in page
    assert client.get("/en/desk/?page=7").status_code == 404


def test_taking_leads_to_the_text_and_handing_over_back_to_the_queue(client, moderator):
    revision, colleague = submitted(), ModeratorFactory(name="Carl")
    page = f"/en/desk/{revision.pk}/"
    assert client.post(f"{page}take/").url == page
    assert "You have looked after it since" in client.get(page).text
    asked = client.get(f"{page}hand-over/")
    assert f'<option value="{colleague.pk}">Carl</option>' in asked.text
    assert client.post(f"{page}hand-over/", {"word": "x"}).status_code == 200  # to whom?
    assert client.post(f"{page}hand-over/", {"to": moderator.pk}).status_code == 200  # not to oneself
    assert client.post(f"{page}hand-over/", {"to": colleague.pk, "word": "Please <b>."}).url == "/en/desk/"
    text = client.get(page).text
    assert "Carl has looked after it since" in text
    assert "Please &lt;b&gt;." in text
    assert client.post(f"{page}release/").url == page
    assert "Nobody looks after this submission yet." in client.get(page).text


def test_what_was_sent_back_is_with_its_city_until_it_comes_again(client, moderator, time_machine):
    time_machine.move_to("2026-05-04T08:00Z", tick=False)
    revision = submitted(title_en="The well")
    moderation.send_back(revision=revision, by=moderator, reason="Say what it cost.")
    time_machine.move_to("2026-05-20T08:00Z", tick=False)
    assert client.get("/en/desk/").context["page"].object_list == []
    page = client.get("/en/desk/with-the-cities/").text
    for words in ("The well", "Say what it cost.", "4 May 2026", "overdue"):
        assert words in page
    moderation.submit(revision=revision, by=revision.author)
    assert "The well" not in client.get("/en/desk/with-the-cities/").text
    assert "with us again since 20 May 2026" in " ".join(client.get("/en/desk/").text.split())


def test_an_author_reads_how_long_an_answer_usually_takes(client):
    DeskSettings.objects.create(pk=1, answer_days=6)
    revision = submitted()
    client.force_login(revision.author)
    page = client.get(f"/en/my-city/practices/{revision.practice_id}/").text
    assert "An answer usually takes 6 days." in " ".join(page.split())


# --- Decided, figures ------------------------------------------------------------------------------------------------


def test_decisions_are_listed_with_who_when_and_why_and_counted_by_month(client, moderator, time_machine):
    time_machine.move_to("2026-04-30T21:30Z", tick=False)
    moderation.reject(revision=submitted(title_en="Refused"), by=moderator, reason="Not a practice.")
    time_machine.move_to("2026-05-04T08:00Z", tick=False)
    moderation.publish(revision=submitted(title_en="Taken"), by=moderator)
    page = client.get("/en/desk/decided/")
    assert [row.revision.title_en for row in page.context["page"]] == ["Taken", "Refused"]
    assert all(words in page.text for words in ("Not a practice.", "Mona", "30 April 2026"))
    for query, count in {"outcome=rejected": 1, "q=taken": 1, "q=practice": 1, "q=nothing": 0, "outcome=x": 2}.items():
        assert len(client.get(f"/en/desk/decided/?{query}").context["page"]) == count, query
    months = client.get("/en/desk/figures/").context["months"]
    assert [(month.day.month, month.counts) for month in months[:2]] == [(5, [1, 0, 0, 0]), (4, [0, 0, 1, 0])]
    assert (len(months), months[-1].day) == (12, dt.date(2025, 6, 1))


# --- Translations, cities --------------------------------------------------------------------------------------------


def test_translations_lists_what_is_missing_or_older(client, moderator):
    RevisionFactory(status="published", title_en="Whole", title_fr="Entier", summary_fr="S", approach_fr="A")
    RevisionFactory(status="published", title_en="Half", title_fr="Moitié")
    RevisionFactory(
        status="published",
        title_en="Old",
        title_fr="Vieux",
        summary_fr="S",
        approach_fr="A",
        outdated={"title": "Older"},
    )
    PledgeFactory(title_en="Untranslated")
    PledgeFactory(title_en="Translated", title_fr="Traduite")
    page = client.get("/en/desk/translations/")
    assert {row.title_en for row in page.context["page"]} == {"Half", "Old"}
    assert "Missing in French: Summary, What the city does" in page.text
    assert "Older than the English: Title" in page.text
    assert len(client.get("/en/desk/translations/?into=en").context["page"]) == 0
    pledges = client.get("/en/desk/translations/?of=pledges")
    assert [row.title_en for row in pledges.context["page"]] == ["Untranslated"]


def test_the_page_of_a_city_leads_to_its_people_its_pledges_and_its_practices(client, moderator):
    city = CityFactory(name_en="Testford", slug="testford")
    acting_for(city, name="Ada")
    live = RevisionFactory(status="published", practice__city=city, title_en="Live")
    RevisionFactory(status="draft", practice__city=city, title_en="Draft")
    pledge, hidden = PledgeFactory(city=city), PledgeFactory(city=city, published_at=None, title_en="Hidden")
    page = client.get("/en/desk/city/testford/").text
    for words in ("Ada", f'href="/en/desk/{live.pk}/"', f'href="/en/desk/pledges/{pledge.pk}/"', "/testford/people/"):
        assert words in page
    assert "Draft" not in page
    assert hidden.title_en not in page
    assert client.get(f"/en/desk/pledges/{hidden.pk}/").status_code == 404
    people = client.get("/en/my-city/testford/people/").text
    crumbs = re.search(r'<nav class="crumbs".*?</nav>', people, re.DOTALL)[0]
    assert re.findall(r'href="([^"]+)"', crumbs) == ["/en/desk/cities/all/", "/en/desk/city/testford/"]


def test_an_official_still_finds_the_way_back_to_their_workspace_from_the_people(client):
    city = CityFactory(slug="testford")
    client.force_login(acting_for(city))
    crumbs = re.search(r'<nav class="crumbs".*?</nav>', client.get("/en/my-city/testford/people/").text, re.DOTALL)[0]
    assert re.findall(r'href="([^"]+)"', crumbs) == ["/en/my-city/", "/en/my-city/testford/"]


# --- Settings and choices --------------------------------------------------------------------------------------------


def test_staff_set_the_days_and_each_their_own_mails(client, moderator):
    assert client.post("/en/desk/settings/", {"answer_days": "1"}).status_code == 200
    assert client.post("/en/desk/settings/", {"answer_days": "14"}).status_code == 302
    assert DeskSettings.load().answer_days == 14
    assert client.post("/en/account/submissions/", {"choice": "often"}).status_code == 200
    for choice in ("daily", "none"):
        assert client.post("/en/account/submissions/", {"choice": choice}).status_code == 302
        assert ModeratorMail.objects.get().choice == choice
        assert re.search(rf'value="{choice}"[^>]*checked', client.get("/en/account/submissions/").text)


# --- Signing in, the links above the pages ---------------------------------------------------------------------------


def sign_in(client, user) -> list:
    return client.post(
        "/en/accounts/login/", {"login": user.email, "password": PASSWORD}, follow=True
    ).redirect_chain  # fmt: skip


def test_staff_land_on_the_desk_and_officials_in_their_workspace(client):
    assert sign_in(client, ModeratorFactory()) == [("/en/desk/", 302)]
    assert client.get("/en/my-city/").url == "/en/desk/"
    assert "City workspace" not in client.get("/en/desk/").text
    client.post("/en/accounts/logout/")
    own = ModeratorFactory()
    own.memberships.create(city=CityFactory(), role="viewer")
    assert sign_in(client, own) == [("/en/desk/", 302)]
    assert '<a href="/en/my-city/">City workspace</a>' in client.get("/en/desk/").text
    assert client.get("/en/my-city/").status_code == 200
    client.post("/en/accounts/logout/")
    assert sign_in(client, acting_for(CityFactory())) == [("/en/my-city/", 302)]


def test_the_admin_is_offered_to_whoever_can_do_something_there(client, moderator):
    assert ">Admin</a>" not in client.get("/en/desk/").text
    type(moderator).objects.update(is_staff=True)
    assert ">Admin</a>" in client.get("/en/desk/").text
    alone = moderating_only(is_staff=True)
    client.force_login(alone)
    assert ">Admin</a>" not in client.get("/en/desk/").text


def test_the_tabs_are_one_table(client, moderator):
    page = client.get("/en/desk/with-the-cities/").text
    tabs = re.search(r'<nav class="desk-tabs".*?</nav>', page, re.DOTALL)[0]
    assert len(re.findall("<a ", tabs)) == len(TABS)
    assert len(re.findall('aria-current="page"', tabs)) == 1


def test_a_migration_made_the_group_of_the_staff_with_its_permissions():
    group = Group.objects.get(name="Moderators")
    held = {
        f"{each.content_type.app_label}.{each.codename}" for each in group.permissions.select_related("content_type")
    }
    assert {
        "practices.moderate_revision", "members.add_invitation", "members.change_city", "digests.run_newsletter",
    } <= held  # fmt: skip


# --- On the desk -----------------------------------------------------------------------------------------------------


def test_a_public_page_is_the_same_for_staff_and_leads_them_to_the_desk_when_asked(client, moderator):
    live = RevisionFactory(status="published", practice__slug="the-well")
    pledge = PledgeFactory()
    for address, desk in {
        "/en/practices/the-well/": f"/en/desk/{live.pk}/",
        f"/en/cities/{pledge.city.slug}/": f"/en/desk/city/{pledge.city.slug}/",
        f"/en/pledges/{pledge.pk}/": f"/en/desk/pledges/{pledge.pk}/",
    }.items():
        client.force_login(moderator)
        client.cookies["desk"] = "1"
        for_staff = client.get(address)
        asked = client.get("/en/desk/link/", {"path": address})
        assert json.loads(asked.content) == {"href": desk, "label": "On the desk"}
        client.logout()
        client.cookies.clear()
        for_all = client.get(address)
        assert for_all.content == for_staff.content
        assert "cookie" not in for_all.get("Vary", "").lower()
        assert "js/desk.js" in for_all.text
        assert client.get("/en/desk/link/", {"path": address}).status_code == 302
    client.force_login(acting_for(CityFactory()))
    assert client.get("/en/desk/link/", {"path": "/en/practices/the-well/"}).status_code == 404


def test_the_hint_for_the_script_is_left_with_staff_and_taken_away_at_sign_out(client):
    sign_in(client, ModeratorFactory())
    assert (client.cookies["desk"].value, client.cookies["desk"]["samesite"]) == ("1", "Strict")
    client.post("/en/accounts/logout/")
    assert client.cookies["desk"].value == ""
    sign_in(client, acting_for(CityFactory()))
    assert client.cookies["desk"].value == ""


# --- At scale --------------------------------------------------------------------------------------------------------


def many_rows(cities: int, revisions: int) -> None:
    """So many cities, and so many revisions over them: one in a hundred waits, the others are public."""
    region = RegionFactory()
    # Without triggers, which would record each row for minutes.
    connection.cursor().execute("SET LOCAL session_replication_role = replica")
    City.objects.bulk_create(
        City(
            slug=f"scale-{number}", name=f"Scale {number}", name_en=f"Scale {number}", name_fr=f"Échelle {number}",
            region=region, country="CA", status="member", source="x",
        )
        for number in range(cities)
    )  # fmt: skip
    made = list(City.objects.filter(slug__startswith="scale-"))
    practices = Practice.objects.bulk_create(
        Practice(city=made[number % cities], slug=f"scale-{number}") for number in range(revisions)
    )
    now = timezone.now()
    Revision.objects.bulk_create(
        (
            Revision(
                practice=practice, number=1, source_language="en", title=f"Practice {number}",
                title_en=f"Practice {number}", summary_en="What was done.", submitted_at=now - DAY * (number % 40),
                **({"status": "submitted"} if number % 100 == 0 else {"status": "published", "published_at": now}),
            )
            for number, practice in enumerate(practices)
        ),
        batch_size=2000,
    )  # fmt: skip
    decided = Revision.objects.filter(status="published").values_list("pk", flat=True)
    by = ModeratorFactory()
    Transition.objects.bulk_create(
        Transition(revision_id=pk, verb="publish", from_status="submitted", to_status="published", by=by, mailed_at=now)
        for pk in decided
    )
    connection.cursor().execute("SET LOCAL session_replication_role = DEFAULT; ANALYZE")


@pytest.mark.soak
def test_with_five_thousand_cities_and_twenty_thousand_revisions_the_queries_stay(client, moderator):
    some_of_everything(moderator)
    many_rows(cities=5000, revisions=20_000)
    for english, _french, number in LISTS:
        begun = time.monotonic()
        with counted(number):
            assert client.get(english).status_code == 200
        assert time.monotonic() - begun < 5, english

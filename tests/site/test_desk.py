"""The desk of the staff: what its queue and its lists show, and what is done there."""

import datetime as dt
import re

import pytest

from practices import holds, moderation
from practices.models import DeskSettings, ModeratorMail
from tests.factories import (
    CityFactory,
    ModeratorFactory,
    PledgeFactory,
    RegionFactory,
    RevisionFactory,
    UserFactory,
    acting_for,
    harmless,
)
from tests.site.desk_rows import submitted

pytestmark = pytest.mark.django_db


@pytest.fixture
def moderator(client):
    """A moderator, signed in."""
    user = ModeratorFactory(name="Mona")
    client.force_login(user)
    return user


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
        "The well", "New · English, French", "The north", "Ada", "4 days overdue since 4 May 2026",
        "Carl since 8 May 2026",
    ):  # fmt: skip
        assert words in row, words
    french = " ".join(re.sub(r"<[^>]+>", " ", client.get("/fr/bureau/").text).split())
    assert "· Anglais, français" in french


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
    moderation.submit(revision=back, by=back.author, harm=harmless())
    live = submitted(title_en="Live")
    moderation.publish(revision=live, by=moderator)
    version = moderation.open_draft(practice=live.practice, by=live.author)
    moderation.submit(revision=version, by=live.author, harm=harmless())
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
    moderation.submit(revision=revision, by=revision.author, harm=harmless())
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

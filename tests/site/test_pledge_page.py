"""The page of a pledge: what it says, how its dates have moved, and what leads to it."""

import datetime as dt
import json
import re

import pytest
import time_machine
from django.db import connection

from commitments import pledges
from commitments.models import Pledge
from tests.factories import (
    CityFactory,
    CommitmentFactory,
    MilestoneFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    UserFactory,
    acting_for,
)

pytestmark = pytest.mark.django_db

MAY = dt.datetime(2026, 5, 3, 12, tzinfo=dt.UTC)


def opened(client, pledge: Pledge, language: str = "en"):
    response = client.get(f"/{language}/{'pledges' if language == 'en' else 'promesses'}/{pledge.pk}/")
    assert response.status_code == 200
    return response


def words_of(text: str) -> str:
    """The words of a page, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)).replace("\u00a0", " ")


@time_machine.travel(MAY, tick=False)
def test_it_says_whose_it_is_what_is_pledged_and_how_it_stands(client):
    pledge = PledgeFactory(
        city=CityFactory(name_en="Testford", country="KE"), commitment=CommitmentFactory(number=4),
        title_en="Train teachers", description_en="In **all** schools.", announced_on="2019-05",
        starts_on=dt.date(2020, 1, 1), due_on=dt.date(2026, 1, 1), status="under_way", lead_department="Schools",
        sources=["https://example.org/plan"],
    )  # fmt: skip
    page = opened(client, pledge)
    words = words_of(page.text)
    assert "<strong>all</strong>" in page.text
    assert '<a href="/en/cities/testford/">Testford</a>, Kenya' in page.text
    assert 'href="/en/commitments/4/"' in page.text
    assert 'href="https://example.org/plan"' in page.text
    assert "Under way as of 3 May 2026 overdue" in words
    assert "Announced or adopted May 2019 Start 1 January 2020 Due 1 January 2026 Led by Schools" in words
    assert "Recorded on this portal 3 May 2026" in words
    assert "The city has not reported any progress yet." in words
    assert "En cours au 3 mai 2026" in words_of(opened(client, pledge, "fr").text)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_it_is_the_same_for_every_reader(client, language):
    response = opened(client, PledgeFactory(), language)
    assert f'<html lang="{language}">' in response.text
    assert not response.cookies
    assert "cookie" not in response.get("Vary", "").lower()
    assert "csrfmiddlewaretoken" not in response.text


def test_the_status_is_as_of_the_report_that_gives_it(client):
    pledge = PledgeFactory(status="done", created_at=MAY)
    ProgressUpdateFactory(pledge=pledge, status="under_way", reported_on="2026-01-01")
    assert opened(client, pledge).context["status_as_of"] == MAY.date()
    ProgressUpdateFactory(pledge=pledge, status="done", reported_on="2026-04-01")
    assert opened(client, pledge).context["status_as_of"] == dt.date(2026, 4, 1)


def test_milestones_come_as_they_are_due_and_updates_newest_first(client):
    pledge = PledgeFactory()
    for title, due in (("Second", "2027-02-01"), ("First", "2027-01-01"), ("Undated", None)):
        MilestoneFactory(pledge=pledge, title_en=title, due_on=due)
    for day in (1, 3, 2):
        ProgressUpdateFactory(pledge=pledge, reported_on=dt.date(2026, 3, day), what_changed_en=f"On day {day}.")
    page = opened(client, pledge)
    assert [milestone.title_en for milestone in page.context["milestones"]] == ["First", "Second", "Undated"]
    assert re.findall(r"On day \d", page.text) == ["On day 3", "On day 2", "On day 1"]


def test_an_update_that_was_taken_down_is_not_shown(client):
    pledge = PledgeFactory()
    update = ProgressUpdateFactory(pledge=pledge, what_changed_en="Secret words")
    assert "Secret words" in opened(client, pledge).text
    pledges.take_down(update, reason="A name.", by=UserFactory())
    assert "Secret words" not in opened(client, pledge).text


@pytest.mark.parametrize("key", ["0", "999", "9" * 40])
def test_a_pledge_that_does_not_exist_is_not_found(client, key):
    assert client.get(f"/en/pledges/{key}/").status_code == 404


def test_a_city_that_left_keeps_the_pages_of_its_pledges(client):
    pledge = PledgeFactory(city__status="former")
    assert "This city has left the network." in opened(client, pledge).text


@pytest.mark.parametrize(("language", "writer", "note"), [("fr", "en", "(en anglais)"), ("en", "fr", "(in French)")])
def test_a_text_of_the_other_language_is_labelled(client, language, writer, note):
    title = {"title_en": None, "title_fr": None} | {f"title_{writer}": "Seule"}
    page = re.sub(r"\s+", " ", opened(client, PledgeFactory(source_language=writer, **title), language).text)
    assert f'<h1><span lang="{writer}">Seule</span> <small class="language-note">{note}</small></h1>' in page


# --- How dates have moved --------------------------------------------------------------------------------------------


def moves(client, pledge: Pledge) -> list[tuple[str, str, str]]:
    """(title of the milestone, date before, date after), as the page orders them."""
    return [
        (change.milestone.title_en if change.milestone else "", change.before, change.after)
        for change in opened(client, pledge).context["date_changes"]
    ]


def test_the_page_says_how_due_dates_have_moved(client):
    pledge = PledgeFactory(due_on=dt.date(2026, 1, 1))
    step = MilestoneFactory(pledge=pledge, title_en="Step")
    assert moves(client, pledge) == []
    for due in (dt.date(2027, 1, 1), dt.date(2027, 1, 1), None):
        pledge.due_on, pledge.lead_department = due, "Parks"
        pledge.save()
    step.due_on = dt.date(2026, 6, 1)
    step.save()
    PledgeFactory(due_on=dt.date(2026, 1, 1))  # another one, of which nothing is said here
    # In one test all happens in one transaction, at one moment: only which changes there are is certain.
    assert set(moves(client, pledge)) == {
        ("", "2026-01-01", "2027-01-01"), ("", "2027-01-01", ""), ("Step", "", "2026-06-01")
    }  # fmt: skip
    words = words_of(opened(client, pledge).text)
    assert "The pledge: extended from 1 January 2026 to 1 January 2027" in words
    assert "The pledge: 1 January 2027 removed" in words
    assert "Step: set to 1 June 2026" in words
    french = words_of(opened(client, pledge, "fr").text)
    assert "La promesse : échéance prolongée (d’abord 1 janvier 2026, désormais 1 janvier 2027)" in french


def test_moving_the_due_date_of_a_published_pledge_asks_why_and_is_shown_as_an_extension(client):
    pledge = PledgeFactory(due_on=dt.date(2026, 1, 1), title_en="Dig")
    official = acting_for(pledge.city)
    client.force_login(official)
    form = {"commitment": pledge.commitment_id, "title_en": "Dig", "due_on": "2027-01-01"}
    address = f"/en/my-city/pledges/{pledge.pk}/edit/"
    refused = client.post(address, form)
    assert refused.context["form"].errors == {"extension_reason": ["Say why the due date moves."]}
    assert client.post(address, form | {"extension_reason": "The rains came late."}).status_code == 302
    words = words_of(opened(client, pledge).text)
    assert "extended from 1 January 2026 to 1 January 2027 Reason: The rains came late." in words
    french = opened(client, pledge, "fr").text
    assert re.search(r'lang="en">The rains came late\.', french)
    # Another change leaves the reason with its move; the next move, by another way, has none.
    assert client.post(address, form | {"title_en": "Dig deep", "extension_reason": ""}).status_code == 302
    Pledge.objects.filter(pk=pledge.pk).update(due_on=dt.date(2028, 1, 1))
    moves_shown = opened(client, pledge).context["date_changes"]
    assert sorted((str(move.after), str(move.reason or "")) for move in moves_shown) == [
        ("2027-01-01", "The rains came late."), ("2028-01-01", ""),
    ]  # fmt: skip


def test_a_due_date_moved_in_the_admin_or_by_an_import_shows_both_dates(client, admin_client):
    pledge = PledgeFactory(due_on=dt.date(2026, 1, 1))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE commitments_pledge SET due_on = '2027-03-01' WHERE id = %s", [pledge.pk])
    assert "extended from 1 January 2026 to 1 March 2027" in words_of(opened(client, pledge).text)
    page = admin_client.get(f"/en/admin/commitments/pledge/{pledge.pk}/change/")
    form = page.context["adminform"].form
    sent = {name: value if value is not None else "" for name, value in form.initial.items()}
    sent = {name: sent.get(name, "") for name in form.fields} | {"due_on": "2026-06-01", "sources": ""}
    sent |= {"closing_evidence": "", "milestones-TOTAL_FORMS": 0, "milestones-INITIAL_FORMS": 0}
    answer = admin_client.post(f"/en/admin/commitments/pledge/{pledge.pk}/change/", sent)
    assert answer.status_code == 302, answer.context["errors"]
    assert "moved from 1 March 2027 to 1 June 2026" in words_of(opened(client, pledge).text)


def test_moving_a_milestone_of_a_published_pledge_asks_why_and_shows_both_dates(client, admin_client):
    step = MilestoneFactory(due_on=dt.date(2026, 12, 31), due_precision="year", title_en="Dig")
    client.force_login(acting_for(step.pledge.city))
    address = f"/en/my-city/milestones/{step.pk}/"
    assert 'value="2026"' in client.get(address).text
    # Within the year that was given is another date too.
    refused = client.post(address, {"title_en": "Dig", "due_on": "2026-05"})
    assert refused.context["form"].errors == {"extension_reason": ["Say why the due date moves."]}
    for due, reason in (("2026-05", "A grant came early."), ("2026-12-31", "The rains came late.")):
        sent = {"title_en": "Dig", "due_on": due, "extension_reason": reason}
        assert client.post(address, sent).status_code == 302
    words = words_of(opened(client, step.pledge).text)
    assert "Dig: moved from 2026 to May 2026 Reason: A grant came early." in words
    assert "Dig: extended from May 2026 to 31 December 2026 Reason: The rains came late." in words
    french = words_of(opened(client, step.pledge, "fr").text)
    assert "d’abord mai 2026, désormais 31 décembre 2026" in french
    # By another way, without a reason; that of the move before stays with it.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE commitments_milestone SET due_on = '2027-03-01' WHERE id = %s", [step.pk])
    shown = opened(client, step.pledge).context["date_changes"]
    assert {(move.before, move.after, str(move.reason or "")) for move in shown} == {
        ("2026", "2026-05", "A grant came early."), ("2026-05", "2026-12-31", "The rains came late."),
        ("2026-12-31", "2027-03-01", ""),
    }  # fmt: skip


def test_the_milestone_of_a_draft_is_moved_without_a_reason(client):
    step = MilestoneFactory(due_on="2026-05-01", pledge=PledgeFactory(published_at=None))
    client.force_login(acting_for(step.pledge.city))
    address = f"/en/my-city/milestones/{step.pk}/"
    assert client.post(address, {"title_en": "Dig", "due_on": "2026"}).status_code == 302
    step.refresh_from_db()
    assert (step.due, step.due_on) == ("2026", dt.date(2026, 12, 31))


def test_a_milestone_moved_in_the_admin_shows_both_dates(client, admin_client):
    step = MilestoneFactory(due_on=dt.date(2026, 1, 1), title_en="Dig")
    address = f"/en/admin/commitments/pledge/{step.pledge_id}/change/"
    page = admin_client.get(address)
    forms = [page.context["adminform"].form, page.context["inline_admin_formsets"][0].formset.management_form]
    forms += page.context["inline_admin_formsets"][0].formset.forms
    sent = {form.add_prefix(name): form[name].value() or "" for form in forms for name in form.fields}
    sent |= {"sources": "", "closing_evidence": "", "milestones-0-evidence": "", "milestones-0-due_on": "2026-06"}
    answer = admin_client.post(address, sent)
    assert answer.status_code == 302, answer.context["errors"]
    assert "Dig: extended from 1 January 2026 to June 2026" in words_of(opened(client, step.pledge).text)


def test_the_page_lists_what_changed_in_words_since_publication(client):
    draft = PledgeFactory(published_at=None, title_en="Rough", title_fr="Brouillon")
    draft.title_en = "Dig a well"
    draft.save()
    pledges.publish(draft, by=draft.created_by)
    assert opened(client, draft).context["word_changes"] == []
    Pledge.objects.filter(pk=draft.pk).update(title_en="Dig two wells", target_fr="Deux puits", announced_on="2026-02")
    page = words_of(opened(client, draft).text)
    assert "Title (in English)" in page
    assert "Before Dig a well Since then Dig two wells" in page
    assert "Target (in French)" in page
    assert "Before — Since then February 2026" in page
    assert "Rough" not in page


def test_the_page_shows_the_plan_and_its_figures(client):
    pledge = PledgeFactory(
        target_en="Wells for all.", baseline_en="None.", partners_en="The water board", indicator_name_en="Wells",
        indicator_unit="wells", indicator_baseline=0, indicator_target="12.50", indicator_latest=3,
    )  # fmt: skip
    page = words_of(opened(client, pledge).text)
    for shown in ("Wells for all.", "None.", "The water board", "At the start 0", "To reach 12.5", "Latest 3"):
        assert shown in page


# --- What leads to it ------------------------------------------------------------------------------------------------


def test_its_address_is_its_own_in_both_languages(client, settings):
    pledge = PledgeFactory()
    page = opened(client, pledge).text
    assert pledge.get_absolute_url() == f"/en/pledges/{pledge.pk}/"
    assert f'<link rel="canonical" href="{settings.SITE_URL}/en/pledges/{pledge.pk}/">' in page
    assert f'hreflang="fr" href="{settings.SITE_URL}/fr/promesses/{pledge.pk}/"' in page


def test_feeds_calendars_and_the_api_lead_to_it(client, settings):
    pledge = PledgeFactory(city=CityFactory(name_en="Testford"), due_on=dt.date(2100, 1, 1))
    page = f"{settings.SITE_URL}/en/pledges/{pledge.pk}/"
    assert f'href="{page}"' in client.get("/en/cities/testford/feed.xml").text
    assert f"URL:{page}" in client.get("/en/calendar.ics").text.replace("\r\n ", "")
    links = client.get(f"/api/v1/pledges/{pledge.pk}").json()["links"]
    assert links["html"] == {"en": page, "fr": f"{settings.SITE_URL}/fr/promesses/{pledge.pk}/"}
    assert f"<loc>{page}</loc>" in client.get("/sitemap-pledges-1.xml").text


def test_the_page_of_the_city_keeps_its_anchor_and_links_the_page(client):
    pledge = PledgeFactory(city=CityFactory(name_en="Testford"))
    page = client.get("/en/cities/testford/").text
    assert f'<article id="pledge-{pledge.pk}">' in page
    assert f'<a href="/en/pledges/{pledge.pk}/">' in page


def test_search_engines_are_told_what_it_is_and_the_way_to_it(client, settings):
    pledge = PledgeFactory(
        city=CityFactory(name_en="Testford"), title_en="Train teachers", announced_on="2019-05", status="done"
    )
    page = opened(client, pledge).text
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    about, way = map(json.loads, blocks)
    assert (about["@type"], about["name"], about["dateCreated"]) == ("CreativeWork", "Train teachers", "2019-05")
    assert about["creativeWorkStatus"] == "Done"
    assert [step["name"] for step in way["itemListElement"]] == ["Pledges", "Testford", "Train teachers"]
    assert 'content="Train teachers (Testford)"' in page
    assert 'content="A pledge of Testford, Canada, under the commitment “Short 1”. Status: Done."' in page


@pytest.mark.parametrize("rows", [1, 3])
def test_it_takes_seven_queries_however_much_was_reported(client, django_assert_num_queries, rows):
    pledge = PledgeFactory(description_en="Described.")
    for number in range(rows):
        ProgressUpdateFactory(pledge=pledge)
        step = MilestoneFactory(pledge=pledge, due_on=dt.date(2026, 1, 1))
        for day in (step, pledge):
            day.due_on = dt.date(2027, 1, 1 + number)
            day.save()
    for language in ("en", "fr"):
        with django_assert_num_queries(7):
            opened(client, pledge, language)


def test_a_page_that_may_leave_something_out_says_so(client, monkeypatch):
    pledge = PledgeFactory()
    ProgressUpdateFactory.create_batch(2, pledge=pledge)
    notice = "Only the most recent items are shown"
    assert notice not in opened(client, pledge).text
    monkeypatch.setattr("scn_portal.site.pledges.detail.MAX_UPDATES", 2)
    assert notice in opened(client, pledge).text

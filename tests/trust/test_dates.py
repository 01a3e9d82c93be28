"""Dates between 1900 and 2200: in the database, beside the field, and on every page at the limits."""

import datetime as dt

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import override
from icalendar import Calendar

from commitments.models import Milestone, Pledge
from scn_portal.base.partial_dates import PartialDateField, last_day, validate_partial_date
from tests.factories import CommitmentFactory, MilestoneFactory, PledgeFactory, RevisionFactory, acting_for, commit
from tests.forms import fields_of

# Written by the portal, of the day on which it was written.
WRITTEN_BY_THE_PORTAL = {"members.Reminder.week", "practices.SubmissionDigest.day", "site.CityRecord.active_on"}
WRITTEN_BY_THE_PORTAL |= {"commitments.SearchedPledge.due_on"}  # a copy
SAID = "Enter a date between the years 1900 and 2200."
DIT = "Indiquez une date comprise entre les années 1900 et 2200."


def test_every_day_that_people_enter_is_limited_in_the_database():
    limited, days = set(), set()
    for model in apps.get_models():
        if hasattr(model, "pgh_tracked_model") or model._meta.app_label in ("sessions", "pghistory"):
            continue
        names = {constraint.name for constraint in model._meta.constraints}
        for field in model._meta.local_fields:
            is_day = isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField)
            if is_day or isinstance(field, PartialDateField):
                days.add(f"{model._meta.label}.{field.name}")
                if any(name.endswith(f"_{field.name}_plausible") for name in names):
                    limited.add(f"{model._meta.label}.{field.name}")
    assert days - limited == WRITTEN_BY_THE_PORTAL
    assert len(limited) == 10


@pytest.mark.parametrize("value", ["0001", "1899", "1899-12", "1899-12-31", "2201", "2201-01-01", "9999-12-31"])
def test_a_partial_date_beyond_them_is_refused_in_words(value):
    with pytest.raises(ValidationError) as refusal:
        validate_partial_date(value)
    with override("en"):
        assert refusal.value.messages == [SAID]
    with override("fr"):
        assert refusal.value.messages == [DIT]


@pytest.mark.parametrize("value", ["1900", "1900-01-01", "2200", "2200-12", "2200-12-31"])
def test_the_first_and_the_last_are_taken(value):
    validate_partial_date(value)
    assert last_day(value) <= dt.date(2200, 12, 31)


@pytest.mark.django_db
def test_each_form_says_it_beside_the_field(client):
    pledge = PledgeFactory()
    milestone, draft = MilestoneFactory(pledge=pledge), RevisionFactory(practice__city=pledge.city)
    client.force_login(acting_for(pledge.city))
    fields = {
        f"pledges/{pledge.pk}/edit/": ("due_on", "starts_on", "announced_on"),
        f"milestones/{milestone.pk}/": ("due_on", "done_on"),
        f"pledges/{pledge.pk}/report/": ("reported_on",),
        f"practices/{draft.practice_id}/edit/story/": ("started_on", "ended_on"),
    }
    for path, names in fields.items():
        address = f"/en/my-city/{path}"
        form = fields_of(client.get(address))
        for name in names:
            for value in ("1899-12-31", "9999-12-31"):
                page = client.post(address, form | {name: value, "what_changed_en": "It moved."})
                assert page.status_code == 200, (path, name, value)
                assert SAID in page.context["form"].errors[name], (path, name, page.context["form"].errors)
                assert f'aria-describedby="id_{name}_error' in page.text or f'id_{name}_error"' in page.text


@pytest.mark.django_db
@pytest.mark.parametrize("due", ["2200-12-31", "2200", "1900"])
def test_a_deadline_at_the_limit_breaks_no_page(client, due):
    city = RevisionFactory(status="published", started_on="1900", practice__slug="a-practice").practice.city
    pledge = PledgeFactory(city=city, commitment=CommitmentFactory(), announced_on="2020", starts_on="1900-01-01")
    pledge.due = due
    pledge.save()
    milestone = MilestoneFactory(pledge=pledge, done_on="1900-01-01")
    milestone.due = due
    milestone.save()
    Milestone.objects.filter(pk=milestone.pk).update(extension_reason="")
    commit()
    for address in (
        "/en/calendar.ics", f"/en/cities/{city.slug}/calendar.ics", "/en/commitments/1/calendar.ics",
        f"/en/pledges/{pledge.pk}/", f"/fr/promesses/{pledge.pk}/", f"/en/cities/{city.slug}/", "/en/pledges/",
        f"/en/cities/{city.slug}/feed.xml", "/en/changes/", "/en/changes/feed.xml", "/en/", "/en/charts/",
        "/en/matrix/", "/en/data/pledges.csv", "/en/data/milestones.xlsx", "/api/v1/pledges", "/api/v1/milestones",
"/en/practices/a-practice/", f"/en/cities/{city.slug}/profile.pdf",
        "/en/commitments/1/", "/en/search/?q=pledge",
    ):  # fmt: skip
        answer = client.get(address)
        assert answer.status_code == 200, address
        if answer.streaming:
            b"".join(answer.streaming_content)
    if due != "1900":
        calendar = Calendar.from_ical(client.get("/en/calendar.ics").content)
        assert {event["dtend"].dt for event in calendar.walk("VEVENT")} == {dt.date(2201, 1, 1)}
    assert Pledge.objects.get().due == due

"""Dates of which only the year, or the year and the month, may be known."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from scn_portal.base.partial_dates import first_day, is_partial_date, validate_partial_date, written_out
from tests.factories import PledgeFactory


@pytest.mark.parametrize(
    ("value", "day"),
    [("2018", dt.date(2018, 1, 1)), ("2018-07", dt.date(2018, 7, 1)), ("2018-07-19", dt.date(2018, 7, 19))],
)
def test_first_day(value, day):
    assert first_day(value) == day


IMPOSSIBLE = ["", "18", "2018-7", "2018-13", "2018-02-30", "2018-07-19T10:00", "July 2018", "2018-", "2018\n", "٢٠١٨"]
NO_MONTH_OR_DAY = ["2018-00", "2018-13", "2018-99", "2018-07-00", "2018-07-32", "2018-13-01", "2018-07-19-01", "٢٠١٨"]


@pytest.mark.parametrize("value", IMPOSSIBLE)
def test_first_day_refuses_what_is_no_partial_date(value):
    with pytest.raises(ValueError, match=r"is not YYYY|month|day"):
        first_day(value)


@pytest.mark.parametrize("value", IMPOSSIBLE)
def test_a_form_refuses_it_too_and_shows_the_right_form(value):
    with pytest.raises(ValidationError, match="2018-07") as refusal:
        validate_partial_date(value)
    assert refusal.value.code == "partial_date"


@pytest.mark.parametrize("value", ["2018", "2018-07", "2024-02-29"])
def test_a_form_accepts_what_exists(value):
    validate_partial_date(value)


@pytest.mark.parametrize(
    ("language", "value", "text"),
    [
        ("en", "2018", "2018"),
        ("en", "2018-07", "July 2018"),
        ("en", "2018-01-09", "9 January 2018"),
        ("fr", "2018", "2018"),
        ("fr", "2018-07", "juillet 2018"),
        ("fr", "2018-07-19", "19 juillet 2018"),
        ("fr", "", ""),
    ],
)
def test_written_out_in_the_readers_language(language, value, text):
    with override(language):
        assert written_out(value) == text


@pytest.mark.parametrize("value", ["2018-99", "2018-02-31", "0000", "spring", "٢٠١٨-٠٧"])
def test_what_is_stored_and_no_date_is_written_out_as_it_is(value):
    assert written_out(value) == value


@pytest.mark.django_db
@pytest.mark.parametrize("value", NO_MONTH_OR_DAY)
def test_the_database_knows_months_and_days(value):
    assert not is_partial_date("value").check({"value": value})


@pytest.mark.django_db
@pytest.mark.parametrize(
    "value", ["", "2018", "2018-01", "2018-10", "2018-12", "2018-07-01", "2018-07-19", "2018-07-31"]
)
def test_the_database_takes_every_partial_date(value):
    assert is_partial_date("value").check({"value": value})


@pytest.mark.django_db
def test_a_day_that_no_calendar_has_does_not_make_the_page_fail(client):
    pledge = PledgeFactory(announced_on="2018-02-31")
    assert "2018-02-31" in client.get(pledge.city.get_absolute_url()).text

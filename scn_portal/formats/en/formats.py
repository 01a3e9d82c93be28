"""Dates that English readers everywhere understand: 9 July 2018, never 7/9 or 9/7."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "j F Y, H:i"
MONTH_DAY_FORMAT = "j F"
TIME_FORMAT = "H:i"

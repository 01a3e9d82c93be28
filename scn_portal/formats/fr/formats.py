"""Dates with a time in French: 9 juillet 2018 à 14:30. The rest is Django’s own."""

DATETIME_FORMAT = r"j F Y \à H:i"

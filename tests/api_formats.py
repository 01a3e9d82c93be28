"""The formats of our API for schemathesis, which loads this file as its hooks."""

import datetime as dt

import schemathesis
from hypothesis import strategies

# RFC 3339 has a year 0, which neither Python nor PostgreSQL has.
schemathesis.openapi.format("date", strategies.dates().map(dt.date.isoformat))
# Any text that matches the pattern is a cursor.
schemathesis.openapi.format("cursor", strategies.from_regex("[0-7][0-9a-f]{15}[0-7][0-9a-f]{15}", fullmatch=True))

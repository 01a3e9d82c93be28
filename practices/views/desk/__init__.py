"""Pages for moderators about one text: reading it, deciding, talking with its city, correcting it."""

"""The desk of the staff over all apps: what waits, what was decided, finding anything, taking anything down."""

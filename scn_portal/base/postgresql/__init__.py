"""Django's backend for PostgreSQL, with one difference: nothing waits for the database for ever."""

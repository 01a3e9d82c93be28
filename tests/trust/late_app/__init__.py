"""An app with one migration, for the test of `migrate`."""

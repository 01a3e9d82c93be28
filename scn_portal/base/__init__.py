"""Modules that every app may import. They import no app."""

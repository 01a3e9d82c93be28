"""Signing in: limits for guesses, known browsers, the second step, the length of sessions."""

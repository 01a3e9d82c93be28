"""Signing in: how often somebody may guess, known browsers, the second step, how long a session lasts."""

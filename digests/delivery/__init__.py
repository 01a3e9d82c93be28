"""Sending an issue to its readers, once to each. `send.py` says how."""

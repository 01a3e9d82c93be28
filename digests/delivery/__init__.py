"""Sending an issue to its readers, each of them once. `send.py` says how."""

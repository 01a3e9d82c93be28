"""Metrics about the portal for its operators."""

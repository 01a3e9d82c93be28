"""Whole lists on paper: every row on one plain page, with the number of each sheet."""

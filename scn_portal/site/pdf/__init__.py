"""Pages of the portal as PDF, set by Typst: a city profile, a practice."""

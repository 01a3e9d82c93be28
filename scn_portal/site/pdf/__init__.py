"""Pages of the portal as PDF, typeset by Typst: a city profile, a practice."""

"""The headings under which the public reads each field of a practice; the forms use the same labels."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

HEADINGS: dict[str, str | Promise] = {
    "title": _("Title"),
    "claim": _("In one sentence"),
    "summary": _("Summary"),
    "original_name": _("Original name"),
    "challenge": _("Why"),
    "approach": _("What the city does"),
    "lead": _("Led by"),
    "partners": _("With"),
    "partner_cities": _("Partner cities of the network"),
    "scope": _("Scope"),
    "started_on": _("Since"),
    "continuation": _("Ended or ongoing"),
    "ended_on": _("Ended"),
    "resources": _("Cost and resources"),
    "cost_band": _("Cost a year"),
    "results": _("Results"),
    "evaluation": _("Evaluation"),
    "evidence": _("Evidence"),
    "people_reached": _("People reached"),
    "people_reached_year": _("Year of that number"),
    "lessons": _("What did not work"),
    "transfer": _("What another city would need"),
    "adapted_from": _("Adapted from"),
    "inspired_by": _("Adapted from a practice elsewhere"),
    "safeguards": _("Safeguards for human rights"),
    "commitments": _("Related commitments"),
    "themes": _("Themes"),
    "themes_other": _("Other themes, namely"),
    "target_groups": _("Who it is for"),
    "target_groups_other": _("Other groups, namely"),
    "website": _("Website"),
    "sources": _("Sources"),
}

# Texts of one line; the others are shown as Markdown.
SHORT_TEXTS = ("title", "claim", "lead", "inspired_by", "themes_other", "target_groups_other")
